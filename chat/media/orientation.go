package media

import (
	"encoding/binary"
	"fmt"
)

// jpegExif leaves out EXIF but for how the image is turned: phones write pictures as their sensor
// lies and say here which way is up.
func (w *walk) jpegExif() error {
	n, err := w.jpegSize()
	if err != nil {
		return err
	}
	head, err := w.take(min(n, len(w.scratch))) // the entry stands among the first ones
	if err != nil {
		return err
	}
	rest := int64(n - len(head))
	if turn := orientation(head); turn > 1 && w.turn == 0 && w.info.Frames == 0 {
		w.turn = turn
		if err := w.put(fmt.Appendf(nil, "\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00%c\x00\x00\x00\x00\x00\x00", turn)); err != nil {
			return err
		}
	}
	return w.drop(rest)
}

// orientation is tag 0x112 of an EXIF block (Exif 2.32, 4.6.4), 1 to 8, or 0 without one.
func orientation(exif []byte) byte {
	if !starts(exif, "Exif\x00\x00") {
		return 0
	}
	tiff := exif[6:]
	var order binary.ByteOrder = binary.BigEndian
	switch {
	case starts(tiff, "II*\x00"):
		order = binary.LittleEndian
	case !starts(tiff, "MM\x00*"):
		return 0
	}
	if len(tiff) < 8 {
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == 0x112 && order.Uint16(entries[2:]) == 3 {
			if turn := order.Uint16(entries[8:]); turn <= 8 {
				return byte(turn)
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}
