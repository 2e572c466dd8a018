package main

import (
	"context"
	"sync/atomic"
)

const broadcastClients = 1000

// broadcasts makes the workload of one client that keeps a number of messages to all in flight.
func broadcasts(flight int) func(context.Context, target, settings) (sample, error) {
	return func(ctx context.Context, t target, s settings) (sample, error) {
		w := &window{}
		n := s.clients(broadcastClients)
		all := &channel{members: int64(n), left: make([]atomic.Int64, flight)}
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
