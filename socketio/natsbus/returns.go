package natsbus

import (
	"slices"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// Publish implements socketio.Bus.
func (b *StreamBus) Publish(m *socketio.BusMessage) error {
	if m.Number == 0 {
		return b.Bus.Publish(m)
	}
	b.log.order.Lock()
	defer b.log.order.Unlock()
	b.log.expect(m)
	err := b.Bus.Publish(m)
	switch {
	case err != nil:
		b.log.forget(m.Number)
	case b.engine.Health() != nil:
		b.log.giveBack(always)
	}
	return err
}

// expect notes an event that will come back.
func (g *eventLog) expect(m *socketio.BusMessage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.away = append(g.away, returner{number: m.Number, namespace: m.Namespace, began: time.Now()})
	if g.timer == nil {
		g.timer, g.silent = time.AfterFunc(returnTime/looks, g.expire), 0
	}
}

func (g *eventLog) forget(number uint64) (r returner, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.away, func(r returner) bool { return r.number == number })
	if i < 0 {
		return r, false
	}
	r = g.away[i]
	if i > 0 {
		g.away = slices.Delete(g.away, i, i+1)
	} else if g.away = g.away[1:]; len(g.away) == 0 {
		g.away = nil
	}
	return r, true
}

// comeBack makes of an event of this server what it gets, nil of one that it had already.
func (g *eventLog) comeBack(m *socketio.BusMessage) *socketio.BusMessage {
	if g == nil || m.Number == 0 {
		return nil
	}
	if !g.pass(m.Number) {
		return nil
	}
	return &socketio.BusMessage{Kind: m.Kind, From: m.From, Namespace: m.Namespace, Number: m.Number, Offset: m.Offset}
}

// hear notes that the stream brings something.
func (g *eventLog) hear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.silent = 0
}

// pass notes that the stream has come to an event of this server, and reports whether that is
// awaited. The stream has the events of one server in order: what was sent before and didn't come
// won't.
func (g *eventLog) pass(number uint64) (awaited bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.away, func(r returner) bool { return r.number == number })
	if i < 0 {
		return false
	}
	n := 0
	for _, r := range g.away[:i] {
		if r.sent.IsZero() {
			g.away[n] = r
			n++
		} else {
			g.hand(r)
		}
	}
	if n == 0 {
		g.away = g.away[i+1:]
	} else {
		g.away = slices.Delete(g.away, n, i+1)
	}
	return true
}

// refuse gives back an event that isn't kept.
func (g *eventLog) refuse(number uint64) {
	if r, ok := g.forget(number); ok {
		g.hand(r)
	}
}

func (g *eventLog) hand(r returner) {
	g.line.bus.Made(&socketio.BusMessage{Kind: socketio.BusEmit, From: g.line.bus.Server().Name, Namespace: r.namespace, Number: r.number})
}

// sent notes what is on its way.
func (g *eventLog) sent(frames []*cluster.Frame) {
	numbers := make(map[uint64]bool)
	for _, f := range frames {
		if r, ok := f.Value.(route); ok {
			numbers[r.number] = true
		}
	}
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.away {
		if numbers[g.away[i].number] {
			g.away[i].sent = now
		}
	}
}

func always(returner) bool { return true }

func late(r returner) bool {
	return time.Since(r.began) > waitTime || !r.sent.IsZero() && time.Since(r.sent) > returnTime
}

// giveBack hands the server the oldest events, as long as it is time.
func (g *eventLog) giveBack(time func(returner) bool) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for n < len(g.away) && time(g.away[n]) {
		g.hand(g.away[n])
		n++
	}
	g.away = slices.Delete(g.away, 0, n)
}

// expire looks for late events. While the stream brings something much may wait: it has to be
// silent for some looks, which a process that stood still itself hasn't had.
func (g *eventLog) expire() {
	g.mu.Lock()
	g.silent++
	silent := g.silent >= looks
	g.mu.Unlock()
	if silent {
		g.giveBack(late)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timer = nil; len(g.away) > 0 {
		g.timer = time.AfterFunc(returnTime/looks, g.expire)
	}
}

// looks is how often it is looked for late events in returnTime.
const looks = 10
