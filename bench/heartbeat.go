package main

import (
	"context"
	"time"
)

// With a beat of two seconds these get as many heartbeats in a second as 10,000 clients with the
// default of 25 s do.
const (
	defaultBeat  = 2 * time.Second
	beatClients  = 800
	beatsOfClock = 3
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
	// All begin within the first beat, so three of them hold three of each client.
	s.warmup, s.time = s.beat, beatsOfClock*s.beat
	found, err := w.measure(ctx, t, s, f.failed)
	f.abandon()
	if err != nil {
		return sample{}, err
	}
	found.Figure = 1e6 / found.Figure
	return found, nil
}
