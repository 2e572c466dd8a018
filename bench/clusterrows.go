package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// A row is one kind of traffic in a cluster. It finds as many samples as it has figures.
type row struct {
	name    string
	figures []workload // their units
	run     func(context.Context, *cluster, settings) ([]sample, error)
}

const (
	crowd       = 1000 // clients of B
	smallCrowd  = 50   // where a thousand would be more than the load generator can read
	clusterRoom = 32   // messages in flight of the closed loop
	forOthers   = 10_000
	leastPaced  = 5 // messages by the clock
	// subscribed is the time that a server has to tell the broker of a room that clients are in.
	subscribed = 300 * time.Millisecond
)

// rows in the order of the report.
var rows = []row{
	{fmt.Sprintf("%d in flight to %d", clusterRoom, crowd), closedFigures, runClosed},
	{fmt.Sprintf("1 a second to %d", crowd), pacedFigures, paced(1, crowd)},
	{fmt.Sprintf("32 a second to %d", crowd), pacedFigures, paced(32, crowd)},
	{fmt.Sprintf("1 000 a second to %d", smallCrowd), pacedFigures, paced(1000, smallCrowd)},
	{"a message for others", foreignFigures, runForeign},
}

var closedFigures = []workload{
	{unit: "deliveries per CPU s of A and B"},
	{unit: "deliveries per CPU s of B"},
	{unit: "CPU µs of the broker per message", smaller: true},
}

var pacedFigures = []workload{
	{unit: "p50, µs", smaller: true},
	{unit: "p99, µs", smaller: true},
	{unit: "CPU ns of A and B per delivery", smaller: true},
}

var foreignFigures = []workload{{unit: "CPU ns of C per message", smaller: true}}

// An audience is a speaker on A and clients of B that are all in one room.
type audience struct {
	w        *window
	all      *channel
	speakers *fleet
	members  *fleet
}

// gather connects n clients to B. Each is what crew makes of a guest that has joined.
func (c *cluster) gather(ctx context.Context, n, flight int, again func(*audience) func(int) error, crew func(*guest) receiver) (*audience, error) {
	w := open()
	g := &audience{w: w, all: &channel{window: w, members: int64(n), flight: make([]place, flight)}}
	var err error
	if g.speakers, err = assemble(ctx, c.a.target().addr, 1, silent); err != nil {
		return nil, fmt.Errorf("server A: %w", err)
	}
	g.all.speaker = g.speakers.clients[0]
	g.w.pending.Add(int64(n)) // the joins
	g.members, err = assemble(ctx, c.b.target().addr, n, func(int, *client) receiver {
		return crew(&guest{listener: listener{window: g.w, channel: g.all, head: `42["room","`, again: again(g)}})
	})
	if err != nil {
		g.speakers.abandon()
		return nil, fmt.Errorf("server B: %w", err)
	}
	for _, m := range g.members.clients {
		if err := m.write(opText, fmt.Appendf(nil, `420["join","r%d"]`, g.all.number)); err != nil {
			g.members.fail(err)
		}
	}
	err = g.w.quiet(ctx, g.members.failed)
	if err == nil {
		err = pause(ctx, subscribed, g.members.failed)
	}
	if err != nil {
		g.abandon()
		return nil, fmt.Errorf("join the room: %w", err)
	}
	return g, nil
}

func (g *audience) abandon() {
	g.speakers.abandon()
	g.members.abandon()
}

func (g *audience) close() error { return errors.Join(g.members.close(), g.speakers.close()) }

func (g *audience) say(n int) error { return g.all.say(n, appendToRoom) }

// closed keeps messages in flight: each that all have got brings the next one.
func (c *cluster) closed(ctx context.Context, n, flight int) (*audience, error) {
	g, err := c.gather(ctx, n, flight, func(g *audience) func(int) error { return g.say }, func(m *guest) receiver { return m })
	if err != nil {
		return nil, err
	}
	g.w.pending.Add(int64(flight))
	if err := g.say(flight); err != nil {
		g.members.fail(err)
	}
	return g, nil
}

func runClosed(ctx context.Context, c *cluster, s settings) ([]sample, error) {
	n := s.clients(crowd)
	g, err := c.closed(ctx, n, clusterRoom)
	if err != nil {
		return nil, err
	}
	if err := g.w.run(ctx, s.warmup, g.members.failed); err != nil {
		g.abandon()
		return nil, err
	}
	cost, err := c.during(g.w, func() error {
		least := g.w.units.Load() + clusterRoom*int64(n) // for a peer that is slow
		err := g.w.run(ctx, s.time, g.members.failed)
		for err == nil && g.w.units.Load() < least {
			err = pause(ctx, 5*time.Millisecond, g.members.failed)
		}
		return err
	})
	if err == nil {
		err = g.w.finish(ctx, g.members.failed)
	}
	if err != nil {
		g.abandon()
		return nil, err
	}
	units := float64(cost.units)
	return []sample{
		{Figure: units / (cost.a + cost.b).Seconds(), Load: cost.load},
		{Figure: units / cost.b.Seconds(), Load: cost.load},
		{Figure: float64(cost.broker.Nanoseconds()) / 1e3 / (units / float64(n)), Load: cost.load},
	}, g.close()
}

// paced makes the row of messages that leave by the clock, whatever has arrived.
func paced(rate, clients int) func(context.Context, *cluster, settings) ([]sample, error) {
	return func(ctx context.Context, c *cluster, s settings) ([]sample, error) {
		messages := max(leastPaced, int(s.time.Seconds()*float64(rate)))
		sent := make([]atomic.Int64, messages) // in nanoseconds since begun
		begun := time.Now()
		var crew []*timed
		again := func(*audience) func(int) error { return func(int) error { return nil } }
		g, err := c.gather(ctx, s.clients(clients), messages, again, func(m *guest) receiver {
			return &timed{guest: m, begun: begun, sent: sent}
		})
		if err != nil {
			return nil, err
		}
		for _, r := range g.members.crew {
			crew = append(crew, r.(*timed))
		}
		g.w.stopping.Store(true) // no answer brings a question
		cost, err := c.during(g.w, func() error {
			first := time.Now()
			for n := range messages {
				due := first.Add(time.Duration(n) * time.Second / time.Duration(rate))
				if err := pause(ctx, time.Until(due), g.members.failed); err != nil {
					return err
				}
				g.w.pending.Add(1)
				sent[n].Store(int64(time.Since(begun)))
				if err := g.say(1); err != nil {
					return err
				}
			}
			return g.w.quiet(ctx, g.members.failed)
		})
		if err != nil {
			g.abandon()
			return nil, err
		}
		if err := g.close(); err != nil {
			return nil, err
		}
		var took []time.Duration
		for _, m := range crew {
			took = append(took, m.took...)
		}
		slices.Sort(took)
		at := func(share float64) float64 { return float64(took[int(share*float64(len(took)-1))].Microseconds()) }
		return []sample{
			{Figure: at(0.50), Load: cost.load},
			{Figure: at(0.99), Load: cost.load},
			{Figure: float64((cost.a + cost.b).Nanoseconds()) / float64(cost.units), Load: cost.load},
		}, nil
	}
}

// timed is a guest with a clock.
type timed struct {
	*guest
	begun time.Time
	sent  []atomic.Int64 // of all messages
	took  []time.Duration
}

func (t *timed) receive(op byte, p []byte) error {
	n := t.got
	if err := t.guest.receive(op, p); err != nil || t.got == n {
		return err
	}
	t.took = append(t.took, time.Since(t.begun)-time.Duration(t.sent[n].Load()))
	return nil
}

// runForeign measures server C while others talk: a client of it is in another room.
func runForeign(ctx context.Context, c *cluster, s settings) (found []sample, err error) {
	const few = 10 // clients of B, so that the messages are many
	if c.c, err = c.server(ctx, "c"); err != nil {
		return nil, err
	}
	defer func() {
		c.c.stop()
		c.c = nil
	}()
	bystander, err := assemble(ctx, c.c.target().addr, 1, silent)
	if err != nil {
		return nil, fmt.Errorf("server C: %w", err)
	}
	defer bystander.abandon()
	n := s.clients(few)
	messages := int64(forOthers)
	if s.most > 0 {
		messages = forOthers / 100
	}
	g, err := c.closed(ctx, n, clusterRoom)
	if err != nil {
		return nil, err
	}
	cost, err := c.during(g.w, func() error {
		for begun := g.w.units.Load(); g.w.units.Load() < begun+messages*int64(n); {
			if err := pause(ctx, 5*time.Millisecond, g.members.failed); err != nil {
				return err
			}
		}
		return g.w.finish(ctx, g.members.failed)
	})
	if err != nil {
		g.abandon()
		return nil, err
	}
	return []sample{{Figure: float64(cost.c.Nanoseconds()) / (float64(cost.units) / float64(n)), Load: cost.load}}, g.close()
}
