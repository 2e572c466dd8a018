package engineio

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

var errPayload = errors.New("engineio: malformed payload")

// badPacket says what is wrong with a packet.
func badPacket(p []byte) error {
	if len(p) == 0 {
		return fmt.Errorf("%w: an empty packet", errPayload)
	}
	return fmt.Errorf("%w: a packet that begins with %q", errPayload, p[:min(len(p), 16)])
}

// malformed ends the session because of what is no packet.
func (s *Socket) malformed(err error) bool {
	s.adviseMalformed(err)
	s.end(ReasonParseError, err)
	return false
}

// takeText handles a revision 4 payload: packets joined with U+001E.
func (s *Socket) takeText(p []byte) error {
	for packet := range bytes.SplitSeq(p, []byte{separator}) {
		if !s.packet(packet) {
			return nil
		}
		s.awaitResume()
	}
	return nil
}

// takeTextV3 handles a revision 3 payload: each packet with its length in UTF-16 units in front.
func (s *Socket) takeTextV3(p []byte) error {
	if len(p) == 0 {
		return badPacket(p)
	}
	s.once = s.once || encodedOnce(p)
	for len(p) > 0 {
		head, tail, ok := bytes.Cut(p, []byte{':'})
		n, err := strconv.ParseUint(string(bytes.TrimSpace(head)), 10, 31)
		if !ok || err != nil {
			return fmt.Errorf("%w: %q instead of a length", errPayload, head[:min(len(head), 16)])
		}
		end, ok := utf16Index(tail, int(n))
		if !ok {
			return fmt.Errorf("%w: a packet is announced with a length of %d and has another", errPayload, n)
		}
		packet := tail[:end]
		p = tail[end:]
		if len(packet) == 0 {
			continue
		}
		if !s.once {
			packet = decodeTwice(packet)
		}
		if !s.packet(packet) {
			return nil
		}
		s.awaitResume()
	}
	return nil
}

// framedV3 reports whether a revision 3 payload is in binary framing, whatever its content type
// says: text begins with a digit.
func framedV3(p []byte) bool { return len(p) > 0 && p[0] <= 1 }

// takeBinaryV3 handles a revision 3 payload in binary framing: 0 for text or 1 for binary, the
// length as digits of one byte each, 255, the packet. Text is encoded once here by all clients.
func (s *Socket) takeBinaryV3(p []byte) error {
	for len(p) > 0 {
		binary := p[0] == 1
		if p[0] > 1 {
			return fmt.Errorf("%w: %#x instead of the kind of a packet", errPayload, p[0])
		}
		n, i := 0, 1
		for ; i < len(p) && p[i] != 0xff; i++ {
			if p[i] > 9 || i > 9 {
				return fmt.Errorf("%w: %q instead of a length", errPayload, p[1:i+1])
			}
			n = n*10 + int(p[i])
		}
		if i == 1 || i >= len(p) || n > len(p)-i-1 {
			return fmt.Errorf("%w: a packet ends early", errPayload)
		}
		packet := p[i+1 : i+1+n]
		p = p[i+1+n:]
		ok := false
		if binary {
			ok = s.frame(packet, true)
		} else {
			ok = s.packet(wellFormed(packet))
		}
		if !ok {
			return nil
		}
		s.awaitResume()
	}
	return nil
}

// base64Packet handles a binary message that came as text: on polling, and on WebSocket from
// clients that can't send binary frames. Revision 3 has the type of the packet in front.
func (s *Socket) base64Packet(p []byte) bool {
	if s.protocol == 3 {
		if len(p) == 0 || p[0] != typeMessage {
			return s.malformed(fmt.Errorf("%w: base64 that is no message", errPayload))
		}
		p = p[1:]
	}
	return s.message(decodeBase64(p), true)
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
