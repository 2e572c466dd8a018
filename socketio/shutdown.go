package socketio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/madang-chat/madang/internal/calm"
)

// Close ends all connections at once, with ReasonShutdown and without a DISCONNECT packet, so that JavaScript clients
// connect again by themselves. Handlers that are running see their context end; Close doesn't wait for them.
func (s *Server) Close() error {
	err := s.closeAll()
	s.leaveBus()
	return err
}

func (s *Server) closeAll() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.engine.StopAccepting()
	s.cancel()
	if s.sweeper != nil {
		s.sweeper.Stop()
	}
	for _, so := range s.sockets() {
		so.end(ReasonShutdown)
	}
	err := s.engine.Close()
	s.workers.close()
	return err
}

// Shutdown refuses new connections, sends Options.ShutdownEvent, waits until the events that have come are handled and answered and what has
// been emitted is written, closes the connections in batches, so that the clients don't all come back at the same moment, and waits for
// OnDisconnect. As with Close they get no DISCONNECT packet and connect again by themselves, to another server. Handlers of Concurrent events see their context end with
// the connection; they are waited for, but what they answer then is lost.
//
// Handlers and readers that are too slow hold it up for half of the time that ctx gives at most; when ctx ends, the rest is closed at
// once and no longer waited for. The error tells that something was left then. Without a deadline a handler that never returns holds it up
// for ever: also one that calls Shutdown.
func (s *Server) Shutdown(ctx context.Context) error {
	ctx = calm.Context(ctx)
	s.engine.StopAccepting()
	hinted := s.hint()
	drained := s.drain(ctx)
	closed := s.closeSlowly(ctx)
	err := errors.Join(hinted, drained, closed, s.closeAll(), s.workers.wait(ctx))
	s.leaveBus() // OnDisconnect may have told the others something
	return err
}

func (s *Server) hint() error {
	if s.opts.ShutdownEvent == "" {
		return nil
	}
	var failed error
	for _, n := range s.all() {
		failed = errors.Join(failed, n.Local().Emit(s.opts.ShutdownEvent))
	}
	return failed
}

// drain waits until what came is handled and all queues are empty.
func (s *Server) drain(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	left := s.handled(ctx)
	for c := range s.conns() {
		if err := c.es.Drain(ctx); err != nil && ctx.Err() != nil {
			left = ctx.Err()
		}
	}
	return left
}

// handled waits until the events that have come are handled and answered, but for those of Concurrent.
func (s *Server) handled(ctx context.Context) error {
	sockets := s.sockets()
	passed := make(chan struct{}, len(sockets))
	for _, so := range sockets {
		so.post(&job{kind: jobBarrier, passed: func() { passed <- struct{}{} }})
	}
	for range sockets {
		select {
		case <-passed:
		case <-ctx.Done():
			return errAtWork(ctx)
		}
	}
	return nil
}

func errAtWork(ctx context.Context) error {
	return fmt.Errorf("socketio: handlers are still at work: %w", ctx.Err())
}

// closeSlowly ends the connections in batches until ctx ends.
func (s *Server) closeSlowly(ctx context.Context) error {
	left := s.opts.ShutdownBatch
	pause := time.NewTimer(s.opts.ShutdownPause)
	defer pause.Stop()
	for c := range s.conns() {
		if left == 0 {
			pause.Reset(s.opts.ShutdownPause)
			select {
			case <-pause.C:
			case <-ctx.Done():
				return ctx.Err()
			}
			left = s.opts.ShutdownBatch
		}
		left--
		c.endAll(ReasonShutdown)
		c.es.Close()
	}
	return nil
}

// conns are the connections that have joined a namespace.
func (s *Server) conns() map[*conn]struct{} {
	all := make(map[*conn]struct{})
	for _, so := range s.sockets() {
		all[so.conn] = struct{}{}
	}
	return all
}
