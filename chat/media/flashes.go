package media

import (
	"math"
	"slices"
)

// What is dangerous, by WCAG 2.3.1: more than three flashes within a second, each a pair of
// opposing changes of the relative luminance by a tenth of the largest or more where the darker one
// is below 0.8, over a quarter of any ten degrees of what one sees: 341 × 256 pixels of a screen of
// 1024 × 768.
const (
	white       = 250 // luminance
	strong      = white / 10
	bright      = white * 8 / 10
	changesMost = 6 // within a second
	second      = 1000
	fieldW      = 341
	fieldH      = 256
	screenW     = 1024
	screenH     = 768
)

// grounds are the greys that may be behind a picture, on a dark page and on a light one.
var grounds = [...]byte{0, 243}

// flashes counts how often parts of a picture change. A part is four points, so that grain isn't
// taken for flashes.
type flashes struct {
	cols, rows   int // points
	partCols     int
	partRows     int
	fieldW       int // parts
	fieldH       int
	at           int // milliseconds
	found        bool
	parts        [len(grounds)][]part
	now          shown
	first        []shown // frames of the first second
	firstIsWhole bool
}

// part is how a part has changed.
type part struct {
	low, high byte // since its last change
	up, down  bool // the last change; neither = there was none
	seen      bool
	n         byte // changes, no more than there are times
	next      byte // of times, in turn
	times     [changesMost + 1]int32
}

// shown is a frame as it was seen, of each ground.
type shown struct {
	lum   [len(grounds)][]byte
	delay int
}

func newFlashes(cols, rows, step, w, h int) *flashes {
	f := &flashes{cols: cols, rows: rows, partCols: (cols + 1) / 2, partRows: (rows + 1) / 2, firstIsWhole: true}
	// It is shown no larger than it is, nor than the screen.
	scale := min(1, float64(screenW)/float64(w), float64(screenH)/float64(h)) * float64(2*step)
	f.fieldW = max(1, min(f.partCols, int(fieldW/scale+0.5)))
	f.fieldH = max(1, min(f.partRows, int(fieldH/scale+0.5)))
	for i := range f.parts {
		f.parts[i] = make([]part, f.partCols*f.partRows)
	}
	return f
}

// show counts a frame that is seen for a while.
func (f *flashes) show(points []point, delay int) {
	if f.found {
		return
	}
	s := &f.now
	if f.at < second {
		f.first = append(f.first, shown{})
		s = &f.first[len(f.first)-1]
	} else {
		f.firstIsWhole = false
	}
	s.delay = delay
	for i := range grounds {
		s.lum[i] = f.partsOf(s.lum[i][:0], points, i)
	}
	f.see(*s)
}

// again shows the beginning once more, as a picture that begins anew does, and tells whether there
// were too many flashes.
func (f *flashes) again() bool {
	for end := f.at + 2*second; f.at < end && !f.found && len(f.first) > 1; {
		for _, s := range f.first {
			f.see(s)
		}
		if !f.firstIsWhole {
			break
		}
	}
	return f.found
}

// partsOf appends the luminances of the parts on a ground.
func (f *flashes) partsOf(lum []byte, points []point, ground int) []byte {
	lum = slices.Grow(lum, f.partCols*f.partRows)
	for y := 0; y < f.rows; y += 2 {
		for x := 0; x < f.cols; x += 2 {
			sum, n := 0, 0
			for row := y; row < min(y+2, f.rows); row++ {
				for _, p := range points[row*f.cols+x : row*f.cols+min(x+2, f.cols)] {
					sum, n = sum+int(p.lum[ground]), n+1
				}
			}
			lum = append(lum, byte(sum/n))
		}
	}
	return lum
}

func (f *flashes) see(s shown) {
	for i := range grounds {
		parts, hot := f.parts[i], 0
		for j, lum := range s.lum[i] {
			parts[j].see(lum, f.at)
			if parts[j].hot(f.at) {
				hot++
			}
		}
		f.found = f.found || f.isMuch(hot, f.fieldW*f.fieldH) && f.inAField(parts)
	}
	f.at += s.delay
}

func (f *flashes) isMuch(n, of int) bool { return 4*n >= of }

// inAField tells whether the parts that flash are a quarter of a field.
func (f *flashes) inAField(parts []part) bool {
	for y := range f.starts(f.partRows, f.fieldH) {
		for x := range f.starts(f.partCols, f.fieldW) {
			hot := 0
			for row := y; row < y+f.fieldH; row++ {
				for _, p := range parts[row*f.partCols+x : row*f.partCols+x+f.fieldW] {
					if p.hot(f.at) {
						hot++
					}
				}
			}
			if f.isMuch(hot, f.fieldW*f.fieldH) {
				return true
			}
		}
	}
	return false
}

// starts are where fields begin: each half a field behind the one before, the last at the end.
func (f *flashes) starts(all, field int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for at := 0; ; at += max(1, field/2) {
			if !yield(min(at, all-field)) || at >= all-field {
				return
			}
		}
	}
}

func (p *part) see(lum byte, at int) {
	if !p.seen {
		p.low, p.high, p.seen = lum, lum, true
		return
	}
	p.low, p.high = min(p.low, lum), max(p.high, lum)
	switch {
	case !p.down && p.high-lum >= strong && lum < bright:
		p.down, p.up = true, false
	case !p.up && lum-p.low >= strong && p.low < bright:
		p.up, p.down = true, false
	default:
		return
	}
	p.low, p.high = lum, lum
	p.times[p.next] = int32(at)
	p.next = (p.next + 1) % byte(len(p.times))
	p.n = min(p.n+1, byte(len(p.times)))
}

// hot tells whether it has changed too often within the last second.
func (p *part) hot(at int) bool {
	return int(p.n) == len(p.times) && at-int(p.times[p.next]) < second
}

// linear are the shares of light of the 256 values of sRGB.
var linear = func() (all [256]float64) {
	for i := range all {
		if v := float64(i) / 255; v <= 0.04045 {
			all[i] = v / 12.92
		} else {
			all[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return all
}()

func luminance(r, g, b byte) byte {
	return byte(white*(0.2126*linear[r]+0.7152*linear[g]+0.0722*linear[b]) + 0.5)
}
