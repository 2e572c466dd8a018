package ws

// leastHeld is the first capacity of a message's buffer. Reads of a few bytes shouldn't grow it
// step by step, and a connection that stalls inside a message shouldn't hold much.
const leastHeld = 512

// held is what a Decoder keeps of an incomplete frame or message.
type held struct {
	data       []byte // payload of the message so far, all fragments, unmasked
	valid      int    // bytes of data known to be UTF-8, when it is plain text
	op         Opcode // of the message; Continuation when there is none
	compressed bool   // the message, not the frame

	head     [maxHeader]byte // start of a header that isn't whole
	headSize int

	frame   header // the frame whose payload is awaited
	left    int    // of its payload
	control []byte // what has come of it when it is a control frame
}

// fragmented reports whether a message has begun and awaits further frames.
func (d *Decoder) fragmented() bool { return d.held != nil && d.held.op != Continuation }

// hold begins to keep the frame f.
func (d *Decoder) hold(f header) {
	if d.held == nil {
		d.held = &held{}
	}
	k := d.held
	k.frame, k.left = f, f.size
	if f.op == Text || f.op == Binary {
		k.op, k.compressed = f.op, f.compressed
	}
}

// release drops what is held unless a message goes on.
func (d *Decoder) release() {
	if !d.fragmented() {
		d.held = nil
	}
}

func (k *held) plainText() bool { return k.op == Text && !k.compressed }

// add appends payload of the held frame to the message. It refuses text as soon as it can't
// become valid.
func (k *held) add(p []byte) error {
	k.grow(len(p))
	k.data = append(k.data, p...)
	k.left -= len(p)
	if !k.plainText() {
		return nil
	}
	n, ok := validPrefix(k.data[k.valid:])
	if !ok {
		return errText
	}
	k.valid += n
	return nil
}

// grow makes room for n bytes. The capacity follows what has come, at most doubling it: a
// length that is only announced must not cost memory. It caps the last step.
func (k *held) grow(n int) {
	need := len(k.data) + n
	if need <= cap(k.data) {
		return
	}
	size := max(need, 2*cap(k.data), leastHeld)
	if k.frame.fin {
		size = min(size, len(k.data)+k.left)
	}
	data := make([]byte, len(k.data), size)
	copy(data, k.data)
	k.data = data
}
