package media

import (
	"bufio"
	"bytes"
	"image"
	"io"
)

// Defaults are the limits that aren't set.
func Defaults() Limits { return Limits{}.withDefaults() }

// Luminance is how bright a grey is.
func Luminance(grey byte) byte { return luminance(grey, grey, grey) }

// Frame are the points of a frame that were looked at.
type Frame struct{ Points map[image.Point]byte }

// Points reads the frames of a GIF.
func Points(in []byte) (all []Frame) {
	w := &walk{in: bufio.NewReader(bytes.NewReader(in)), out: bufio.NewWriter(io.Discard), limits: Defaults()}
	g, err := w.gifHead()
	for more := err == nil; more; {
		frames := w.info.Frames
		if more, err = g.block(); err != nil {
			panic(err)
		}
		if w.info.Frames == frames {
			continue
		}
		f := Frame{map[image.Point]byte{}}
		for i, p := range g.points.now {
			f.Points[image.Pt(g.points.of(i%g.points.cols), g.points.of(i/g.points.cols))] = p.lum[0]
		}
		all = append(all, f)
	}
	return all
}
