package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// A bus is what connects servers, by the name that peers get as BUS.
type bus struct {
	name  string
	start func(ctx context.Context, dir string) (*broker, error)
	ours  bool // no other peer has it
}

// buses in the order of the report.
var buses = []bus{
	{name: "redis", start: startRedis},
	{name: "redis-sharded", start: startRedis},
	{name: "redis-streams", start: startRedis},
	{name: "postgres", start: startPostgres},
	{name: "nats", start: startNATS, ours: true},
}

func chooseBuses(names string) ([]bus, error) {
	if names == "" {
		return buses, nil
	}
	var chosen []bus
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(buses, func(b bus) bool { return b.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no bus %q", name)
		}
		chosen = append(chosen, buses[i])
	}
	return chosen, nil
}

// A cluster is servers of one peer on one broker. What is said on A is for clients of B.
type cluster struct {
	peer   peer
	bus    bus
	broker *broker
	a, b   *server
	c      *server // nil but in the last row
}

// raise starts a broker and two servers, all of them fresh.
func raise(ctx context.Context, p peer, b bus) (c *cluster, err error) {
	dir, err := os.MkdirTemp("", "bench-broker")
	if err != nil {
		return nil, err
	}
	c = &cluster{peer: p, bus: b}
	if c.broker, err = b.start(ctx, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c.broker.dir = dir
	if c.a, err = c.server(ctx, "a"); err == nil {
		c.b, err = c.server(ctx, "b")
	}
	if err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *cluster) server(ctx context.Context, name string) (*server, error) {
	s, err := start(ctx, c.peer, "BUS="+c.bus.name, "BUS_URL="+c.broker.url, "NAME="+name)
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", name, err)
	}
	return s, nil
}

func (c *cluster) stop() {
	for _, s := range []*server{c.a, c.b} {
		if s != nil {
			s.stop()
		}
	}
	c.broker.stop()
	os.RemoveAll(c.broker.dir)
}

// clocks are CPU times.
type clocks struct{ a, b, c, broker, own time.Duration }

func (c *cluster) clocks() (now clocks, err error) {
	now.own = ownCPU()
	for s, to := range map[*server]*time.Duration{c.a: &now.a, c.b: &now.b, c.c: &now.c, c.broker.server: &now.broker} {
		if s != nil && err == nil {
			*to, err = s.used()
		}
	}
	return now, err
}

// A spell is what some time of traffic has cost.
type spell struct {
	clocks
	units int64
	load  float64
}

// during runs traffic and tells what it cost. When the traffic ends is up to f.
func (c *cluster) during(w *window, f func() error) (s spell, err error) {
	begun, units := time.Now(), w.units.Load()
	before, err := c.clocks()
	if err != nil {
		return s, err
	}
	if err := f(); err != nil {
		return s, err
	}
	now, err := c.clocks()
	if err != nil {
		return s, err
	}
	s.units = w.units.Load() - units
	s.a, s.b, s.c, s.broker, s.own = now.a-before.a, now.b-before.b, now.c-before.c, now.broker-before.broker, now.own-before.own
	s.load = s.own.Seconds() / time.Since(begun).Seconds()
	if s.units == 0 || s.b <= 0 {
		return s, fmt.Errorf("%d deliveries in %v of the servers' CPU time: too little to tell", s.units, s.a+s.b)
	}
	return s, nil
}

// runCluster measures all rows for each bus and peer, which take turns.
func runCluster(ctx context.Context, o order) (r *report, failed int, err error) {
	chosen, err := chooseBuses(o.only)
	if err != nil {
		return nil, 0, err
	}
	racers, absent, err := enter(ctx, o.peers, o.tmp)
	if err != nil {
		return nil, 0, err
	}
	o.s.idle = 0
	r = newReport(racers, o.rounds, o.s)
	r.Absent = absent
	for round := range o.rounds {
		for _, b := range chosen {
			for i, p := range racers {
				if b.ours && p.Name == "node" {
					continue
				}
				if ctx.Err() != nil {
					return nil, 0, errors.New("interrupted")
				}
				begun := time.Now()
				failed += runPeer(ctx, r, i, p, b, o.s)
				fmt.Fprintf(os.Stderr, "%s %d/%d %s %v\n", b.name, round+1, o.rounds, p.Name, time.Since(begun).Round(time.Second))
			}
		}
	}
	return r, failed, nil
}

// runPeer measures one row after the other, with the same servers.
func runPeer(ctx context.Context, r *report, i int, p peer, b bus, s settings) (failed int) {
	c, raised := raise(ctx, p, b)
	if raised == nil {
		defer c.stop()
	}
	for _, row := range rows {
		found, err := make([]sample, len(row.figures)), raised
		if raised == nil {
			var got []sample
			if got, err = row.run(ctx, c, s); err == nil {
				found = got
			}
		}
		if err != nil {
			failed++
			fmt.Fprintf(os.Stderr, "%s, %s, %s: %v\n", b.name, row.name, p.Name, err)
		}
		for j, w := range row.figures {
			w.name = b.name + ", " + row.name
			r.add(w, i, found[j], err)
		}
	}
	return failed
}
