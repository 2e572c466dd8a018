package main

import (
	"context"
	"fmt"
)

// Rooms that have one member each, and the clients that they belong to.
const (
	lonelyRooms   = 100_000
	lonelyClients = 100
	joinsAtOnce   = 50
)

// people connects clients that join n rooms, each of which nobody else is in.
func people(ctx context.Context, t target, s settings, n int) (*fleet, error) {
	w := open()
	clients := s.clients(lonelyClients)
	each := n / lonelyClients
	first := min(each, joinsAtOnce)
	w.pending.Add(int64(clients * each))
	f, err := assemble(ctx, t.addr, clients, func(i int, c *client) receiver {
		return &joiner{window: w, client: c, number: i, rooms: each, asked: first}
	})
	if err != nil {
		return nil, err
	}
	for _, r := range f.crew {
		if err := r.(*joiner).join(0, first); err != nil {
			f.fail(err)
		}
	}
	if err := w.quiet(ctx, f.failed); err != nil {
		f.abandon()
		return nil, fmt.Errorf("join %d rooms: %w", n, err)
	}
	return f, nil
}

// A joiner joins one room after the other.
type joiner struct {
	window *window
	client *client
	number int
	rooms  int
	asked  int // people asks the first ones
	batch  int // answers since the last drained
}

func (j *joiner) join(from, n int) error {
	return j.client.send(n, func(dst []byte, i int) []byte {
		return fmt.Appendf(dst, `420["join","%d-%d"]`, j.number, from+i)
	})
}

func (j *joiner) receive(_ byte, p []byte) error {
	if string(p) != "430[]" {
		return fmt.Errorf("got %q as answer to join", p)
	}
	j.batch++
	return nil
}

func (j *joiner) drained() error {
	n := j.batch
	j.batch = 0
	j.window.pending.Add(int64(-n))
	if more := min(n, j.rooms-j.asked); more > 0 {
		j.asked += more
		return j.join(j.asked-more, more)
	}
	return nil
}

// runLonely measures the memory of a room with one member.
func runLonely(ctx context.Context, t target, s settings) (sample, error) {
	f, err := people(ctx, t, s, lonelyClients)
	if err != nil {
		return sample{}, err
	}
	few, err := t.rss()
	f.abandon()
	if err != nil {
		return sample{}, err
	}
	if f, err = people(ctx, t, s, lonelyRooms); err != nil {
		return sample{}, err
	}
	defer f.abandon()
	if err := pause(ctx, s.settle, f.failed); err != nil {
		return sample{}, err
	}
	many, err := t.rss()
	return sample{Figure: float64(many-few) / lonelyRooms}, err
}

// visits makes the workload of visitors who join a room each, beside rooms that are there.
func visits(rooms int) func(context.Context, target, settings) (sample, error) {
	return func(ctx context.Context, t target, s settings) (sample, error) {
		f, err := people(ctx, t, s, rooms)
		if err != nil {
			return sample{}, err
		}
		found, err := come(ctx, t, s, func(c *client, visit int) error {
			if err := c.write(opText, fmt.Appendf(nil, `420["join","v%d"]`, visit)); err != nil {
				return err
			}
			return c.expect("430[]")
		})
		if err != nil {
			f.abandon()
			return sample{}, err
		}
		return found, f.close()
	}
}
