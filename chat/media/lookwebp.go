package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"io"
	"math"

	"golang.org/x/image/webp"
)

// webp looks at the frames of an animation, each of which has a bitstream as a still picture has.
func (l *looker) webp() error {
	if err := l.skip(12); err != nil {
		return err
	}
	for {
		b, err := l.read(8)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		size := int64(le32(b[4:]))
		switch string(b[:4]) {
		case "ANMF":
			err = l.webpFrame(size)
		case "VP8 ", "VP8L": // beside frames
			return errFrame
		default:
			err = l.skip(padded(size))
		}
		if err != nil {
			return err
		}
	}
}

func (l *looker) webpFrame(size int64) error {
	b, err := l.read(16)
	if err != nil {
		return err
	}
	x, y, w, h := 2*le24(b), 2*le24(b[3:]), le24(b[6:])+1, le24(b[9:])+1
	s := still{frame: frame{Rectangle: image.Rect(x, y, x+w, y+h), delay: le24(b[12:])}, blended: b[15]&2 == 0, decode: webp.Decode}
	if b[15]&1 != 0 {
		s.disposal = clears
	}
	data := &io.LimitedReader{R: l.in, N: size - 16}
	kind, err := l.in.Peek(13) // up to the header of a lossless picture
	if err != nil {
		return err
	}
	head := []byte("RIFF\x00\x00\x00\x00WEBP")
	if string(kind[:4]) == "ALPH" {
		head = append(head, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		head = append(head, b[6:12]...) // the sides
	}
	binary.LittleEndian.PutUint32(head[4:], uint32(min(int64(len(head)-8)+data.N, math.MaxUint32)))
	s.data = io.MultiReader(bytes.NewReader(head), data)
	if string(kind[:4]) == "VP8L" && le32(kind[9:])>>28&1 == 0 {
		s.decode = opaque
	}
	if err := l.see(s); err != nil {
		return err
	}
	return l.skip(data.N)
}

// opaque decodes a lossless picture that says that it has no alpha. Viewers differ in what they
// make of one that has some.
func opaque(r io.Reader) (image.Image, error) {
	m, err := webp.Decode(r)
	if m, ok := m.(*image.NRGBA); ok && !m.Opaque() {
		return nil, errFrame
	}
	return m, err
}
