package socketio

import (
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/packet"
)

// An inbox holds what a socket's handlers still have to do, in order. One worker at a time empties
// it. It belongs to conn.mu.
type inbox struct {
	first, last *job
	count       int  // events, the running ones included
	bytes       int  // of those events
	full        bool // counted in conn.full
	working     bool // a worker is at it or on its way
	announced   bool // OnConnect has run or will: OnDisconnect must
	open        bool // OnConnect has run: Concurrent events need not wait
}

// A job is one thing for the application to do.
type job struct {
	next   *job
	kind   jobKind
	hasID  bool
	reason Reason // of jobDisconnect
	passed func() // of jobBarrier
	// Of jobEvent:
	id          uint64
	ctx         *handling
	name, args  []byte // copied
	attachments [][]byte
	size        int
	at          time.Time // for the observer
	refused     error     // it isn't handled because of this; also of jobReport
}

type jobKind uint8

const (
	jobConnect jobKind = iota
	jobEvent
	jobReport
	jobBarrier
	jobUpgrade
	jobDisconnect
)

// eventCost is what an event counts in InboxBytes besides its text and attachments.
const eventCost = 128

// accept takes an event into the inbox, or its refusal. It needs conn.mu and releases it.
func (s *Socket) accept(p *packet.Packet, refused *Error) {
	c, o := s.conn, &s.conn.server.opts
	name, args := p.Event()
	if refused != nil {
		args, p.Attachments = nil, nil
	}
	ctx, buf := c.memory(len(name) + len(args))
	n := copy(buf, name)
	copy(buf[n:], args)
	j := jobs.Get().(*job)
	*j = job{
		kind: jobEvent, id: p.ID, hasID: p.HasID, ctx: ctx,
		name: buf[:n:n], args: buf[n:], attachments: p.Attachments, size: len(buf) + eventCost, at: c.server.now(),
	}
	if refused != nil {
		j.refused = refused
	}
	for _, a := range p.Attachments {
		j.size += len(a) + attachmentCost
	}
	b := &s.inbox
	if (b.full || c.crowded) && c.asks > 0 {
		c.flooded() // releases mu
		return
	}
	b.count++
	b.bytes += j.size
	c.queued += j.size
	if !b.full && (b.count >= o.InboxEvents || b.bytes >= o.InboxBytes) {
		b.full = true
		c.full++
		c.throttle()
	}
	c.crowd()
	if b.open && s.ns.concurrent(j.name) {
		c.mu.Unlock()
		c.server.workers.run(task{s, j})
		return
	}
	start := b.push(j)
	c.mu.Unlock()
	if start {
		c.server.workers.run(task{socket: s})
	}
}

// flooded ends a connection that can't be held back, because an answer is waited for. It needs mu
// and releases it.
func (c *conn) flooded() {
	c.mu.Unlock()
	c.server.opts.Logger.Debug("socketio: inbox full while an answer is waited for", "connection", c.es.ID())
	c.endAll(ReasonInboxFull)
	c.es.Close()
}

// throttle pauses reading while an inbox or the connection's memory is full, unless an answer is
// waited for. It needs mu.
func (c *conn) throttle() {
	pause := (c.full > 0 || c.crowded) && c.asks == 0
	if pause == c.paused {
		return
	}
	c.paused = pause
	c.clock()
	if pause {
		c.parts.stop()
		c.es.Pause()
		return
	}
	if c.parts != nil && c.parts.bytes > 0 && !c.over {
		c.parts.begin(c)
	}
	c.es.Resume()
}

// post adds a job that is no event.
func (s *Socket) post(j *job) {
	s.conn.mu.Lock()
	start := s.inbox.push(j)
	s.conn.mu.Unlock()
	if start {
		s.conn.server.workers.run(task{socket: s})
	}
}

// passed calls f behind the jobs that wait or run. It returns false, without a call, when there are
// none.
func (s *Socket) passed(f func()) bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if !s.inbox.working {
		return false
	}
	s.inbox.push(&job{kind: jobBarrier, passed: f})
	return true
}

// push reports whether a worker must be sent.
func (b *inbox) push(j *job) bool {
	if b.last == nil {
		b.first = j
	} else {
		b.last.next = j
	}
	b.last = j
	start := !b.working
	b.working = true
	return start
}

// take returns the next job and whether it is the last one for now; nil ends the worker's turn.
func (s *Socket) take() (j *job, last bool) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	b := &s.inbox
	if j = b.first; j == nil {
		b.working = false
		return nil, true
	}
	if b.first = j.next; b.first == nil {
		b.last = nil
	}
	j.next = nil
	return j, b.first == nil
}

// jobs lends events: what a handler may keep of one is in its own memory.
var jobs = sync.Pool{New: func() any { return new(job) }}

// memory is that of one event: the context of its handler and room for what came, in one piece
// unless that is long. The sizes are those that the allocator has, less the context.
func (c *conn) memory(size int) (ctx *handling, buf []byte) {
	switch {
	case size <= 16:
		m := new(struct {
			handling
			data [16]byte
		})
		ctx, buf = &m.handling, m.data[:size]
	case size <= 32:
		m := new(struct {
			handling
			data [32]byte
		})
		ctx, buf = &m.handling, m.data[:size]
	case size <= 48:
		m := new(struct {
			handling
			data [48]byte
		})
		ctx, buf = &m.handling, m.data[:size]
	case size <= 80:
		m := new(struct {
			handling
			data [80]byte
		})
		ctx, buf = &m.handling, m.data[:size]
	case size <= 128:
		m := new(struct {
			handling
			data [128]byte
		})
		ctx, buf = &m.handling, m.data[:size]
	case size <= 240:
		m := new(struct {
			handling
			data [240]byte
		})
		ctx, buf = &m.handling, m.data[:size]
	default:
		ctx, buf = new(handling), make([]byte, size)
	}
	ctx.origin = c.origin
	return ctx, buf
}

// done ends an event and gives back its room.
func (s *Socket) done(j *job) {
	j.ctx.end()
	s.conn.mu.Lock()
	s.release(j)
	idle := s.conn.idle()
	s.conn.mu.Unlock()
	if idle {
		s.conn.es.Finish()
	}
	*j = job{}
	jobs.Put(j)
}

func (s *Socket) release(j *job) {
	b, c, o := &s.inbox, s.conn, &s.conn.server.opts
	b.count--
	b.bytes -= j.size
	c.queued -= j.size
	c.thin()
	if b.full && b.count <= o.InboxEvents/2 && b.bytes <= o.InboxBytes/2 {
		b.full = false
		c.full--
		c.throttle()
	}
}

// dropEvents needs conn.mu.
func (s *Socket) dropEvents() {
	b := &s.inbox
	var keep, last *job
	for j := b.first; j != nil; j = j.next {
		if j.kind == jobEvent {
			s.release(j)
			continue
		}
		if last == nil {
			keep = j
		} else {
			last.next = j
		}
		last = j
	}
	if last != nil {
		last.next = nil
	}
	b.first, b.last = keep, last
}
