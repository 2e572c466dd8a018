package ws

import (
	"encoding/binary"
	"math"
)

// maxHeader is the length of the longest header of a client's frame.
const maxHeader = 14

// header is what precedes a payload.
type header struct {
	op         Opcode
	fin        bool
	compressed bool
	key        uint32 // for unmask
	size       int    // of the payload
}

// parse reads a header at the start of p and returns its length, 0 when more bytes are needed.
// The fields are judged in their order, each as soon as it is whole, so the result is the same
// however the bytes are cut, and nothing is held for a frame that will be refused.
func (d *Decoder) parse(p []byte) (f header, n int, err error) {
	f.op = Opcode(p[0] & opBits)
	f.fin = p[0]&finBit != 0
	f.compressed = p[0]&rsv1Bit != 0
	if err := d.checkKind(f, p[0]&rsvBits != 0); err != nil {
		return f, 0, err
	}
	if len(p) < 2 {
		return f, 0, nil
	}
	if p[1]&maskBit == 0 {
		return f, 0, protocolError("frame is not masked")
	}
	size := uint64(p[1] & sizeBits)
	if f.op.control() && size > maxControl {
		return f, 0, protocolError("control frame is too long")
	}
	n = 2
	least := uint64(0)
	switch size {
	case size16:
		if len(p) < n+2 {
			return f, 0, nil
		}
		size, least = uint64(binary.BigEndian.Uint16(p[n:])), size16
		n += 2
	case size64:
		if len(p) < n+8 {
			return f, 0, nil
		}
		size, least = binary.BigEndian.Uint64(p[n:]), maxSize16+1
		n += 8
	}
	if size > math.MaxInt64 {
		return f, 0, protocolError("frame length has its top bit set")
	}
	if size < least {
		return f, 0, protocolError("frame length is not minimal")
	}
	if !f.op.control() && size > d.room() {
		return f, 0, errTooBig
	}
	if len(p) < n+4 {
		return f, 0, nil
	}
	f.size = int(size)
	f.key = binary.LittleEndian.Uint32(p[n:])
	return f, n + 4, nil
}

// checkKind judges the first byte of a frame.
func (d *Decoder) checkKind(f header, reserved bool) error {
	switch {
	case reserved:
		return protocolError("reserved bit is set")
	case !f.op.known():
		return protocolError("opcode is reserved")
	case f.compressed && (!d.Deflate || f.op == Continuation || f.op.control()):
		return protocolError("unexpected compression bit")
	case f.op.control():
		if !f.fin {
			return protocolError("control frame is fragmented")
		}
	case f.op == Continuation && !d.fragmented():
		return protocolError("continuation without a message")
	case f.op != Continuation && d.fragmented():
		return protocolError("message inside a fragmented message")
	}
	return nil
}

// room is how many bytes the current message may still get. Without a Limit it is what an int
// can count, which matters on 32-bit machines.
func (d *Decoder) room() uint64 {
	limit := uint64(math.MaxInt)
	if d.Limit > 0 {
		limit = min(limit, uint64(d.Limit))
	}
	if d.held != nil {
		limit -= uint64(len(d.held.data))
	}
	return limit
}
