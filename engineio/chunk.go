package engineio

import (
	"bytes"
	"sync"

	"github.com/madang-chat/madang/internal/outbox"
	"github.com/madang-chat/madang/internal/ws"
)

// chunkSize is the memory of the packets that wait for one socket and that nobody else gets. What
// doesn't fit into one begins another one.
const chunkSize = 4 << 10

// chunks lends it.
var chunks = sync.Pool{New: func() any { return &Message{buf: make([]byte, 0, chunkSize), chunk: true} }}

// SendPacket is Send of a Socket.IO packet without attachments for this socket alone. Buf is as for
// NewMessage, but is copied: behind what waits already, so that many packets of one flush need no
// memory of their own.
func (s *Socket) SendPacket(buf []byte, f Flags) error {
	buf[Prefix-1] = typeMessage
	frame := buf[ws.PutHeader(buf, Prefix-1, ws.Text, len(buf)-Prefix+1):]
	s.mu.Lock()
	if s.state.Load() != stateOpen || s.slow || !s.enqueue(frame) {
		s.mu.Unlock()
		return s.Send(NewMessage(bytes.Clone(buf)), f) // whatever it is, Send knows what to do
	}
	s.wake(f)
	s.mu.Unlock()
	return nil
}

// enqueue copies a frame into the queue of a socket that writes frames as they are, and reports
// whether it could.
func (s *Socket) enqueue(frame []byte) bool {
	size := len(frame) + messageCost
	if s.ws == nil || s.ws.decoder.Deflate || len(frame) > chunkSize || s.queue.Bytes()+size > s.server.opts.MaxQueue {
		return false
	}
	if last := s.lastChunk(); last != nil && len(last.buf)+len(frame) <= cap(last.buf) {
		last.buf = append(last.buf, frame...)
		last.size += size
		s.queue.Extend(size)
		return true
	}
	m := chunks.Get().(*Message)
	m.buf, m.size = append(m.buf[:0], frame...), size
	return s.queue.Push(&queued, item{m: m}, size, s.server.opts.MaxQueue)
}

// lastChunk is the chunk at the end of the queue, if there is one.
func (s *Socket) lastChunk() *Message {
	all := s.queue.All()
	if len(all) == 0 || all[len(all)-1].m == nil || !all[len(all)-1].m.chunk {
		return nil
	}
	return all[len(all)-1].m
}

// giveBack lends the memory of items that have been written to others.
func giveBack(items *outbox.Items[item]) {
	for _, it := range items.All {
		if it.m != nil && it.m.chunk {
			chunks.Put(it.m)
		}
	}
	queued.Put(items)
}
