package ws

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// HeaderRoom is the length of the longest header of a server's frame.
const HeaderRoom = 10

const (
	finBit    = 0x80
	rsv1Bit   = 0x40 // the message is compressed (RFC 7692, 6)
	rsvBits   = 0x30 // RSV2 and RSV3, which no extension here uses
	opBits    = 0x0f
	maskBit   = 0x80
	sizeBits  = 0x7f
	size16    = 126 // the length follows in 2 bytes
	size64    = 127 // the length follows in 8 bytes
	maxSize16 = 1<<16 - 1
)

// AppendHeader appends the header of a final, unmasked frame with n bytes of payload, which
// are for the caller to append. Compressed says that the payload comes from [Deflate].
func AppendHeader(dst []byte, op Opcode, n int, compressed bool) []byte {
	first := finBit | byte(op)
	if compressed {
		first |= rsv1Bit
	}
	switch {
	case n < size16:
		return append(dst, first, byte(n))
	case n <= maxSize16:
		return binary.BigEndian.AppendUint16(append(dst, first, size16), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, first, size64), uint64(n))
	}
}

// AppendFrame appends a final, unmasked, uncompressed frame.
func AppendFrame(dst []byte, op Opcode, payload []byte) []byte {
	return append(AppendHeader(dst, op, len(payload), false), payload...)
}

// AppendClose appends a close frame. Code 0 makes an empty one, which carries no reason.
// The reason is cut to the 123 bytes that fit, between characters; bytes in it that are not
// UTF-8 become U+FFFD.
func AppendClose(dst []byte, code int, reason string) []byte {
	if code == 0 {
		return AppendHeader(dst, Close, 0, false)
	}
	reason = cut(strings.ToValidUTF8(reason, string(utf8.RuneError)), maxControl-2)
	dst = AppendHeader(dst, Close, 2+len(reason), false)
	dst = binary.BigEndian.AppendUint16(dst, uint16(code))
	return append(dst, reason...)
}

// cut shortens valid UTF-8 to at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// PutHeader writes the header of a final, unmasked, uncompressed frame with n bytes of payload
// so that it ends before buf[end], and returns where it starts. It is for frames prepared in
// front of a payload that is in place already: leave [HeaderRoom] bytes free before it.
func PutHeader(buf []byte, end int, op Opcode, n int) (start int) {
	var room [HeaderRoom]byte
	header := AppendHeader(room[:0], op, n, false)
	start = end - len(header)
	copy(buf[start:end], header)
	return start
}
