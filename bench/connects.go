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
	w := open()
	failed := make(chan error, 1)
	var visits sync.WaitGroup
	var number atomic.Int64
	for range s.clients(dialers) {
		w.pending.Add(1)
		visits.Go(func() {
			for again := true; again; again = w.settled(1, 1) {
				begun := w.now()
				err := visit(ctx, t.addr, int(number.Add(1)))
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
	visits.Wait()
	return found, err
}

func visit(ctx context.Context, addr string, i int) error {
	c, err := dial(ctx, addr, i)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	if err := c.end(); err != nil {
		return fmt.Errorf("end: %w", err)
	}
	if err := c.serve(silence{}); !errors.Is(err, io.EOF) {
		return fmt.Errorf("after the end of client %d: %w", i, err)
	}
	return nil
}
