package engineio

import (
	"bytes"
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/outbox"
	"github.com/madang-chat/madang/internal/poll"
	"github.com/madang-chat/madang/internal/ws"
)

const (
	// batchSize is how much is copied together for one write.
	batchSize = 64 << 10
	// slowBatchSize is the same for a connection that doesn't take all: there may be many of those
	// at a time.
	slowBatchSize = 4 << 10
	// largeFrame is from where a frame is written by itself instead of being copied to the others.
	largeFrame = 16 << 10
)

type flushTarget Socket

// Flush is called by the flusher.
func (t *flushTarget) Flush() {
	s := (*Socket)(t)
	s.mu.Lock()
	s.marked, s.late = false, false
	s.flush()
}

// Flush writes what is queued, from this goroutine and as far as that is possible without blocking;
// another one does the rest.
func (s *Socket) Flush() {
	s.mu.Lock()
	s.flush()
}

// flush is called with mu held and releases it.
func (s *Socket) flush() {
	if s.ws == nil || s.flushing || s.queue.Len() == 0 {
		s.mu.Unlock()
		return
	}
	s.flushing = true
	s.lastFlush = s.server.since()
	b := batches.Get().(*batch)
	b.conn = s.ws
	b.run(s)
}

// A batch is what one flush needs; borrowed, so that an idle socket holds none of it.
type batch struct {
	conn     *wsConn
	buf      []byte    // small frames, copied together
	rest     [][]byte  // what the kernel didn't take
	blocking bool      // this batch has a goroutine of its own
	last     bool      // the connection ends with this batch
	until    time.Time // when a blocking batch of a session that has ended gives up
	err      error
}

var batches = sync.Pool{New: func() any { return &batch{buf: make([]byte, 0, batchSize)} }}

// run writes the queue until it is empty. It is called with s.mu held and releases it. When the
// kernel takes no more it goes on in a goroutine that may block, so that a slow reader delays
// nobody else.
func (b *batch) run(s *Socket) {
	for s.queue.Len() > 0 && b.err == nil && !b.last {
		items := s.take()
		s.mu.Unlock()
		size := b.write(items.All)
		if len(b.rest) > 0 {
			s.mu.Lock()
			s.blocked = true
			s.mu.Unlock()
			go (&batch{conn: b.conn, rest: b.rest, last: b.last, blocking: true}).finish(s, items, size)
			b.rest, b.last = nil, false
			b.recycle()
			return
		}
		giveBack(items)
		s.mu.Lock()
		if b.err == nil {
			s.written(size)
		}
	}
	b.release(s)
}

// finish writes what would have blocked, which may be memory of the items, and then what was queued
// since.
func (b *batch) finish(s *Socket, items *outbox.Items[item], size int) {
	b.buf = make([]byte, 0, slowBatchSize)
	for _, p := range b.rest {
		b.push(p)
	}
	b.rest = nil
	giveBack(items)
	s.mu.Lock()
	if b.err == nil {
		s.written(size)
	}
	b.run(s)
}

// release is called with s.mu held and releases it.
func (b *batch) release(s *Socket) {
	conn, err, last := b.conn, b.err, b.last
	if !b.blocking {
		b.err, b.last = nil, false
		b.recycle()
	}
	if err != nil {
		// A frame may be torn. The socket goes on to count as blocked, so that nothing is written
		// behind it.
		s.blocked = true
		s.mu.Unlock()
		// The end is told from elsewhere: whoever flushes may hold locks that the receiver takes.
		go func() {
			s.end(ReasonTransportError, err)
			conn.conn.Close()
		}()
		return
	}
	s.flushing, s.blocked = false, false
	s.mu.Unlock()
	if last {
		conn.finish(nil)
	}
}

// recycle lends the batch to the next flush.
func (b *batch) recycle() {
	b.conn = nil
	batches.Put(b)
}

// write writes items and returns their size.
func (b *batch) write(items []item) (size int) {
	opts := &b.conn.socket.server.opts
	b.buf = b.buf[:0]
	for _, it := range items {
		if it.m == nil {
			continue // a newer message has taken its place
		}
		size += it.m.size
		switch {
		case it.m == closePacket:
			b.add(b.conn.closeFrame())
			b.last = true
		case b.conn.decoder.Deflate && !it.plain && it.m.size >= opts.PerMessageDeflateThreshold && !b.prefixed(it.m):
			b.add(it.m.deflatedFrames(opts.PerMessageDeflateThreshold))
		case len(items) == 1 && len(it.m.attachments) == 0:
			b.push(it.m.frame()) // alone, so it needs no copy
		default:
			b.message(it.m)
		}
	}
	if len(b.rest) == 0 {
		b.push(b.buf)
	}
	return size
}

// prefixed reports whether frames of the message are others than in the shared compressed form.
func (b *batch) prefixed(m *Message) bool {
	return (b.conn.socket.protocol == 3 || b.conn.base64) && len(m.attachments) > 0
}

func (b *batch) message(m *Message) {
	if frame := m.frame(); len(frame) > 0 {
		b.add(frame)
	}
	for _, a := range m.attachments {
		if b.conn.base64 {
			one := payload{v3: b.conn.socket.protocol == 3, bare: true}
			one.binary(a)
			b.add(ws.AppendFrame(nil, ws.Text, one.buf))
			continue
		}
		if b.conn.socket.protocol == 3 {
			b.add(append(ws.AppendHeader(nil, ws.Binary, len(a)+1, false), typeMessage-'0'))
		} else {
			b.add(ws.AppendHeader(nil, ws.Binary, len(a), false))
		}
		b.add(a)
	}
}

// add puts bytes that don't change any more behind what was added before.
func (b *batch) add(p []byte) {
	if len(b.rest) > 0 {
		b.rest = append(b.rest, p)
		return
	}
	if len(b.buf)+len(p) > cap(b.buf) {
		b.push(b.buf)
		if len(b.rest) > 0 {
			b.rest = append(b.rest, p)
			return
		}
		b.buf = b.buf[:0]
	}
	if len(p) >= min(largeFrame, cap(b.buf)) && len(b.buf) == 0 {
		b.push(p)
		return
	}
	b.buf = append(b.buf, p...)
}

// patience is how long the next write may take. What is still to be written of a session that has
// ended has closingTimeout for all of it: nothing else would end a client that reads a little now
// and then.
func (b *batch) patience() time.Duration {
	patience := b.conn.socket.server.opts.WriteTimeout
	if b.conn.socket.state.Load() != stateClosed {
		return patience
	}
	if b.until.IsZero() {
		b.until = time.Now().Add(closingTimeout)
	}
	return min(patience, time.Until(b.until))
}

// push hands bytes to the kernel; what it doesn't take becomes the rest.
func (b *batch) push(p []byte) {
	switch {
	case b.err != nil || len(p) == 0:
	case b.blocking:
		b.err = b.conn.conn.Write(p, b.patience())
	default:
		n, err := b.conn.conn.TryWrite(p)
		if err == poll.ErrWouldBlock {
			if len(b.buf) > 0 { // p is the buffer: all else is pushed while that is empty
				p = bytes.Clone(p[n:]) // it goes back to the pool
			} else {
				p = p[n:]
			}
			b.rest = append(b.rest, p)
		} else {
			b.err = err
		}
	}
}
