package msgpack

import "fmt"

// AppendValue writes one value: valid JSON, and the attachments that its placeholders name.
func AppendValue(dst, value []byte, attachments [][]byte) []byte {
	w := writer{out: dst, in: value, counts: count(value), atts: attachments}
	w.value()
	return w.out
}

// DecodeValue reads one value and nothing behind it, as Decode reads the data of a packet.
func DecodeValue(p []byte, depth, binaries int) (value []byte, attachments [][]byte, err error) {
	r := reader{rest: p, depth: depth, binaries: binaries}
	value, err = r.value(make([]byte, 0, len(p)+len(p)/4), 0)
	switch {
	case err != nil:
		return nil, nil, err
	case len(r.rest) > 0:
		return nil, nil, fmt.Errorf("%w: %d bytes behind it", ErrFormat, len(r.rest))
	case len(r.atts) > 0 && r.ambiguous:
		return nil, nil, fmt.Errorf("%w: a key _placeholder beside binary values", ErrFormat)
	}
	return value, r.atts, nil
}
