package ws

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
)

// A sender of permessage-deflate cuts off the empty block that ends a flush; the receiver puts
// it back (RFC 7692, 7.2.1 and 7.2.2). A final empty block after it lets the reader end.
const (
	flushTail = "\x00\x00\xff\xff"
	finalTail = flushTail + "\x01\x00\x00\xff\xff"
)

const (
	leastInflated = 4 << 10  // first capacity of a buffer for inflated data
	mostPooled    = 64 << 10 // larger buffers go to the garbage collector
)

// deflater compresses one message at a time. A flate.Writer takes 1.2 MB, so they are
// pooled and no connection owns one: possible because there is no context takeover.
type deflater struct {
	w   *flate.Writer
	dst []byte
}

// Write implements io.Writer for the flate.Writer.
func (z *deflater) Write(p []byte) (int, error) {
	z.dst = append(z.dst, p...)
	return len(p), nil
}

var deflaters = sync.Pool{New: func() any {
	z := &deflater{}
	w, err := flate.NewWriter(z, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant that flate knows
	}
	z.w = w
	return z
}}

// Deflate appends p, compressed as the payload of one message, to dst. The frame needs the
// compressed bit: see [AppendHeader]. On error dst is returned as it was.
func Deflate(dst, p []byte) ([]byte, error) {
	z := deflaters.Get().(*deflater)
	z.w.Reset(z)
	z.dst = dst
	_, err := z.w.Write(p)
	if err == nil {
		err = z.w.Flush()
	}
	out := z.dst
	z.dst = nil
	deflaters.Put(z)
	if err != nil {
		return dst, fmt.Errorf("deflate message: %w", err)
	}
	return bytes.TrimSuffix(out, []byte(flushTail)), nil
}

// inflater decompresses one message at a time.
type inflater struct {
	r   io.ReadCloser
	src source
	out []byte
}

var inflaters = sync.Pool{New: func() any {
	z := &inflater{}
	z.r = flate.NewReader(&z.src)
	return z
}}

// free gives z back, and with it the memory of what inflate returned.
func (z *inflater) free() {
	z.src = source{}
	if cap(z.out) > mostPooled {
		z.out = nil
	}
	inflaters.Put(z)
}

// inflate decompresses the payload of a message; above limit bytes (0 = none) it gives up.
// The result is valid until free.
func (z *inflater) inflate(p []byte, limit int64) ([]byte, error) {
	if limit <= 0 || limit > math.MaxInt-1 {
		limit = math.MaxInt - 1
	}
	z.out = z.out[:0]
	if len(p) == 0 {
		// An empty message should be one zero byte, but receivers with zlib take this too.
		return z.out, nil
	}
	z.src = source{head: p, tail: finalTail}
	// A peer may end its blocks with a final one (RFC 7692, 7.2.3.4); then further blocks,
	// at least those of the tail, follow as a stream of their own.
	for z.src.left() > 0 {
		if err := z.r.(flate.Resetter).Reset(&z.src, nil); err != nil {
			return nil, fmt.Errorf("inflate message: %w", err)
		}
		if err := z.drain(int(limit)); err != nil {
			return nil, err
		}
	}
	return z.out, nil
}

// drain reads one deflate stream to its end. It asks for one byte more than the limit allows,
// so that exactly the limit passes.
func (z *inflater) drain(limit int) error {
	for {
		if len(z.out) == cap(z.out) {
			z.out = slices.Grow(z.out, max(leastInflated, len(z.out)))
		}
		free := z.out[len(z.out):min(cap(z.out), limit+1)]
		n, err := z.r.Read(free)
		z.out = z.out[:len(z.out)+n]
		switch {
		case len(z.out) > limit:
			return errTooBig
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return &Error{CodeInvalid, "compressed data is corrupt"}
		}
	}
}

// source reads a payload and then the tail. It is an io.ByteReader: flate reads no further
// than the stream it decodes.
type source struct {
	head []byte
	tail string
}

func (s *source) left() int { return len(s.head) + len(s.tail) }

func (s *source) Read(p []byte) (int, error) {
	if s.left() == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.head)
	s.head = s.head[n:]
	m := copy(p[n:], s.tail)
	s.tail = s.tail[m:]
	return n + m, nil
}

func (s *source) ReadByte() (byte, error) {
	switch {
	case len(s.head) > 0:
		c := s.head[0]
		s.head = s.head[1:]
		return c, nil
	case len(s.tail) > 0:
		c := s.tail[0]
		s.tail = s.tail[1:]
		return c, nil
	}
	return 0, io.EOF
}
