package media

import (
	"bufio"
	"bytes"
	"image"
	"image/color"
	"io"
	"time"

	"github.com/madang-chat/madang/chat"
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

// Look looks at the frames of what Clean has written, for no longer than most.
func Look(in []byte, info Info, most time.Duration) chat.Flash {
	flash, err := look(bytes.NewReader(in), info, most)
	if err != nil {
		panic(err)
	}
	return flash
}

// Last are the colors that a moving WebP or PNG ends with, of all of its pixels when it has no more
// than two thousand.
func Last(in []byte, info Info) (map[image.Point]color.RGBA, error) {
	l := &looker{in: bufio.NewReader(bytes.NewReader(in)), points: newPoints(info.W, info.H), end: time.Now().Add(time.Hour)}
	look := l.webp
	if info.MIME == "image/png" {
		look = l.png
	}
	if err := look(); err != nil {
		return nil, err
	}
	all := map[image.Point]color.RGBA{}
	for i, p := range l.points.now {
		all[image.Pt(l.points.of(i%l.points.cols), l.points.of(i/l.points.cols))] = p.RGBA
	}
	return all, nil
}

// Decode is how a frame is decoded.
func Decode(decode func(io.Reader) (image.Image, error)) error {
	_, err := still{decode: decode}.image()
	return err
}

// Turn keeps others from looking until it is given back.
func Turn() (back func()) {
	looking <- struct{}{}
	return func() { <-looking }
}

// LookMost is how many pixels a frame may have to be looked at.
const LookMost = lookMost
