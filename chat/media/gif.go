package media

import (
	"encoding/binary"
	"image"
	"image/color"
)

// gif walks a GIF: header, screen, palette, then extensions and frames up to the trailer.
func (w *walk) gif() error {
	g, err := w.gifHead()
	for more := true; more && err == nil; {
		more, err = g.block()
	}
	if err == nil && w.info.Frames > 1 {
		w.info.Flash = g.points.flash()
	}
	return err
}

func (w *walk) gifHead() (*gif, error) {
	b, err := w.take(13)
	if err != nil {
		return nil, err
	}
	if err := w.canvas(int(le16(b[6:])), int(le16(b[8:]))); err != nil {
		return nil, err
	}
	flags := b[10]
	if err := w.put(b); err != nil {
		return nil, err
	}
	g := &gif{walk: w, points: newGIFPoints(w.info.W, w.info.H)}
	g.reset()
	return g, g.palette(flags, &g.colors)
}

// gif is what is known of a GIF between its frames.
type gif struct {
	*walk
	points  *gifPoints
	colors  [256]point // of frames without colors of their own
	control gifControl // of the next frame
}

func (g *gif) reset() { g.control = gifControl{clear: -1} }

// block walks an extension, a frame or the trailer, behind which there is nothing more.
func (g *gif) block() (more bool, err error) {
	b, err := g.take(1)
	if err != nil {
		return false, err
	}
	switch b[0] {
	case 0x00: // padding that some encoders leave
		return true, nil
	case 0x21:
		return true, g.extension()
	case 0x2c:
		return true, g.frame()
	case 0x3b:
		if g.info.Frames == 0 {
			return false, bad("no frame")
		}
		return false, g.put(b)
	}
	return false, bad("unknown block %#x", b[0])
}

// palette copies a color table, if the flags say that there is one, and notes its colors.
func (g *gif) palette(flags byte, colors *[256]point) error {
	if flags&0x80 == 0 {
		return nil
	}
	b, err := g.take(3 << (flags&7 + 1))
	if err != nil {
		return err
	}
	for i := 0; i < len(b); i += 3 {
		colors[i/3] = pointOf(color.RGBA{b[i], b[i+1], b[i+2], 255})
	}
	return g.put(b)
}

// extension keeps what controls frames and loops.
func (g *gif) extension() error {
	b, err := g.take(2)
	if err != nil {
		return err
	}
	label, size := b[0], int(b[1])
	switch {
	case label == 0xf9 && size == 4:
		if b, err = g.take(size); err == nil {
			g.control = controlOf(b)
			err = g.put(append([]byte{0x21, label, byte(size)}, b...))
		}
		if err != nil {
			return err
		}
		return g.blocks(true)
	case label == 0xf9:
		return bad("a frame control of %d bytes", size)
	case label == 0xff && size == 11:
		if b, err = g.take(size); err != nil {
			return err
		}
		if name := string(b); name != "NETSCAPE2.0" && name != "ANIMEXTS1.0" {
			return g.blocks(false)
		}
		if err := g.put(append([]byte{0x21, label, byte(size)}, b...)); err != nil {
			return err
		}
		return g.blocks(true)
	case size == 0:
		return nil
	}
	if err := g.drop(int64(size)); err != nil {
		return err
	}
	return g.blocks(false)
}

func (g *gif) frame() error {
	b, err := g.take(9)
	if err != nil {
		return err
	}
	x, y, width, height, flags := int(le16(b)), int(le16(b[2:])), int(le16(b[4:])), int(le16(b[6:])), b[8]
	if err := g.walk.frame(x, y, width, height); err != nil {
		return err
	}
	if err := g.put([]byte{0x2c}); err != nil {
		return err
	}
	if err := g.put(b); err != nil {
		return err
	}
	g.points.colors = g.colors
	if err := g.palette(flags, &g.points.colors); err != nil {
		return err
	}
	if b, err = g.take(1); err != nil {
		return err
	}
	if b[0] < 2 || b[0] > 8 {
		return bad("codes of %d bits", b[0])
	}
	at := frame{image.Rect(x, y, x+width, y+height), g.control.delay, g.control.disposal}
	g.points.begin(at, flags&0x40 != 0, uint(b[0]), g.control.clear)
	if err := g.put(b); err != nil {
		return err
	}
	if err := g.pixels(); err != nil {
		return err
	}
	g.points.end()
	g.reset()
	return nil
}

// pixels copies the data of a frame and follows it.
func (g *gif) pixels() error {
	for {
		n, err := g.in.ReadByte()
		if err != nil {
			return err
		}
		if err := g.put([]byte{n}); err != nil || n == 0 {
			return err
		}
		b, err := g.take(int(n))
		if err != nil {
			return err
		}
		g.points.lzw.feed(b)
		if err := g.put(b); err != nil {
			return err
		}
	}
}

// gifControl is what stands in front of a frame.
type gifControl struct {
	delay    int // milliseconds
	disposal disposal
	clear    int // color; -1 = none
}

func controlOf(b []byte) gifControl {
	c := gifControl{delay: 10 * int(le16(b[1:])), clear: -1}
	switch b[0] >> 2 & 7 {
	case 2:
		c.disposal = clears
	case 3:
		c.disposal = restores
	}
	if b[0]&1 != 0 {
		c.clear = int(b[3])
	}
	return c
}

// blocks walks data blocks up to the empty one.
func (w *walk) blocks(kept bool) error {
	for {
		n, err := w.in.ReadByte()
		if err != nil {
			return err
		}
		if !kept {
			err = w.drop(int64(n))
		} else if err = w.put([]byte{n}); err == nil {
			err = w.keep(int64(n))
		}
		if err != nil || n == 0 {
			return err
		}
	}
}

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
