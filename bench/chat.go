package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Sizes of the measurement of the chat.
const (
	hall        = 200 // people in one room
	hallTalkers = 16
	hallRate    = 20 // messages a second, by the clock
	tables      = 100
	tableSize   = 10
	townRoom    = 10 // of the idle visitors
	standbys    = 2
	standbyRate = 20
)

// runChat measures the chat over the wire. The peers are its ways to keep messages.
func runChat(ctx context.Context, o order) (r *report, failed int, err error) {
	racers, err := keepers(ctx, o.peers, o.tmp)
	if err != nil {
		return nil, 0, err
	}
	r = newReport(racers, o.rounds, o.s)
	for round := range o.rounds {
		for i, p := range racers {
			for _, part := range chatParts {
				if part.once && i > 0 {
					continue
				}
				begun := time.Now()
				found, err := inChat(ctx, p, o.s, part)
				if ctx.Err() != nil {
					return nil, 0, errors.New("interrupted")
				}
				if err != nil {
					failed++
					fmt.Fprintf(os.Stderr, "%s, %s: %v\n", part.name, p.Name, err)
					r.add(workload{name: part.name, unit: "all"}, i, sample{}, err)
				}
				for _, f := range found {
					f.workload.name = part.name
					r.add(f.workload, i, f.sample, nil)
				}
				fmt.Fprintf(os.Stderr, "%s %d/%d %s %v\n", part.name, round+1, o.rounds, p.Name, time.Since(begun).Round(time.Second))
			}
		}
	}
	return r, failed, nil
}

// A finding is a figure with its unit.
type finding struct {
	workload workload
	sample   sample
}

func findings(units []workload, samples []sample) (all []finding) {
	for i, u := range units {
		all = append(all, finding{u, samples[i]})
	}
	return all
}

// A chatPart has a chat of its own.
type chatPart struct {
	name string
	once bool // how messages are kept doesn't matter
	run  func(context.Context, *house, settings) ([]finding, error)
}

var chatParts = []chatPart{
	{fmt.Sprintf("%d in a room, %d talk at once", hall, hallTalkers), false, runHall},
	{fmt.Sprintf("%d in a room, %d messages a second", hall, hallRate), false, runPace},
	{fmt.Sprintf("%d rooms of %d, one talks in each", tables, tableSize), false, runTables},
	{"where the CPU time goes", false, runParts},
	{"all who are idle", true, runTown},
}

// inChat runs a part with a fresh chat.
func inChat(ctx context.Context, p peer, s settings, part chatPart) ([]finding, error) {
	h, err := openHouse(ctx, p)
	if err != nil {
		return nil, err
	}
	defer h.stop()
	return part.run(ctx, h, s)
}

func runHall(ctx context.Context, h *house, s settings) ([]finding, error) {
	return h.talk(ctx, s.clients(hall), s.clients(hall), hallTalkers, func(c *conversation) (talk, error) {
		return c.full(ctx, h.target(), s)
	})
}

func runTables(ctx context.Context, h *house, s settings) ([]finding, error) {
	return h.talk(ctx, s.clients(tables*tableSize)/tableSize*tableSize, tableSize, 1, func(c *conversation) (talk, error) {
		return c.full(ctx, h.target(), s)
	})
}

func runPace(ctx context.Context, h *house, s settings) ([]finding, error) {
	found, err := h.talk(ctx, s.clients(hall), s.clients(hall), hallTalkers, func(c *conversation) (talk, error) {
		return c.clocked(h.target(), func() error {
			ctx, cancel := context.WithTimeout(ctx, s.time)
			defer cancel()
			return c.paced(ctx, hallRate)
		})
	})
	if err != nil {
		return nil, err
	}
	return found[1:], nil // the messages a second are given
}

// talk settles visitors and measures what they do.
func (h *house) talk(ctx context.Context, n, size, talking int, do func(*conversation) (talk, error)) ([]finding, error) {
	all, err := settle(ctx, h.target().addr, 0, n, size)
	if err != nil {
		return nil, err
	}
	c, err := converse(ctx, all, size, min(talking, size))
	if err != nil {
		return nil, err
	}
	found, err := do(c)
	if err != nil {
		c.fleet.abandon()
		return nil, err
	}
	return findings(talkFigures, found.figures()), c.fleet.close()
}
