package engineio

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
)

// A scratch is memory for the body of one polling request or answer, lent.
type scratch struct{ buf []byte }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// keptScratch is the largest that is lent again: most bodies are short.
const keptScratch = 16 << 10

// leastRead is the room that a read has at least, as with io.ReadAll.
const leastRead = 512

func borrow() *scratch { return scratches.Get().(*scratch) }

func (s *scratch) giveBack() {
	if cap(s.buf) <= keptScratch {
		s.buf = s.buf[:0]
		scratches.Put(s)
	}
}

// tooLarge tells of a middleware's own limit.
func tooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

// read takes all that r has. The error is ErrTooLarge when that is more than limit bytes. A length
// that is only announced takes no memory.
func (s *scratch) read(r io.Reader, limit int64) error {
	for {
		s.buf = slices.Grow(s.buf, leastRead)
		n, err := r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		switch {
		case int64(len(s.buf)) > limit:
			return ErrTooLarge
		case err == io.EOF:
			return nil
		case err == nil:
		case tooLarge(err):
			return ErrTooLarge
		default:
			return err
		}
	}
}
