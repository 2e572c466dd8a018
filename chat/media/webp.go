package media

import (
	"encoding/binary"
	"io"
)

// webp walks a WebP: a RIFF container with one bitstream, or with a canvas and frames. Its size is
// written anew, as chunks are left out.
func (w *walk) webp() error {
	b, err := w.take(12)
	if err != nil {
		return err
	}
	if err := w.put(b); err != nil {
		return err
	}
	// The container's end cuts what follows.
	left := int64(binary.LittleEndian.Uint32(b[4:])) - 4
	for first, extended := true, false; left >= 8; first = false {
		kind, size, err := w.webpChunk(&left)
		if err != nil {
			return err
		}
		switch {
		case kind == "VP8X" && first:
			extended = true
			err = w.webpCanvas(size)
		case (kind == "VP8 " || kind == "VP8L") && (first || extended):
			if w.info.Frames > 0 {
				return bad("two images in one")
			}
			err = w.webpBits(kind, size, nil)
		case first:
			return bad("chunk %q at the wrong place", kind)
		case kind == "ICCP" && size <= profileMost, kind == "ALPH", kind == "ANIM":
			if !extended {
				return bad("chunk %q without a canvas", kind)
			}
			err = w.webpKeep(kind, size)
		case kind == "ANMF" && extended:
			err = w.webpFrame(size)
		default: // EXIF, XMP, unknown
			err = w.drop(padded(size))
		}
		if err != nil {
			return err
		}
	}
	if w.info.Frames == 0 {
		return bad("no image data")
	}
	return w.webpSize()
}

// webpChunk reads a chunk's head and takes the chunk from what is left of what holds it.
func (w *walk) webpChunk(left *int64) (kind string, size int64, err error) {
	b, err := w.take(8)
	if err != nil {
		return "", 0, err
	}
	kind, size = string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
	if padded(size) > *left-8 {
		return "", 0, bad("chunk %q is larger than what holds it", kind)
	}
	*left -= 8 + padded(size)
	return kind, size, nil
}

func padded(size int64) int64 { return size + size&1 }

func (w *walk) webpHead(kind string, size int64) error {
	return w.put(binary.LittleEndian.AppendUint32([]byte(kind), uint32(size)))
}

func (w *walk) webpKeep(kind string, size int64) error {
	if err := w.webpHead(kind, size); err != nil {
		return err
	}
	return w.keep(padded(size))
}

func (w *walk) webpCanvas(size int64) error {
	if size != 10 {
		return bad("a canvas header of %d bytes", size)
	}
	b, err := w.take(10)
	if err != nil {
		return err
	}
	b[0] &^= 0x0c // neither EXIF nor XMP is in it any more
	if err := w.canvas(le24(b[4:])+1, le24(b[7:])+1); err != nil {
		return err
	}
	if err := w.webpHead("VP8X", 10); err != nil {
		return err
	}
	return w.put(b)
}

// webpBits copies a bitstream after reading its sides. It fills the canvas, or the frame that is
// given as x, y, width, height.
func (w *walk) webpBits(kind string, size int64, frame *[4]int) error {
	n := 10
	if kind == "VP8L" {
		n = 5
	}
	if size < int64(n) {
		return bad("no image data")
	}
	b, err := w.take(n)
	if err != nil {
		return err
	}
	var width, height int
	if kind == "VP8L" {
		bits := binary.LittleEndian.Uint32(b[1:])
		width, height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		if b[0] != 0x2f || bits>>29 != 0 {
			return bad("unknown lossless image")
		}
	} else {
		width, height = int(le16(b[6:])&0x3fff), int(le16(b[8:])&0x3fff)
		if b[0]&1 != 0 || string(b[3:6]) != "\x9d\x01\x2a" {
			return bad("unknown lossy image")
		}
	}
	if w.info.W == 0 {
		if err := w.canvas(width, height); err != nil {
			return err
		}
	}
	if frame == nil {
		frame = &[4]int{0, 0, w.info.W, w.info.H}
	}
	if width != frame[2] || height != frame[3] {
		return bad("%d × %d pixels where %d × %d are promised", width, height, frame[2], frame[3])
	}
	if err := w.frame(frame[0], frame[1], width, height); err != nil {
		return err
	}
	if err := w.webpHead(kind, size); err != nil {
		return err
	}
	if err := w.put(b); err != nil {
		return err
	}
	return w.keep(padded(size) - int64(n))
}

// webpFrame copies a frame of an animation: its head, perhaps its alpha, and one bitstream.
func (w *walk) webpFrame(size int64) error {
	if size < 16 || size&1 == 1 {
		return bad("a frame of %d bytes", size)
	}
	b, err := w.take(16)
	if err != nil {
		return err
	}
	frame := [4]int{2 * le24(b), 2 * le24(b[3:]), le24(b[6:]) + 1, le24(b[9:]) + 1}
	head := [16]byte(b)
	if err := w.webpHead("ANMF", size); err != nil {
		return err
	}
	if err := w.put(head[:]); err != nil {
		return err
	}
	before := w.info.Frames
	for left := size - 16; left > 0; {
		if left < 8 {
			return bad("a frame with a rest")
		}
		kind, size, err := w.webpChunk(&left)
		if err != nil {
			return err
		}
		switch {
		case kind == "ALPH" && w.info.Frames == before:
			err = w.webpKeep(kind, size)
		case (kind == "VP8 " || kind == "VP8L") && w.info.Frames == before:
			err = w.webpBits(kind, size, &frame)
		default: // the frame's size is written already
			return bad("chunk %q in a frame", kind)
		}
		if err != nil {
			return err
		}
	}
	if w.info.Frames == before {
		return bad("an empty frame")
	}
	return nil
}

// webpSize writes the container's size, now that it is known.
func (w *walk) webpSize() error {
	if err := w.out.Flush(); err != nil {
		return err
	}
	if _, err := w.dst.Seek(4, io.SeekStart); err != nil {
		return err
	}
	size := binary.LittleEndian.AppendUint32(nil, uint32(w.written-8))
	if _, err := w.out.Write(size); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	_, err := w.dst.Seek(0, io.SeekEnd)
	return err
}

func le24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
