package socketio

import (
	"context"
	"errors"
	"time"
)

// Close ends all connections at once, with ReasonShutdown and without a DISCONNECT packet, so that JavaScript clients
// connect again by themselves. Handlers that are running see their context end; Close doesn't wait for them.
func (s *Server) Close() error {
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
	if s.leaveBus != nil {
		s.leaveBus()
	}
	return err
}

// Shutdown refuses new connections, sends Options.ShutdownEvent, waits until what has been emitted is written, and closes the connections
// in batches, so that the clients don't all come back at the same moment. As with Close they get no DISCONNECT packet and connect again by
// themselves, to another server. Readers that are too slow hold it up for half of the time that ctx gives at most; when
// ctx ends, the rest is closed at once. The error tells that something was left then.
func (s *Server) Shutdown(ctx context.Context) error {
	s.engine.StopAccepting()
	hinted := s.hint()
	drained := s.drain(ctx)
	closed := s.closeSlowly(ctx)
	return errors.Join(hinted, drained, closed, s.Close())
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

// drain waits until all queues are empty.
func (s *Server) drain(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	var left error
	for c := range s.conns() {
		if err := c.es.Drain(ctx); err != nil && ctx.Err() != nil {
			left = ctx.Err()
		}
	}
	return left
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
