package media

import (
	"bufio"
	"encoding/binary"
	"errors"
)

// jpeg walks a JPEG marker by marker, through its scans to the end marker. Sequential and
// progressive Huffman images are taken, which is what browsers show.
func (w *walk) jpeg() error {
	b, err := w.take(2)
	if err != nil {
		return err
	}
	if err := w.put(b); err != nil {
		return err
	}
	marker, err := w.jpegMarker()
	for scans := 0; err == nil; {
		var next byte // already read behind a scan
		switch {
		case marker == 0xd9:
			if scans == 0 {
				return bad("no image data")
			}
			if w.turn > 4 { // lying on its side
				w.info.W, w.info.H = w.info.H, w.info.W
			}
			return w.put([]byte{0xff, marker})
		case marker == 0xc0, marker == 0xc1, marker == 0xc2:
			err = w.jpegFrame(marker)
		case marker == 0xda:
			if w.info.Frames == 0 {
				return bad("a scan before its frame")
			}
			if scans++; scans > w.limits.Scans {
				return beyond("image-scans", w.limits.Scans, "more than %d scans", w.limits.Scans)
			}
			if err = w.jpegSegment(marker, nil); err == nil {
				next, err = w.jpegData()
			}
		case marker == 0xc4, marker == 0xdb, marker == 0xdd: // tables and restart interval
			err = w.jpegSegment(marker, nil)
		case marker == 0xe0:
			err = w.jpegJFIF()
		case marker == 0xe2:
			err = w.jpegSegment(marker, []byte("ICC_PROFILE\x00"))
		case marker == 0xee:
			err = w.jpegSegment(marker, []byte("Adobe")) // says how colors are coded
		case marker == 0xe1:
			err = w.jpegExif()
		case marker >= 0xe0 && marker <= 0xfe:
			err = w.jpegSegment(marker, []byte{}) // comments, others
		default:
			return bad("unknown marker %#x", marker)
		}
		if err == nil && next == 0 {
			next, err = w.jpegMarker()
		}
		marker = next
	}
	return err
}

// jpegMarker reads a marker and the fill before it.
func (w *walk) jpegMarker() (byte, error) {
	c, err := w.in.ReadByte()
	if err == nil && c != 0xff {
		return 0, bad("no marker where one belongs")
	}
	if err != nil {
		return 0, err
	}
	return w.jpegFill()
}

// jpegFill reads a marker whose first 0xff has been read.
func (w *walk) jpegFill() (c byte, err error) {
	for c = 0xff; err == nil && c == 0xff; {
		c, err = w.in.ReadByte()
	}
	if err == nil && c == 0 {
		err = bad("no marker where one belongs")
	}
	return c, err
}

// jpegSize reads how many bytes of a segment follow.
func (w *walk) jpegSize() (int, error) {
	b, err := w.take(2)
	if err != nil {
		return 0, err
	}
	n := int(binary.BigEndian.Uint16(b)) - 2
	if n < 0 {
		return 0, bad("a segment without its size")
	}
	return n, nil
}

// jpegSegment copies a segment that begins with prefix, and leaves out any other; nil copies all,
// an empty one none.
func (w *walk) jpegSegment(marker byte, prefix []byte) error {
	n, err := w.jpegSize()
	if err != nil {
		return err
	}
	if prefix != nil {
		head, err := w.in.Peek(min(n, len(prefix)))
		if err != nil {
			return err
		}
		if len(prefix) == 0 || string(head) != string(prefix) {
			return w.drop(int64(n))
		}
	}
	if err := w.put([]byte{0xff, marker, byte((n + 2) >> 8), byte(n + 2)}); err != nil {
		return err
	}
	return w.keep(int64(n))
}

// jpegJFIF copies density and version, not the thumbnail.
func (w *walk) jpegJFIF() error {
	n, err := w.jpegSize()
	if err != nil {
		return err
	}
	if n < 14 {
		return w.drop(int64(n))
	}
	b, err := w.take(14)
	if err != nil {
		return err
	}
	if starts(b, "JFIF\x00") {
		b[12], b[13] = 0, 0 // its sides
		if err := w.put(append([]byte{0xff, 0xe0, 0, 16}, b...)); err != nil {
			return err
		}
	}
	return w.drop(int64(n - 14))
}

func (w *walk) jpegFrame(marker byte) error {
	n, err := w.jpegSize()
	if err != nil {
		return err
	}
	if n < 6 || n > 6+4*3 || w.info.Frames > 0 {
		return bad("a frame header of %d bytes", n)
	}
	b, err := w.take(n)
	if err != nil {
		return err
	}
	width, height := int(binary.BigEndian.Uint16(b[3:])), int(binary.BigEndian.Uint16(b[1:]))
	if err := w.canvas(width, height); err != nil {
		return err
	}
	if err := w.frame(0, 0, width, height); err != nil {
		return err
	}
	if err := w.put([]byte{0xff, marker, 0, byte(n + 2)}); err != nil {
		return err
	}
	return w.put(b)
}

// jpegData copies a scan's data and returns the marker after it.
func (w *walk) jpegData() (marker byte, err error) {
	for {
		b, err := w.in.ReadSlice(0xff)
		full := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !full {
			return 0, err
		}
		if !full {
			b = b[:len(b)-1]
		}
		if err := w.put(b); err != nil {
			return 0, err
		}
		if full {
			continue
		}
		c, err := w.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != 0 && (c < 0xd0 || c > 0xd7) { // neither an escaped byte nor a restart
			if c == 0xff {
				return w.jpegFill()
			}
			return c, nil
		}
		if err := w.put([]byte{0xff, c}); err != nil {
			return 0, err
		}
	}
}
