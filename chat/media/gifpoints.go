package media

import "slices"

// gifPoints reads the points of a GIF's frames as their data comes by.
type gifPoints struct {
	*points
	want   []want // of the frame, in the order in which they come
	came   int    // of want
	lzw    lzw
	colors [256]point
	clear  int // the color that is none; -1 = all are
}

// want is a point of a frame.
type want struct{ offset, point int32 }

func newGIFPoints(w, h int) *gifPoints {
	p := &gifPoints{points: newPoints(w, h)}
	p.lzw.data = p.wanted
	p.lzw.spell = p.spell
	return p
}

// begin starts a frame whose rows may come interlaced and whose colors have so many bits.
func (p *gifPoints) begin(f frame, interlaced bool, literal uint, clear int) {
	p.points.begin(f)
	p.want, p.came, p.clear = p.want[:0], 0, clear
	p.lzw.begin(literal)
	for i, at := range p.covered() {
		if interlaced {
			at.Y = passed(at.Y, f.Dy())
		}
		p.want = append(p.want, want{int32(at.Y*f.Dx() + at.X), int32(i)})
	}
	if interlaced {
		slices.SortFunc(p.want, func(a, b want) int { return int(a.offset - b.offset) })
	}
}

func (p *gifPoints) end() {
	p.broken = p.broken || p.lzw.broken
	p.points.end()
}

// passed is when a row of an interlaced frame of h rows comes.
func passed(row, h int) int {
	first := (h + 7) / 8
	second := first + (h+3)/8
	third := second + (h+1)/4
	switch {
	case row%8 == 0:
		return row / 8
	case row%8 == 4:
		return first + row/8
	case row%4 == 2:
		return second + row/4
	}
	return third + row/2
}

func (p *gifPoints) wanted(pos, n int) bool {
	return p.came < len(p.want) && int(p.want[p.came].offset) < pos+n
}

func (p *gifPoints) spell(pos int, pixels []byte) {
	for p.wanted(pos, len(pixels)) {
		want := p.want[p.came]
		p.came++
		if color := pixels[int(want.offset)-pos]; int(color) != p.clear {
			p.now[want.point] = p.colors[color]
		}
	}
}
