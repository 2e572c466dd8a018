package ws

import (
	"encoding/binary"
	"unicode/utf8"
)

var errTooBig = &Error{CodeTooBig, "message is too big"}

// Handler receives what a [Decoder] reads. An error from it stops the Decoder.
type Handler interface {
	// Message gets a whole message: unmasked, inflated, valid UTF-8 unless binary. The
	// handler may change p but not keep it.
	Message(p []byte, binary bool) error

	// Control gets a Ping, Pong or Close, also between the fragments of a message. The
	// payload of a Close is valid: empty, or a code that may be sent and a UTF-8 reason.
	// The handler may change p but not keep it.
	Control(op Opcode, p []byte) error
}

// Decoder takes the bytes of one client apart. The zero value is ready: no limit, no
// compression. It is not safe for concurrent use; set the fields before the first Feed.
type Decoder struct {
	// Limit is the longest message in bytes; 0 is no limit. It counts the fragments of a
	// message together, as announced and before any of them is kept. When the message is
	// compressed it holds for both, the compressed size and what it inflates to.
	Limit int64

	// Deflate says that permessage-deflate was negotiated: messages may be compressed.
	Deflate bool

	closed bool
	held   *held // nil unless a frame or a message is incomplete
	err    error // returned by every further Feed
}

// Feed decodes p, all of it, and calls h for what is complete. It changes p. The error is an
// *[Error] for a fault of the peer, or the error of h; it ends the Decoder, and every further
// call returns it. Whatever follows a Close frame is ignored.
//
// What is delivered, and the error, depend only on the bytes, not on how calls divide them.
func (d *Decoder) Feed(p []byte, h Handler) error {
	for len(p) > 0 && d.err == nil && !d.closed {
		n, err := d.step(p, h)
		if err != nil {
			d.err, d.held = err, nil
			return err
		}
		p = p[n:]
	}
	return d.err
}

// step takes one frame off p, or the part of it that is there, and returns its length.
func (d *Decoder) step(p []byte, h Handler) (int, error) {
	if d.held != nil && d.held.left > 0 {
		return d.resume(p, h)
	}
	f, n, whole, err := d.next(p)
	if err != nil || !whole {
		return n, err
	}
	p = p[n:]
	if len(p) < f.size {
		d.hold(f)
		m, err := d.resume(p, h)
		return n + m, err
	}
	p = p[:f.size:f.size]
	unmask(p, f.key)
	return n + f.size, d.frame(f, p, h)
}

// next reads a header that may have begun in an earlier call. It returns how much of p belongs
// to the header, and keeps that when the header isn't whole.
func (d *Decoder) next(p []byte) (f header, n int, whole bool, err error) {
	if d.held == nil || d.held.headSize == 0 {
		f, n, err = d.parse(p)
		if err != nil || n > 0 {
			return f, n, n > 0, err
		}
		d.hold(header{})
	}
	k := d.held
	before := k.headSize
	k.headSize += copy(k.head[before:], p)
	f, n, err = d.parse(k.head[:k.headSize])
	if err != nil || n == 0 {
		return f, k.headSize - before, false, err
	}
	k.headSize = 0
	return f, n - before, true, nil
}

// frame handles a frame whose payload is at hand.
func (d *Decoder) frame(f header, p []byte, h Handler) error {
	if f.op.control() {
		d.release()
		return d.control(f.op, p, h)
	}
	if f.fin && !d.fragmented() {
		d.held = nil
		if f.op == Text && !f.compressed && !utf8.Valid(p) {
			return errText
		}
		return d.deliver(f.op, f.compressed, p, h)
	}
	d.hold(f)
	return d.extend(p, h)
}

// resume adds what p has of the payload of the frame that is held.
func (d *Decoder) resume(p []byte, h Handler) (int, error) {
	k := d.held
	p = p[:min(len(p), k.left)]
	k.frame.key = unmask(p, k.frame.key)
	if !k.frame.op.control() {
		return len(p), d.extend(p, h)
	}
	k.control = append(k.control, p...)
	k.left -= len(p)
	if k.left > 0 {
		return len(p), nil
	}
	payload := k.control
	k.control = nil
	d.release()
	return len(p), d.control(k.frame.op, payload, h)
}

// extend adds unmasked payload to the message that is held, and delivers it when it is whole.
func (d *Decoder) extend(p []byte, h Handler) error {
	k := d.held
	if err := k.add(p); err != nil {
		return err
	}
	if k.left > 0 || !k.frame.fin {
		return nil
	}
	d.held = nil
	if k.plainText() && k.valid < len(k.data) {
		return errText
	}
	return d.deliver(k.op, k.compressed, k.data, h)
}

// deliver hands over a message. Text that isn't compressed has been checked already.
func (d *Decoder) deliver(op Opcode, compressed bool, p []byte, h Handler) error {
	if !compressed {
		return h.Message(p, op == Binary)
	}
	z := inflaters.Get().(*inflater)
	defer z.free()
	p, err := z.inflate(p, d.Limit)
	if err != nil {
		return err
	}
	if op == Text && !utf8.Valid(p) {
		return errText
	}
	return h.Message(p, op == Binary)
}

func (d *Decoder) control(op Opcode, p []byte, h Handler) error {
	if op == Close {
		if err := checkClose(p); err != nil {
			return err
		}
		d.closed, d.held = true, nil
	}
	return h.Control(op, p)
}

// checkClose judges the payload of a close frame (RFC 6455, 5.5.1 and 7.4).
func checkClose(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if len(p) == 1 {
		return protocolError("close frame is too short")
	}
	code := binary.BigEndian.Uint16(p)
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014, code >= 3000 && code <= 4999:
	default:
		return protocolError("close code is not allowed")
	}
	if !utf8.Valid(p[2:]) {
		return &Error{CodeInvalid, "close reason is not UTF-8"}
	}
	return nil
}
