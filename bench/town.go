package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// runTown measures the memory of visitors who only sit there, and then how all of them come back
// after a restart, as fast as they can, while two people talk.
func runTown(ctx context.Context, h *house, s settings) ([]finding, error) {
	n := s.clients(s.idle) / townRoom * townRoom
	empty, err := h.target().rss()
	if err != nil {
		return nil, err
	}
	few, err := settle(ctx, h.target().addr, n, standbys, standbys)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	before, err := h.used()
	if err != nil {
		return nil, err
	}
	all, err := settle(ctx, h.target().addr, 0, n, townRoom)
	if err != nil {
		return nil, err
	}
	crowd, err := seat(ctx, all, func(int, *client) receiver { return &sitter{} })
	if err != nil {
		return nil, err
	}
	came := time.Since(begun)
	after, err := h.used()
	if err != nil {
		crowd.abandon()
		return nil, err
	}
	if err := pause(ctx, s.settle, crowd.failed); err != nil {
		crowd.abandon()
		return nil, err
	}
	held, err := h.target().rss()
	if err != nil {
		crowd.abandon()
		return nil, err
	}
	found := []finding{
		{workload{unit: fmt.Sprintf("RSS bytes for each of %d", n), smaller: true}, sample{Figure: float64(held-empty) / float64(n)}},
		{workload{unit: "MB of RSS in all", smaller: true}, sample{Figure: float64(held) / 1e6}},
		{workload{unit: "ms until all had come", smaller: true}, sample{Figure: float64(came.Milliseconds())}},
		{workload{unit: "CPU µs for each who came", smaller: true}, sample{Figure: float64((after - before).Microseconds()) / float64(n)}},
	}

	crowd.ending.Store(true)
	stopped := time.Now()
	h.server.end()
	crowd.abandon()
	if h.server, err = h.run(ctx, h.port); err != nil {
		return nil, err
	}
	ready := time.Since(stopped)
	storm, err := h.storm(ctx, all, few)
	if err != nil {
		return nil, err
	}
	return append(append(found, finding{workload{unit: "ms from the end to ready", smaller: true}, sample{Figure: float64(ready.Milliseconds())}}), storm...), nil
}

// storm lets all come back while a few talk.
func (h *house) storm(ctx context.Context, all, few []*visitor) ([]finding, error) {
	c, err := converse(ctx, few, standbys, standbys)
	if err != nil {
		return nil, err
	}
	talking, hush := context.WithCancel(ctx)
	defer hush()
	var wg sync.WaitGroup
	defer wg.Wait()
	var crowd *fleet
	var back time.Duration
	found, err := c.clocked(h.target(), func() error {
		begun, came := time.Now(), make(chan error, 1)
		wg.Go(func() {
			defer hush()
			var err error
			crowd, err = seat(ctx, all, func(int, *client) receiver { return &sitter{} })
			back = time.Since(begun)
			came <- err
		})
		err := c.paced(talking, standbyRate)
		if crowded := <-came; crowded != nil {
			return crowded
		}
		return err
	})
	if crowd != nil {
		defer crowd.abandon()
	}
	if err != nil {
		c.fleet.abandon()
		return nil, err
	}
	return []finding{
		{workload{unit: "ms until all were back", smaller: true}, sample{Figure: float64(back.Milliseconds()), Load: found.load}},
		{workload{unit: "CPU µs for each who came back", smaller: true}, sample{Figure: float64(found.cpu.Microseconds()) / float64(len(all)), Load: found.load}},
		{workload{unit: "meanwhile delivered, p50 µs", smaller: true}, sample{Figure: quantile(found.took[:], 0.50), Load: found.load}},
		{workload{unit: "meanwhile delivered, p99 µs", smaller: true}, sample{Figure: quantile(found.took[:], 0.99), Load: found.load}},
		{workload{unit: "meanwhile acknowledged, p99 µs", smaller: true}, sample{Figure: quantile(found.acks[:], 0.99), Load: found.load}},
	}, c.fleet.close()
}
