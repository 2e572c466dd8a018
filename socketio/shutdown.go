package socketio

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/calm"
)

// Close ends all connections and the contexts of handlers, without waiting.
func (s *Server) Close() error {
	s.giveUp(ErrShutdown)
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

// Shutdown refuses new connections, sends ShutdownEvent, waits until what came is handled and all
// is written, closes connections in batches and waits for OnDisconnect. What is slow has half of
// ctx's time; then all that is left ends: a *ShutdownError. Next shut the http.Server down.
func (s *Server) Shutdown(ctx context.Context) error {
	ctx = calm.Context(ctx)
	giveUp := func() { s.giveUp(fmt.Errorf("%w: %w", ErrShutdown, context.Cause(ctx))) }
	defer context.AfterFunc(ctx, giveUp)()
	s.engine.StopAccepting()
	left := &ShutdownError{}
	hinted := s.hint()
	slow := s.drain(ctx, left)
	s.closeSlowly(ctx, slow, left)
	s.partForwarded(ctx)
	closed := s.closeAll()
	left.Handlers = s.workers.wait(ctx)
	s.settleForwarded(ctx)
	s.leaveBus() // OnDisconnect may have told the others something
	if left.Handlers > 0 {
		giveUp() // in case that nobody has come to it
	}
	if *left == (ShutdownError{}) {
		return errors.Join(hinted, closed)
	}
	if left.Err = ctx.Err(); left.Err == nil {
		left.Err = context.DeadlineExceeded // half of it
	}
	return errors.Join(hinted, closed, left)
}

// A ShutdownError tells what Shutdown had to leave undone.
type ShutdownError struct {
	Handlers    int   // that are still at work, although their contexts have ended
	Sockets     int   // that were closed before all of their events were handled
	Connections int   // that were closed all at once instead of in batches
	Bytes       int   // that were emitted and not sent
	Err         error // why Shutdown didn't wait: that of its context
}

func (e *ShutdownError) Error() string {
	var left []string
	for _, part := range []struct {
		n    int
		text string
	}{
		{e.Handlers, "handlers are still at work: %d"}, {e.Sockets, "sockets with unhandled events: %d"},
		{e.Connections, "connections closed all at once: %d"}, {e.Bytes, "bytes unsent: %d"},
	} {
		if part.n > 0 {
			left = append(left, fmt.Sprintf(part.text, part.n))
		}
	}
	return fmt.Sprintf("socketio: shutdown: %s: %v", strings.Join(left, ", "), e.Err)
}

func (e *ShutdownError) Unwrap() error { return e.Err }

// grace is how long work that is as good as done may take to say so when a context has ended.
const grace = 10 * time.Millisecond

func (s *Server) hint() error {
	s.mu.Lock()
	told := s.hinted
	s.hinted = true
	s.mu.Unlock()
	if told || s.opts.ShutdownEvent == "" {
		return nil
	}
	var failed error
	for _, n := range s.all() {
		failed = errors.Join(failed, n.Local().Emit(s.opts.ShutdownEvent))
	}
	return failed
}

// drain waits until what came is handled and all queues are empty. It returns the connections that
// were too slow for that.
func (s *Server) drain(ctx context.Context, left *ShutdownError) (slow map[*conn]bool) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	left.Sockets = s.handled(ctx)
	for _, n := range s.all() {
		_ = n.sequence.drained(ctx) // it ends by itself
	}
	slow = make(map[*conn]bool)
	for c := range s.conns() {
		if err := c.es.Drain(ctx); err != nil && ctx.Err() != nil {
			slow[c] = true
		}
	}
	if len(slow) > 0 {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		for c := range slow {
			if c.es.Drain(late) == nil {
				delete(slow, c)
			}
		}
	}
	return slow
}

// handled waits until the events that have come are handled and answered, but for those of
// Concurrent. It returns how many sockets weren't done when ctx ended.
func (s *Server) handled(ctx context.Context) (busy int) {
	sockets := s.sockets()
	passed := make(chan struct{}, len(sockets))
	for _, so := range sockets {
		if so.passed(func() { passed <- struct{}{} }) {
			busy++
		}
	}
	over, late := ctx.Done(), (<-chan time.Time)(nil)
	for busy > 0 {
		select {
		case <-passed:
			busy--
		case <-over:
			timer := time.NewTimer(grace)
			defer timer.Stop()
			over, late = nil, timer.C
		case <-late:
			return busy
		}
	}
	return 0
}

// closeSlowly ends the connections in batches until ctx ends, or somebody else closes the server.
func (s *Server) closeSlowly(ctx context.Context, slow map[*conn]bool, left *ShutdownError) {
	conns := s.conns()
	defer func() { left.Connections = len(conns) }()
	for c := range conns {
		if slow[c] {
			left.Bytes += c.es.BufferedBytes()
		}
	}
	batch := s.opts.ShutdownBatch
	pause := time.NewTimer(s.opts.ShutdownPause)
	defer pause.Stop()
	for c := range conns {
		if batch == 0 {
			pause.Reset(s.opts.ShutdownPause)
			select {
			case <-pause.C:
			case <-s.ctx.Done():
				clear(conns)
				return
			case <-ctx.Done():
				return
			}
			batch = s.opts.ShutdownBatch
		}
		batch--
		c.endAll(ReasonShutdown)
		c.es.Close()
		delete(conns, c)
	}
}

// conns are the connections that have joined a namespace.
func (s *Server) conns() map[*conn]struct{} {
	all := make(map[*conn]struct{})
	for _, so := range s.sockets() {
		all[so.conn] = struct{}{}
	}
	return all
}
