package socketio

import (
	"time"
)

// parts is what a connection holds of a packet that isn't whole. It is made for the first such
// packet and guarded by conn.mu; only the goroutine that reads writes the first two, so it may look
// at them without.
type parts struct {
	size  int         // what has come
	bytes int         // counted in conn.fixed; 0 while nothing is awaited
	since time.Time   // of the announcement, or of the end of a pause
	timer *time.Timer // nil without Options.AttachmentTimeout
	ticks bool        // the timer runs, also between packets: the next may come soon
}

// came is how much of a packet is there, 0 between packets.
func (p *parts) came() int {
	if p == nil {
		return 0
	}
	return p.size
}

// await counts what has come of a packet, and begins the wait for the rest.
func (c *conn) await(size int) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return
	}
	if c.parts == nil {
		c.parts = new(parts)
	}
	p, cost := c.parts, size+attachmentCost
	begins := p.bytes == 0
	if begins {
		cost += eventCost
	}
	c.fixed += cost
	p.size += size
	p.bytes += cost
	if begins {
		p.begin(c)
	}
	switch over := !c.holds(0); {
	case over && c.queued == 0:
		c.mu.Unlock()
		c.breach(errTooLarge)
	case over && c.asks > 0:
		c.flooded() // releases mu
	default:
		c.crowd()
		c.mu.Unlock()
	}
}

// begin starts the timer. It needs mu.
func (p *parts) begin(c *conn) {
	patience := c.server.opts.AttachmentTimeout
	if patience < 0 {
		return
	}
	p.since = time.Now()
	switch {
	case p.ticks:
	case p.timer == nil:
		p.timer = time.AfterFunc(patience, c.attachmentTimeout)
	default:
		p.timer.Reset(patience)
	}
	p.ticks = true
}

// stop stops the timer: the rest can't come, as the connection isn't read or has ended. It needs
// mu.
func (p *parts) stop() {
	if p != nil && p.timer != nil {
		p.timer.Stop()
		p.ticks = false
	}
}

// complete says that nothing is awaited any more. It needs mu.
func (c *conn) complete() {
	if c.parts != nil && c.parts.bytes > 0 {
		c.fixed -= c.parts.bytes
		c.parts.size, c.parts.bytes = 0, 0
	}
}

// attachmentTimeout ends a connection that announced attachments and doesn't send them, whatever
// its heartbeat says.
func (c *conn) attachmentTimeout() {
	c.mu.Lock()
	p := c.parts
	p.ticks = false
	if p.bytes == 0 || c.paused || c.over {
		c.mu.Unlock()
		return
	}
	if left := c.server.opts.AttachmentTimeout - time.Since(p.since); left > 0 {
		p.ticks = true
		p.timer.Reset(left) // another packet has begun since
		c.mu.Unlock()
		return
	}
	c.mu.Unlock()
	c.server.opts.Logger.Debug("socketio: attachments didn't come", "connection", c.es.ID())
	c.endAll(ReasonAttachmentTimeout)
	c.es.Close()
}
