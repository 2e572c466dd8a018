package media

import (
	"image"
	"image/color"
	"iter"
	"math"
	"slices"

	"github.com/madang-chat/madang/chat"
)

// pointsMost is how many points of a picture are looked at, about.
const pointsMost = 2048

// points are those of a moving picture that are followed, whatever its format: every step-th one,
// both ways. Frames are put on them one after the other, from begin to end, as a viewer does.
type points struct {
	w, h       int // of the picture
	step       int
	cols, rows int
	now        []point
	before     []point // of the frame, where it has to go without a trace
	frame      frame
	broken     bool // a frame can't be read as it is meant

	flashes *flashes
}

// frame is where a frame lies and how it comes and goes.
type frame struct {
	image.Rectangle
	delay    int // milliseconds
	disposal disposal
}

// disposal is what becomes of a frame once it was seen.
type disposal byte

const (
	stays disposal = iota
	clears
	restores // what was there before
)

// point is a color, and how bright it is on each ground.
type point struct {
	color.RGBA
	lum [len(grounds)]byte
}

// nothing shows what is behind the picture.
var nothing = pointOf(color.RGBA{})

func pointOf(c color.RGBA) point {
	p := point{RGBA: c}
	for i, grey := range grounds {
		behind := byte(int(grey) * (255 - int(c.A)) / 255)
		p.lum[i] = luminance(c.R+behind, c.G+behind, c.B+behind)
	}
	return p
}

// over is a point in front of another one.
func (p point) over(back point) point {
	switch p.A {
	case 255:
		return p
	case 0:
		return back
	}
	mix := func(front, back byte) byte { return front + byte(int(back)*(255-int(p.A))/255) }
	return pointOf(color.RGBA{mix(p.R, back.R), mix(p.G, back.G), mix(p.B, back.B), mix(p.A, back.A)})
}

func newPoints(w, h int) *points {
	p := &points{w: w, h: h, step: max(1, int(math.Ceil(math.Sqrt(float64(w)*float64(h)/pointsMost))))}
	count := func(side int) int { return (side - p.step/2 + p.step - 1) / p.step }
	p.cols, p.rows = max(1, count(w)), max(1, count(h))
	p.now = slices.Repeat([]point{nothing}, p.cols*p.rows)
	p.flashes = newFlashes(p.cols, p.rows, p.step, w, h)
	return p
}

func (p *points) of(i int) int { return min(p.step/2+i*p.step, max(p.w, p.h)) }

// covered are the points of the frame, row by row, and where they lie in it.
func (p *points) covered() iter.Seq2[int, image.Point] {
	return func(yield func(int, image.Point) bool) {
		for row := range p.rows {
			for col := range p.cols {
				at := image.Pt(p.of(col), p.of(row))
				if at.In(p.frame.Rectangle) && !yield(row*p.cols+col, at.Sub(p.frame.Min)) {
					return
				}
			}
		}
	}
}

// begin starts a frame, whose points are to be set.
func (p *points) begin(f frame) {
	p.frame = f
	if f.disposal == restores {
		p.before = append(p.before[:0], p.now...)
	}
}

// end shows the frame for a while, then it goes as it says.
func (p *points) end() {
	p.flashes.show(p.now, shownFor(p.frame.delay))
	switch p.frame.disposal {
	case clears:
		for i := range p.covered() {
			p.now[i] = nothing
		}
	case restores:
		copy(p.now, p.before)
	}
}

// Browsers show what asks for ten milliseconds or less for a hundred.
const (
	tooQuick = 10
	slowest  = 100
)

// shownFor is how long a frame is seen. Beyond some seconds nothing depends on it.
func shownFor(delay int) int {
	if delay <= tooQuick {
		return slowest
	}
	return min(delay, 10*second)
}

// flash is what was found once all frames were shown.
func (p *points) flash() chat.Flash {
	switch {
	case p.flashes.again():
		return chat.FlashStrong
	case p.broken:
		return chat.FlashUnknown
	}
	return chat.FlashNone
}
