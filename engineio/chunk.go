package engineio

import (
	"bytes"
	"sync"

	"github.com/madang-chat/madang/internal/outbox"
	"github.com/madang-chat/madang/internal/ws"
)

// chunkSize is the memory of the packets that wait for one socket and that nobody else gets: enough
// for some thirty answers, or for a kilobyte of bytes. What doesn't fit into one begins another.
const chunkSize = 2 << 10

// chunks lends it.
var chunks = sync.Pool{New: func() any { return &Message{buf: make([]byte, 0, chunkSize), chunk: true} }}

// SendPacket is Send of a Socket.IO packet for this socket alone. Buf is as for NewMessage, but is
// copied: behind what waits already, so that many packets of one flush need no memory of their own.
// Attachments are copied or, as those of NewMessage, the socket's from then on.
func (s *Socket) SendPacket(buf []byte, attachments [][]byte, f Flags) error {
	buf[Prefix-1] = typeMessage
	frame := buf[ws.PutHeader(buf, Prefix-1, ws.Text, len(buf)-Prefix+1):]
	s.mu.Lock()
	if s.state.Load() != stateOpen || s.slow || !s.enqueue(frame, attachments) {
		s.mu.Unlock()
		return s.Send(NewMessage(bytes.Clone(buf), attachments...), f) // which knows what to do
	}
	s.wake(f)
	s.mu.Unlock()
	return nil
}

// enqueue copies a packet into the queue of a socket that writes frames as they are, and reports
// whether it could.
func (s *Socket) enqueue(frame []byte, attachments [][]byte) bool {
	if s.ws == nil || s.ws.decoder.Deflate || len(attachments) > 0 && (s.ws.base64 || s.protocol == 3) {
		return false
	}
	length := len(frame)
	for _, a := range attachments {
		length += len(a) + ws.HeaderRoom
	}
	size := length + messageCost
	if length > chunkSize || s.queue.Bytes()+size > s.server.opts.MaxQueue {
		return false
	}
	m := s.lastChunk()
	if m == nil || len(m.buf)+length > cap(m.buf) {
		if s.blocked {
			return false // of what waits for long a chunk would take more than it counts
		}
		m = chunks.Get().(*Message)
		m.buf, m.size = m.buf[:0], 0
		// Its size comes with what is in it.
		s.queue.Push(&queued, item{m: m}, 0, s.server.opts.MaxQueue)
	}
	m.buf = append(m.buf, frame...)
	for _, a := range attachments {
		m.buf = ws.AppendFrame(m.buf, ws.Binary, a)
	}
	m.size += size
	s.queue.Extend(size)
	return true
}

// lastChunk is the chunk at the end of the queue, if there is one.
func (s *Socket) lastChunk() *Message {
	all := s.queue.All()
	if len(all) == 0 || all[len(all)-1].m == nil || !all[len(all)-1].m.chunk {
		return nil
	}
	return all[len(all)-1].m
}

// giveBack lends to others the memory of items that have been written.
func giveBack(items *outbox.Items[item]) {
	for _, it := range items.All {
		if it.m != nil && it.m.chunk {
			chunks.Put(it.m)
		}
	}
	queued.Put(items)
}
