package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"
	"time"

	"github.com/madang-chat/madang/chat"
)

// Frames of WebP and PNG have to be decoded to be looked at. That takes memory and time, so one
// picture at a time is looked at.
const (
	// lookMost is how many pixels a frame may have: 2048 × 2048 in 16 bits take 32 MB.
	lookMost = 1 << 22
	// lookTime is what a picture has, its turn included. A hundred million pixels take about two
	// seconds.
	lookTime = 5 * time.Second
)

// looking is held by the picture that is looked at.
var looking = make(chan struct{}, 1)

var errFrame = errors.New("a frame can't be looked at")

// look finds the flashes of a moving WebP or PNG that the walk has written. It is strict: what two
// viewers could understand in two ways is unknown, as is what takes too much.
func look(file io.ReadSeeker, info Info, most time.Duration) (chat.Flash, error) {
	end := time.Now().Add(most)
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case looking <- struct{}{}:
		defer func() { <-looking }()
	case <-timer.C:
		return chat.FlashUnknown, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	l := &looker{in: bufio.NewReaderSize(file, 32<<10), points: newPoints(info.W, info.H), end: end}
	read := l.webp
	if info.MIME == "image/png" {
		read = l.png
	}
	switch {
	case read() == nil:
		return l.points.flash(), nil
	case l.points.flashes.found:
		return chat.FlashStrong, nil
	}
	return chat.FlashUnknown, nil
}

// looker reads the frames of a file and puts them on the points.
type looker struct {
	in     *bufio.Reader
	points *points
	end    time.Time
	frames int
}

// still is a frame as a picture of its own.
type still struct {
	frame
	blended bool
	decode  func(io.Reader) (image.Image, error)
	data    io.Reader
}

// see puts a frame on the points.
func (l *looker) see(s still) error {
	l.frames++
	if int64(s.Dx())*int64(s.Dy()) > lookMost || time.Now().After(l.end) {
		return errFrame
	}
	m, err := s.image()
	if err != nil {
		return err
	}
	if m.Bounds() != image.Rect(0, 0, s.Dx(), s.Dy()) {
		return errFrame
	}
	l.points.begin(s.frame)
	for i, at := range l.points.covered() {
		p := pointOf(colorAt(m, at))
		if s.blended {
			p = p.over(l.points.now[i])
		}
		l.points.now[i] = p
	}
	l.points.end()
	return nil
}

// image decodes the frame. The decoders aren't ours, and no picture may take the server with it.
func (s still) image() (m image.Image, err error) {
	defer func() {
		if recover() != nil {
			err = errFrame
		}
	}()
	return s.decode(s.data)
}

// colorAt is the color of a pixel. What has luma and chroma comes from VP8, which has them as video
// does: from 16 to 235, where the standard library takes them to be those of JPEG.
func colorAt(m image.Image, at image.Point) color.RGBA {
	var c color.Color
	switch m := m.(type) {
	case *image.YCbCr:
		c = video(m.YCbCrAt(at.X, at.Y), 255)
	case *image.NYCbCrA:
		of := m.NYCbCrAAt(at.X, at.Y)
		c = video(of.YCbCr, of.A)
	default:
		c = m.At(at.X, at.Y)
	}
	return color.RGBAModel.Convert(c).(color.RGBA)
}

// video is a color of BT.601.
func video(c color.YCbCr, alpha byte) color.NRGBA {
	luma := 1.164 * (float64(c.Y) - 16)
	cb, cr := float64(c.Cb)-128, float64(c.Cr)-128
	level := func(v float64) byte { return byte(max(0, min(255, v+0.5))) }
	return color.NRGBA{level(luma + 1.596*cr), level(luma - 0.392*cb - 0.813*cr), level(luma + 2.017*cb), alpha}
}

// read reads n bytes of the file.
func (l *looker) read(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(l.in, b)
	return b, err
}

func (l *looker) skip(n int64) error {
	_, err := io.CopyN(io.Discard, l.in, n)
	return err
}

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
