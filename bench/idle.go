package main

import (
	"context"
	"fmt"
	"time"
)

// warmClients come and go before the empty server is measured, so that what a server loads once
// isn't counted as memory of its clients.
const warmClients = 10

// runIdle measures the memory of clients that only stay.
func runIdle(ctx context.Context, t target, s settings) (sample, error) {
	n := s.clients(s.idle)
	warm, err := assemble(ctx, t.addr, min(n, warmClients), silent)
	if err != nil {
		return sample{}, err
	}
	if err := warm.close(); err != nil {
		return sample{}, err
	}
	empty, err := t.rss()
	if err != nil {
		return sample{}, err
	}
	begun, own := time.Now(), ownCPU()
	f, err := assemble(ctx, t.addr, n, silent)
	if err != nil {
		return sample{}, err
	}
	// Ten thousand goodbyes are no part of this workload.
	defer f.abandon()
	load := (ownCPU() - own).Seconds() / time.Since(begun).Seconds()
	if err := pause(ctx, s.settle, f.failed); err != nil {
		return sample{}, err
	}
	full, err := t.rss()
	if err != nil {
		return sample{}, err
	}
	return sample{Figure: float64(full-empty) / float64(n), Load: load}, nil
}

// idlers is runIdle with another number of clients.
func idlers(n int) func(context.Context, target, settings) (sample, error) {
	return func(ctx context.Context, t target, s settings) (sample, error) {
		s.idle = n
		return runIdle(ctx, t, s)
	}
}

func silent(int, *client) receiver { return silence{} }

// silence is a client that expects nothing but heartbeats.
type silence struct{}

func (silence) receive(_ byte, p []byte) error { return fmt.Errorf("got %q, want nothing", p) }
func (silence) drained() error                 { return nil }
