package media

import "encoding/binary"

// gif walks a GIF: header, screen, palette, then extensions and frames up to the trailer.
func (w *walk) gif() error {
	b, err := w.take(13)
	if err != nil {
		return err
	}
	if err := w.canvas(int(le16(b[6:])), int(le16(b[8:]))); err != nil {
		return err
	}
	flags := b[10]
	if err := w.put(b); err != nil {
		return err
	}
	if err := w.palette(flags); err != nil {
		return err
	}
	for {
		b, err := w.take(1)
		if err != nil {
			return err
		}
		switch b[0] {
		case 0x00: // padding that some encoders leave
		case 0x21:
			err = w.gifExtension()
		case 0x2c:
			err = w.gifFrame()
		case 0x3b:
			if w.info.Frames == 0 {
				return bad("no frame")
			}
			return w.put(b)
		default:
			return bad("unknown block %#x", b[0])
		}
		if err != nil {
			return err
		}
	}
}

// palette copies a color table, if the flags say that there is one.
func (w *walk) palette(flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	return w.keep(3 << (flags&7 + 1))
}

// gifExtension keeps what controls frames and loops.
func (w *walk) gifExtension() error {
	b, err := w.take(2)
	if err != nil {
		return err
	}
	label, size := b[0], int(b[1])
	switch {
	case label == 0xf9 && size == 4:
		if b, err = w.take(size); err == nil {
			err = w.put(append([]byte{0x21, label, byte(size)}, b...))
		}
		if err != nil {
			return err
		}
		return w.blocks(true)
	case label == 0xf9:
		return bad("a frame control of %d bytes", size)
	case label == 0xff && size == 11:
		if b, err = w.take(size); err != nil {
			return err
		}
		if name := string(b); name != "NETSCAPE2.0" && name != "ANIMEXTS1.0" {
			return w.blocks(false)
		}
		if err := w.put(append([]byte{0x21, label, byte(size)}, b...)); err != nil {
			return err
		}
		return w.blocks(true)
	case size == 0:
		return nil
	}
	if err := w.drop(int64(size)); err != nil {
		return err
	}
	return w.blocks(false)
}

func (w *walk) gifFrame() error {
	b, err := w.take(9)
	if err != nil {
		return err
	}
	if err := w.frame(int(le16(b)), int(le16(b[2:])), int(le16(b[4:])), int(le16(b[6:]))); err != nil {
		return err
	}
	flags := b[8]
	if err := w.put([]byte{0x2c}); err != nil {
		return err
	}
	if err := w.put(b); err != nil {
		return err
	}
	if err := w.palette(flags); err != nil {
		return err
	}
	if b, err = w.take(1); err != nil {
		return err
	}
	if b[0] < 2 || b[0] > 8 {
		return bad("codes of %d bits", b[0])
	}
	if err := w.put(b); err != nil {
		return err
	}
	return w.blocks(true)
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
