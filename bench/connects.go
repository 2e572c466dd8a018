package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// runConnects measures whole visits: connect, upgrade, join the namespace, leave in order.
func runConnects(ctx context.Context, t target, s settings) (sample, error) {
	return come(ctx, t, s, func(c *client, _ int) error { return nil })
}

// come measures visits, in the midst of which something is done.
func come(ctx context.Context, t target, s settings, do func(c *client, visit int) error) (sample, error) {
	w := open()
	failed := make(chan error, 1)
	var all sync.WaitGroup
	var number atomic.Int64
	for range s.clients(dialers) {
		w.pending.Add(1)
		all.Go(func() {
			for again := true; again; again = w.settled(1, 1) {
				begun := w.now()
				err := visit(ctx, t.addr, int(number.Add(1)), do)
				w.took.add(w.now()-begun, 1)
				if err != nil {
					w.stopping.Store(true)
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	found, err := w.measure(ctx, t, s, failed)
	w.stopping.Store(true)
	all.Wait()
	return found, err
}

func visit(ctx context.Context, addr string, i int, do func(c *client, visit int) error) error {
	c, err := dial(ctx, addr, i)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	if err := do(c, i); err != nil {
		return fmt.Errorf("client %d: %w", i, err)
	}
	if err := c.end(); err != nil {
		return fmt.Errorf("end: %w", err)
	}
	if err := c.serve(silence{}); !errors.Is(err, io.EOF) {
		return fmt.Errorf("after the end of client %d: %w", i, err)
	}
	return nil
}
