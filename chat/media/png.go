package media

import (
	"encoding/binary"
	"hash/crc32"
)

// profileMost is the largest compressed color profile that is kept; real ones have a few KiB.
const profileMost = 256 << 10

// png walks a PNG or APNG chunk by chunk.
func (w *walk) png() error {
	b, err := w.take(8)
	if err != nil {
		return err
	}
	if err := w.put(b); err != nil {
		return err
	}
	for data, first := false, true; ; first = false {
		b, err := w.take(8)
		if err != nil {
			return err
		}
		var head [8]byte
		copy(head[:], b)
		size, kind := binary.BigEndian.Uint32(head[:]), string(head[4:])
		if size > 1<<31-1 {
			return bad("a chunk of %d bytes", size)
		}
		if first != (kind == "IHDR") {
			return bad("chunk %q at the wrong place", kind)
		}
		switch kind {
		case "IHDR":
			err = w.pngChecked(head, 13, w.pngHeader)
		case "acTL":
			err = w.pngChecked(head, 8, w.pngFrames)
		case "fcTL":
			err = w.pngChecked(head, 26, w.pngFrame)
		case "IEND":
			if size != 0 || !data {
				return bad("no image data")
			}
			if w.info.Frames == 0 {
				if err := w.frame(0, 0, w.info.W, w.info.H); err != nil {
					return err
				}
			}
			return w.pngKeep(head)
		case "IDAT":
			data = true
			err = w.pngKeep(head)
		case "PLTE", "fdAT", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "bKGD", "pHYs", "cICP", "mDCV", "cLLI":
			err = w.pngKeep(head)
		case "iCCP":
			if size > profileMost {
				err = w.drop(int64(size) + 4)
			} else {
				err = w.pngKeep(head)
			}
		default:
			if head[4]&0x20 == 0 {
				return bad("unknown chunk %q", kind)
			}
			err = w.drop(int64(size) + 4)
		}
		if err != nil {
			return err
		}
	}
}

// pngKeep copies a chunk.
func (w *walk) pngKeep(head [8]byte) error {
	if err := w.put(head[:]); err != nil {
		return err
	}
	return w.keep(int64(binary.BigEndian.Uint32(head[:])) + 4)
}

// pngChecked copies a chunk of known size after its checksum and content were found right.
func (w *walk) pngChecked(head [8]byte, size int, check func([]byte) error) error {
	if n := binary.BigEndian.Uint32(head[:]); n != uint32(size) {
		return bad("a chunk %s of %d bytes", head[4:], n)
	}
	b, err := w.take(size + 4)
	if err != nil {
		return err
	}
	sum := crc32.Update(crc32.ChecksumIEEE(head[4:]), crc32.IEEETable, b[:size])
	if sum != binary.BigEndian.Uint32(b[size:]) {
		return bad("chunk %s has a wrong checksum", head[4:])
	}
	if err := check(b[:size]); err != nil {
		return err
	}
	if err := w.put(head[:]); err != nil {
		return err
	}
	return w.put(b)
}

func (w *walk) pngHeader(b []byte) error {
	depth, color := b[8], b[9]
	known := false
	switch color {
	case 0:
		known = depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16
	case 3:
		known = depth == 1 || depth == 2 || depth == 4 || depth == 8
	case 2, 4, 6:
		known = depth == 8 || depth == 16
	}
	if !known || b[10] != 0 || b[11] != 0 || b[12] > 1 {
		return bad("unknown kind of pixels")
	}
	return w.canvas(be31(b), be31(b[4:]))
}

func (w *walk) pngFrames(b []byte) error {
	if n := be31(b); n < 1 || n > w.limits.Frames {
		return bad("%d frames, at most %d", n, w.limits.Frames)
	}
	return nil
}

func (w *walk) pngFrame(b []byte) error {
	return w.frame(be31(b[12:]), be31(b[16:]), be31(b[4:]), be31(b[8:]))
}

// be31 is a PNG integer; one that is out of its range becomes the largest.
func be31(b []byte) int {
	// Half of the range, so that two can be added where int has 32 bits.
	return int(min(binary.BigEndian.Uint32(b), 1<<30-1))
}
