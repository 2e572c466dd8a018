package engineio

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"hash/maphash"
	"net/http"
)

// Of the 15 bytes of a session id the last three are a mark of this process, so that an id of
// another one can be told from that of a session that has ended: the first is a mistake of a
// deployment, the second is daily life.
const (
	idBytes   = 15 // 20 characters: tools around Socket.IO expect exactly that length
	markBytes = 3  // the others are 96 bits of randomness
)

func badID(err error) *ConnectionError {
	return refusal(BadRequest, "ID_GENERATION_ERROR").because(err)
}

// newID makes the id of a session.
func (s *Server) newID(r *http.Request) (string, error) {
	if s.opts.GenerateID != nil {
		id, err := s.opts.GenerateID(r)
		err = s.settle("GenerateID", err)
		if _, known := s.Socket(id); err == nil && (known || id == "") {
			err = fmt.Errorf("engineio: the generated id %q is empty or in use", id)
		}
		return id, err
	}
	var b [idBytes]byte
	rand.Read(b[:idBytes-markBytes])
	s.mark(&b)
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// mark fills in the last bytes.
func (s *Server) mark(b *[idBytes]byte) {
	sum := maphash.Bytes(s.seed, b[:idBytes-markBytes])
	for i := range markBytes {
		b[idBytes-markBytes+i] = byte(sum >> (8 * i))
	}
}

// made reports whether an id looks like one that this server has made. One of Options.GenerateID
// may be anything.
func (s *Server) made(id string) bool {
	decoded, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(decoded) != idBytes {
		return false
	}
	marked := [idBytes]byte(decoded)
	s.mark(&marked)
	return marked == [idBytes]byte(decoded)
}
