package main

import (
	"context"
	"fmt"
	"sync/atomic"
)

const (
	roomClients = 1000
	roomSize    = 10
	roomFlight  = 32 // messages in flight, of all rooms together
)

// runRooms measures messages to rooms. A member speaks for its room; the rooms take turns.
func runRooms(ctx context.Context, t target, s settings) (sample, error) {
	w := open()
	n := s.clients(roomClients)
	rooms := make([]*channel, (n+roomSize-1)/roomSize)
	for i := range rooms {
		rooms[i] = &channel{window: w, number: i, flight: make([]place, roomFlight)}
	}
	var turn atomic.Int64
	again := func(n int) error {
		for range n {
			if err := rooms[int(turn.Add(1))%len(rooms)].say(1, appendToRoom); err != nil {
				return err
			}
		}
		return nil
	}
	w.pending.Add(int64(n)) // the joins
	f, err := assemble(ctx, t.addr, n, func(i int, _ *client) receiver {
		return &guest{listener: listener{window: w, channel: rooms[i%len(rooms)], head: `42["room","`, again: again}}
	})
	if err != nil {
		return sample{}, err
	}
	for i, c := range f.clients {
		room := rooms[i%len(rooms)]
		room.members++
		room.speaker = c
		if err := c.write(opText, fmt.Appendf(nil, `420["join","r%d"]`, room.number)); err != nil {
			f.fail(err)
		}
	}
	if err := w.quiet(ctx, f.failed); err != nil {
		f.abandon()
		return sample{}, fmt.Errorf("join the rooms: %w", err)
	}
	w.pending.Add(roomFlight)
	if err := again(roomFlight); err != nil {
		f.fail(err)
	}
	return w.conclude(ctx, t, s, f)
}

// A guest is a listener that joins first.
type guest struct {
	listener
	joined bool
}

func (g *guest) receive(op byte, p []byte) error {
	if g.joined {
		return g.listener.receive(op, p)
	}
	if op != opText || string(p) != "430[]" {
		return fmt.Errorf("got %q as answer to join", p)
	}
	g.joined = true
	g.window.pending.Add(-1)
	return nil
}

func appendToRoom(dst []byte, number, n int) []byte {
	dst = fmt.Appendf(dst, `42["room",{"room":"r%d","payload":"`, number)
	return append(appendPayload(dst, number, n), `"}]`...)
}
