package engineio

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf8"
)

var errPayload = errors.New("engineio: malformed payload")

// takeText handles a revision 4 payload: packets joined with U+001E, binary ones as 'b' and base64.
func (s *Socket) takeText(p []byte) error {
	for packet := range bytes.SplitSeq(p, []byte{separator}) {
		if len(packet) > 0 && packet[0] == 'b' {
			data, err := decodeBase64(packet[1:])
			if err != nil {
				return err
			}
			if !s.message(data, true) {
				return nil
			}
		} else if !s.packet(packet) {
			return nil
		}
		s.awaitResume()
	}
	return nil
}

// takeTextV3 handles a revision 3 payload: each packet with its length in UTF-16 units in front.
func (s *Socket) takeTextV3(p []byte) error {
	if len(p) == 0 {
		return errPayload
	}
	for len(p) > 0 {
		head, tail, ok := bytes.Cut(p, []byte{':'})
		n, err := strconv.ParseUint(string(head), 10, 31)
		if !ok || err != nil {
			return errPayload
		}
		end, ok := utf16Index(tail, int(n))
		if !ok {
			return errPayload
		}
		packet := tail[:end]
		p = tail[end:]
		if len(packet) == 0 {
			continue
		}
		if packet[0] == 'b' {
			if len(packet) < 2 || packet[1] != typeMessage {
				return errPayload
			}
			data, err := decodeBase64(packet[2:])
			if err != nil {
				return err
			}
			if !s.message(data, true) {
				return nil
			}
		} else if !s.packet(decodeTwice(packet)) {
			return nil
		}
		s.awaitResume()
	}
	return nil
}

// takeBinaryV3 handles a revision 3 payload in binary framing: 0 for text or 1 for binary, the length as
// digits of one byte each, 255, the packet.
func (s *Socket) takeBinaryV3(p []byte) error {
	for len(p) > 0 {
		binary := p[0] == 1
		if p[0] > 1 {
			return errPayload
		}
		n, i := 0, 1
		for ; i < len(p) && p[i] != 0xff; i++ {
			if p[i] > 9 || i > 9 {
				return errPayload
			}
			n = n*10 + int(p[i])
		}
		if i == 1 || i >= len(p) || n > len(p)-i-1 {
			return errPayload
		}
		packet := p[i+1 : i+1+n]
		p = p[i+1+n:]
		if binary {
			if !s.frame(packet, true) {
				return nil
			}
		} else if !s.packet(decodeTwice(bytes.ToValidUTF8(packet, []byte("\uFFFD")))) {
			return nil
		}
		s.awaitResume()
	}
	return nil
}

// utf16Index returns where the first n UTF-16 units of the text p end.
func utf16Index(p []byte, n int) (int, bool) {
	i := 0
	for n > 0 && i < len(p) {
		r, size := utf8.DecodeRune(p[i:])
		i += size
		n--
		if r > 0xffff {
			n--
		}
	}
	return i, n == 0
}

// decodeTwice undoes the second UTF-8 layer of clients that encode packets by themselves
// before the browser does: text of characters up to U+00FF which, taken as bytes, is UTF-8.
func decodeTwice(p []byte) []byte {
	layered := false
	out := make([]byte, 0, len(p))
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRune(p[i:])
		if r > 0xff {
			return p
		}
		layered = layered || r >= utf8.RuneSelf
		out = append(out, byte(r))
		i += size
	}
	if !layered || !utf8.Valid(out) {
		return p
	}
	return out
}

// decodeBase64 accepts what JavaScript accepts: with or without padding.
func decodeBase64(p []byte) ([]byte, error) {
	p = bytes.TrimRight(p, "=")
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(p)))
	n, err := base64.RawStdEncoding.Decode(data, p)
	if err != nil {
		return nil, errPayload
	}
	return data[:n], nil
}
