package socketio

import (
	"errors"
	"math"
	"time"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
	"github.com/madang-chat/madang/socketio/internal/msgpack"
)

var errTooLarge = errors.New("socketio: a packet and what belongs to it are too large together")

// badPacket says what is wrong with a packet that can't be decoded.
func badPacket(err error) *Error {
	e := &Error{Code: CodeBadPacket, Message: "broken packet", Err: err}
	switch {
	case errors.Is(err, jsonx.ErrDepth), errors.Is(err, msgpack.ErrDepth):
		e.Code, e.Message = CodeTooDeep, "packet nested too deeply"
	case errors.Is(err, errTooLarge):
		e.Code, e.Message = CodeTooLarge, "message too large"
	case errors.Is(err, packet.ErrTooMany), errors.Is(err, msgpack.ErrBinaries):
		e.Code, e.Message = CodeTooManyAttachments, "too many attachments"
	}
	return e
}

// clientFault reports whether an error is what a client did wrong, and be it that it doesn't read
// what it gets.
func clientFault(err error) bool {
	if is(err, ErrSlow) {
		return !is(err, errPublish)
	}
	e := find[Error](err)
	if e == nil {
		return false
	}
	switch e.Code {
	case CodeBadPayload, CodeRateLimited, CodeUnknownEvents, CodeTooManyRooms, CodeBadPacket, CodeTooDeep, CodeTooManyAttachments, CodeTooLarge:
		return true
	}
	return false
}

var (
	tooManyEvents  = &Error{Code: CodeRateLimited, Message: "too many events"}
	tooManyBytes   = &Error{Code: CodeRateLimited, Message: "too many bytes"}
	tooManyUnknown = &Error{Code: CodeUnknownEvents, Message: "too many unknown events"}
)

// A bucket fills at a rate, up to what one second brings. Whoever finds something in it may take
// more than that, and the next ones wait until it is full enough again: so a message larger than
// the rate isn't impossible.
type bucket struct {
	rate, tokens float64
	at           time.Time // of the last look
}

// admit reports whether there is something left. Only what is admitted costs.
func (b *bucket) admit(now time.Time, cost float64) bool {
	if b.rate <= 0 {
		return true
	}
	if b.at.IsZero() {
		b.tokens = b.rate
	} else {
		b.tokens = min(b.rate, b.tokens+b.rate*now.Sub(b.at).Seconds())
	}
	b.at = now
	if b.tokens <= 0 {
		return false
	}
	b.tokens -= cost
	return true
}

// floodFactor times as many packets as EventsPerSecond, and floodLeast at least, end the
// connection: refusing costs too.
const (
	floodFactor = 10
	floodLeast  = 100
)

// rates limit what one connection sends. They belong to the goroutine that reads it.
type rates struct {
	events, bytes bucket
	flood         bucket // packets beyond the rate that are still answered
	over          bool   // the bytes of the packet that is coming in are too many
	told          bool   // OnError knows that events are being dropped
}

func newRates(o *Options) *rates {
	if o.EventsPerSecond <= 0 && o.BytesPerSecond <= 0 {
		return nil
	}
	return &rates{events: bucket{rate: float64(o.EventsPerSecond)}, bytes: bucket{rate: float64(o.BytesPerSecond)},
		flood: bucket{rate: max(floodLeast, floodFactor*float64(o.EventsPerSecond))}}
}

// arrive counts bytes. Text begins a packet, binary belongs to the text before.
func (r *rates) arrive(bytes int, text bool) {
	if r != nil {
		admitted := r.bytes.admit(time.Now(), float64(bytes))
		r.over = !admitted || r.over && !text
	}
}

// check says which limit an event or a CONNECT exceeds.
func (r *rates) check() *Error {
	switch {
	case r == nil:
		return nil
	case r.over:
		return tooManyBytes
	case !r.events.admit(time.Now(), 1):
		return tooManyEvents
	}
	r.told = false
	return nil
}

// flooded reports whether a packet that was refused is one too many.
func (r *rates) flooded() bool { return r.events.rate > 0 && !r.flood.admit(time.Now(), 1) }

// unasked counts an ack that nobody asked for, as an event, and says when there are far too many.
func (r *rates) unasked(asked bool) *Error {
	if r == nil || asked || r.events.admit(time.Now(), 1) || !r.flooded() {
		return nil
	}
	return tooManyEvents
}

// drop refuses an event: one that wants an ack gets the error, others are told to OnError, once for
// all that follow one another. It needs conn.mu and releases it.
func (s *Socket) drop(p *packet.Packet, why *Error) {
	c := s.conn
	if !p.HasID {
		if c.rates.told {
			c.mu.Unlock()
			return
		}
		c.rates.told = true
	}
	s.accept(p, why)
}

// overUnknown counts an unknown event. It reports once that there are too many.
func (c *conn) overUnknown() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unknown == math.MaxInt64 {
		return false
	}
	now := time.Since(c.es.Handshake().Time)
	c.unknown = max(c.unknown, now) + time.Minute/time.Duration(c.server.opts.UnknownEventsPerMinute)
	if c.unknown-now <= time.Minute {
		return false
	}
	c.unknown = math.MaxInt64
	return true
}
