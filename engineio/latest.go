package engineio

import "github.com/madang-chat/madang/internal/outbox"

// A Slot holds at most one waiting message: the newest. Both fields together name it.
type Slot struct {
	Owner any // comparable
	Key   string
}

// SendLatest is Send for a message that counts only until the next one for its slot: while it
// waits, a newer one takes its place, at the end of the queue. What doesn't fit into the queue is
// dropped, with the one whose place it would have taken, and nothing is closed. It never changes
// the order of what waits.
func (s *Socket) SendLatest(m *Message, slot Slot, f Flags) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Load() != stateOpen || s.slow {
		return ErrClosed
	}
	if i, waits := s.slots.find(slot); waits {
		s.server.dropped.Add(1)
		s.replaced(i)
	}
	if !s.queue.Push(&queued, item{m, f&NoCompress != 0}, m.size, s.server.opts.MaxQueue) {
		s.server.dropped.Add(1)
		s.slots.forget(slot)
		return nil
	}
	if s.slots == nil {
		s.slots = &slots{at: make(map[Slot]int)}
	}
	s.slots.at[slot] = s.queue.Len() - 1
	s.wake(f)
	return nil
}

// Dropped is how many messages of SendLatest were not sent, because a newer one came or the queue
// was full.
func (s *Server) Dropped() uint64 { return s.dropped.Load() }

// slots are where in the queue the messages of SendLatest wait. Socket.mu guards them.
type slots struct {
	at   map[Slot]int
	gaps int // items without a message
}

func (l *slots) find(slot Slot) (i int, ok bool) {
	if l == nil {
		return 0, false
	}
	i, ok = l.at[slot]
	return i, ok
}

func (l *slots) forget(slot Slot) {
	if l != nil {
		delete(l.at, slot)
	}
}

// replaced takes the message of item i out of the queue. What is left of it are gaps, and no more
// of those than of messages.
func (s *Socket) replaced(i int) {
	all := s.queue.All()
	s.queue.Written(all[i].m.size)
	all[i].m = nil
	s.slots.gaps++
	if s.slots.gaps*2 <= len(all) {
		return
	}
	moved := make([]int, len(all))
	n := 0
	for i, it := range all {
		moved[i] = n
		if it.m != nil {
			all[n] = it
			n++
		}
	}
	s.queue.Truncate(n)
	for slot, i := range s.slots.at {
		s.slots.at[slot] = moved[i]
	}
	s.slots.gaps = 0
}

// drop forgets what is queued.
func (s *Socket) drop() {
	s.slots = nil
	s.queue.Drop()
}

// take empties a queue that holds something.
func (s *Socket) take() *outbox.Items[item] {
	s.slots = nil
	return s.queue.Take()
}
