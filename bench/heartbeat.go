package main

import (
	"context"
	"time"
)

// These get as many heartbeats in a second as 10,000 clients with the default of 25 s do, and in
// ticks that are as long as then: what is due together is sent together.
const (
	defaultBeat  = 10 * time.Second
	beatClients  = 4000
	beatsOfClock = 1
)

// runHeartbeat measures what a heartbeat of a client costs that does nothing else.
func runHeartbeat(ctx context.Context, t target, s settings) (sample, error) {
	w := open()
	f, err := assemble(ctx, t.addr, s.clients(beatClients), func(_ int, c *client) receiver {
		c.beat = func() { w.units.Add(1) }
		return silence{}
	})
	if err != nil {
		return sample{}, err
	}
	// All begin within the first beat, so each one behind it holds one of each client.
	s.warmup, s.time = s.beat, beatsOfClock*s.beat
	found, err := w.measure(ctx, t, s, f.failed)
	f.abandon()
	if err != nil {
		return sample{}, err
	}
	found.Figure = 1e6 / found.Figure
	return found, nil
}
