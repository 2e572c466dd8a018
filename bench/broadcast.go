package main

import (
	"context"
)

const broadcastClients = 1000

// broadcasts makes the workload of one client that keeps a number of messages to all in flight.
func broadcasts(flight int) func(context.Context, target, settings) (sample, error) {
	return broadcastsTo(broadcastClients, flight)
}

func broadcastsTo(clients, flight int) func(context.Context, target, settings) (sample, error) {
	return func(ctx context.Context, t target, s settings) (sample, error) {
		w := open()
		n := s.clients(clients)
		all := &channel{window: w, members: int64(n), flight: make([]place, flight)}
		again := func(n int) error { return all.say(n, appendBroadcast) }
		f, err := assemble(ctx, t.addr, n, func(int, *client) receiver {
			return &listener{window: w, channel: all, head: `42["bcast","`, again: again}
		})
		if err != nil {
			return sample{}, err
		}
		all.speaker = f.clients[0]
		w.pending.Add(int64(flight))
		if err := again(flight); err != nil {
			f.fail(err)
		}
		return w.conclude(ctx, t, s, f)
	}
}

func appendBroadcast(dst []byte, number, n int) []byte {
	dst = appendPayload(append(dst, `42["bcast","`...), number, n)
	return append(dst, `"]`...)
}
