package natsbus

import (
	"slices"
	"time"

	"github.com/madang-chat/madang/socketio"
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
		b.log.giveBack(time.Time{})
	}
	return err
}

// expect notes an event that will come back.
func (g *eventLog) expect(m *socketio.BusMessage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.away = append(g.away, returner{m.Number, m.Namespace, time.Now()})
	if g.timer == nil {
		g.timer = time.AfterFunc(returnTime, g.expire)
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
	g.away = slices.Delete(g.away, i, i+1)
	return r, true
}

// comeBack makes of an event of this server what it gets, nil of one that it had already.
func (g *eventLog) comeBack(m *socketio.BusMessage) *socketio.BusMessage {
	if g == nil || m.Number == 0 {
		return nil
	}
	if _, ok := g.forget(m.Number); !ok {
		return nil
	}
	return &socketio.BusMessage{Kind: m.Kind, From: m.From, Namespace: m.Namespace, Number: m.Number, Offset: m.Offset}
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

// giveBack hands the server the events that were sent before a time, or all.
func (g *eventLog) giveBack(before time.Time) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	n := len(g.away)
	if !before.IsZero() {
		n = slices.IndexFunc(g.away, func(r returner) bool { return r.sent.After(before) })
		if n < 0 {
			n = len(g.away)
		}
	}
	for _, r := range g.away[:n] {
		g.hand(r)
	}
	g.away = slices.Delete(g.away, 0, n)
}

func (g *eventLog) expire() {
	g.giveBack(time.Now().Add(-returnTime))
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timer = nil; len(g.away) > 0 {
		g.timer = time.AfterFunc(returnTime/10, g.expire)
	}
}
