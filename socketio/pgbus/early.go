package pgbus

import (
	"time"

	"github.com/madang-chat/madang/socketio"
)

// early holds answers that overtook what they answer to: Node's servers say how many clients are
// asked, and what these answer, over different connections. It is used by one goroutine.
type early struct {
	asked map[string]*counted // by question and server
	held  int
	swept time.Time
}

type counted struct {
	known bool                   // how many there are has come
	acks  []*socketio.BusMessage // before that
	until time.Time
}

const (
	mostHeld  = 10_000
	heldTime  = time.Minute
	sweepHeld = 5 * time.Second
)

// pass reports whether m may be handed on. What was held for it follows.
func (e *early) pass(m *socketio.BusMessage, now time.Time) (ok bool, follow []*socketio.BusMessage) {
	if m.Kind != socketio.BusCount && m.Kind != socketio.BusAck {
		return true, nil
	}
	e.sweep(now)
	key := m.Request + " " + m.From
	c := e.asked[key]
	if c == nil {
		if len(e.asked) >= mostHeld {
			return true, nil
		}
		if e.asked == nil {
			e.asked = make(map[string]*counted)
		}
		c = new(counted)
		e.asked[key] = c
	}
	c.until = now.Add(heldTime)
	switch {
	case m.Kind == socketio.BusCount:
		follow, c.acks, c.known = c.acks, nil, true
		e.held -= len(follow)
		return true, follow
	case c.known || e.held >= mostHeld:
		return true, nil
	}
	c.acks = append(c.acks, m)
	e.held++
	return false, nil
}

func (e *early) sweep(now time.Time) {
	if now.Sub(e.swept) < sweepHeld {
		return
	}
	e.swept = now
	for key, c := range e.asked {
		if now.After(c.until) {
			e.held -= len(c.acks)
			delete(e.asked, key)
		}
	}
}
