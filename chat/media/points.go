package media

import (
	"math"
	"slices"

	"github.com/madang-chat/madang/chat"
)

// pointsMost is how many points of a picture are looked at, about.
const pointsMost = 2048

// clearPoint marks a point that shows what is behind the picture; all others are 0 to white.
const clearPoint = 255

// points are those of a moving GIF that are followed: every step-th one, both ways.
type points struct {
	w, h       int // of the picture
	step       int
	cols, rows int
	lum        []byte
	before     []byte // of the frame, where it has to go without a trace
	want       []want // of the frame, in the order in which they come
	came       int    // of want
	lzw        lzw
	colors     [256]byte // luminance
	clear      int       // the color that is none; -1 = all are

	flashes *flashes
}

// want is a point of a frame.
type want struct{ offset, point int32 }

func newPoints(w, h int) *points {
	p := &points{w: w, h: h, step: max(1, int(math.Ceil(math.Sqrt(float64(w)*float64(h)/pointsMost))))}
	count := func(side int) int { return (side - p.step/2 + p.step - 1) / p.step }
	p.cols, p.rows = max(1, count(w)), max(1, count(h))
	p.lum = slices.Repeat([]byte{clearPoint}, p.cols*p.rows)
	p.lzw.data = p.wanted
	p.lzw.spell = p.spell
	p.flashes = newFlashes(p.cols, p.rows, p.step, w, h)
	return p
}

func (p *points) of(i int) int { return min(p.step/2+i*p.step, max(p.w, p.h)) }

// gifControl is what stands in front of a frame.
type gifControl struct {
	delay    int // milliseconds
	disposal byte
	clear    int // color; -1 = none
}

// frame begins a frame at x, y of w × h pixels, whose rows may come interlaced.
func (p *points) frame(x, y, w, h int, interlaced bool, literal uint, c gifControl) {
	p.want, p.came, p.clear = p.want[:0], 0, c.clear
	p.lzw.begin(literal)
	if c.disposal == 3 {
		p.before = append(p.before[:0], p.lum...)
	}
	for row := range p.rows {
		r := p.of(row) - y
		if r < 0 || r >= h {
			continue
		}
		if interlaced {
			r = passed(r, h)
		}
		for col := range p.cols {
			if at := p.of(col) - x; at >= 0 && at < w {
				p.want = append(p.want, want{int32(r*w + at), int32(row*p.cols + col)})
			}
		}
	}
	if interlaced {
		slices.SortFunc(p.want, func(a, b want) int { return int(a.offset - b.offset) })
	}
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

func (p *points) wanted(pos, n int) bool {
	return p.came < len(p.want) && int(p.want[p.came].offset) < pos+n
}

func (p *points) spell(pos int, pixels []byte) {
	for p.wanted(pos, len(pixels)) {
		want := p.want[p.came]
		p.came++
		if color := pixels[int(want.offset)-pos]; int(color) != p.clear {
			p.lum[want.point] = p.colors[color]
		}
	}
}

// shown ends a frame: it is seen for a while, then it goes as it says.
func (p *points) shown(c gifControl) {
	p.flashes.show(p.lum, c.delay)
	switch c.disposal {
	case 2:
		for _, want := range p.want {
			p.lum[want.point] = clearPoint
		}
	case 3:
		copy(p.lum, p.before)
	}
}

// flash is what was found once all frames were shown.
func (p *points) flash() chat.Flash {
	switch {
	case p.flashes.again():
		return chat.FlashStrong
	case p.lzw.broken:
		return chat.FlashUnknown
	}
	return chat.FlashNone
}
