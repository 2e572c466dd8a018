package redisbus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
)

// A session is a time in which Redis can be reached: one connection that hears, and another that
// sends. When one of them breaks, both begin anew.
type session struct {
	*Bus
	node  node
	sub   *redis.PubSub
	ctx   context.Context
	fail  context.CancelCauseFunc
	stood chan struct{}   // closed when all subscriptions of the beginning are confirmed
	known map[string]bool // namespaces that are subscribed to; guarded by mu
	began time.Time       // since it is up
	hold  *time.Timer     // the writer's: it ends the wait for others
	heard atomic.Int64    // when our own heartbeat came back, in Unix nanoseconds
}

const (
	leastPause = 20 * time.Millisecond
	mostPause  = 2 * time.Second
	setUpTime  = 5 * time.Second
)

// connect begins sessions until the server leaves.
func (b *Bus) connect() {
	tell := sync.OnceFunc(func() { close(b.first) })
	defer tell()
	pause := leastPause
	for b.ctx.Err() == nil {
		began := time.Now()
		err := b.session(tell)
		if b.ctx.Err() != nil {
			return
		}
		if time.Since(began) > 2*mostPause {
			pause = leastPause
		}
		b.down(err)
		tell()
		select {
		case <-time.After(pause/2 + rand.N(pause)): // so that not all of them come back at once
		case <-b.ctx.Done():
		}
		pause = min(2*pause, mostPause)
	}
}

// session lasts until something breaks.
func (b *Bus) session(tell func()) (err error) {
	s := &session{Bus: b, stood: make(chan struct{}), known: make(map[string]bool)}
	s.ctx, s.fail = context.WithCancelCause(b.ctx)
	defer s.fail(nil)
	if s.node, err = b.node(s.ctx); err != nil {
		return err
	}
	if err := s.node.Ping(s.ctx).Err(); err != nil {
		return fmt.Errorf("redisbus: connect to Redis: %w", err)
	}
	s.sub = s.node.PSubscribe(s.ctx)
	unhook := context.AfterFunc(s.ctx, func() { _ = s.sub.Close() })
	defer func() {
		if unhook() {
			_ = s.sub.Close()
		}
	}()
	if err := s.subscribe(); err != nil {
		return err
	}
	var all sync.WaitGroup
	defer all.Wait()
	defer s.fail(nil)
	all.Go(s.read)
	setUp := time.NewTimer(setUpTime)
	defer setUp.Stop()
	select {
	case <-s.stood:
	case <-setUp.C:
		return errors.New("redisbus: Redis doesn't confirm the subscriptions")
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
	s.up()
	tell()
	all.Go(s.write)
	s.watch()
	return context.Cause(s.ctx)
}

// subscribe asks for all that this server has to hear.
func (s *session) subscribe() error {
	patterns := []string{s.channels.events(), s.channels.requests()}
	list := []string{s.channels.members(), s.channels.member(s.server.Name)}
	s.mu.Lock()
	for namespace := range s.needed {
		s.known[namespace] = true
		list = append(list, s.channels.inNamespace(namespace, s.server.Name)...)
	}
	clear(s.open)
	for _, channel := range append(patterns, list...) {
		s.open[channel] = true
	}
	s.mu.Unlock()
	if err := s.sub.PSubscribe(s.ctx, patterns...); err != nil {
		return fmt.Errorf("redisbus: subscribe: %w", err)
	}
	return s.enter(list)
}

// enter subscribes to channels, not too many at once.
func (s *session) enter(list []string) error {
	for len(list) > 0 {
		n := min(len(list), 1000)
		if err := s.sub.Subscribe(s.ctx, list[:n]...); err != nil {
			return fmt.Errorf("redisbus: subscribe: %w", err)
		}
		list = list[n:]
	}
	return nil
}

// read takes what comes, until the session ends.
func (s *session) read() {
	patterns := 0
	for {
		got, err := s.sub.Receive(s.ctx)
		if err != nil {
			s.fail(fmt.Errorf("redisbus: the connection to Redis: %w", err))
			return
		}
		switch got := got.(type) {
		case *redis.Subscription:
			if got.Kind == "psubscribe" {
				patterns++
			}
			if patterns > 2 {
				// The client has connected again by itself.
				s.fail(errors.New("redisbus: the connection to Redis broke"))
				return
			}
			if got.Kind == "subscribe" || got.Kind == "psubscribe" {
				s.confirmed(got.Channel)
			}
		case *redis.Message:
			s.route(got)
			if s.inbox.full() {
				s.inbox.wait(s.ctx)
			}
		}
	}
}

func (s *session) confirmed(channel string) {
	s.mu.Lock()
	before := len(s.open)
	delete(s.open, channel)
	all := before > 0 && len(s.open) == 0
	s.mu.Unlock()
	if !all {
		return
	}
	select {
	case <-s.stood:
		s.rouse()
	default:
		close(s.stood)
	}
}

// route takes heartbeats out of what comes, and leaves the rest to the inbox.
func (s *session) route(m *redis.Message) {
	mine := m.Channel == s.channels.member(s.server.Name)
	switch {
	case m.Channel == s.channels.members(), mine && (m.Payload == "" || m.Payload[0] != mark):
		own, err := s.listen(m.Payload)
		if own {
			s.heard.Store(time.Now().UnixNano())
		}
		if err != nil {
			s.skipped.Add(1)
			s.inbox.put(arrival{made: &socketio.BusMessage{Failure: "redisbus: a heartbeat: " + err.Error()}})
		}
	case m.Pattern == "" && m.Channel != "" && isRequest(m.Channel, s.channels.key):
		// It comes by the pattern, too.
	default:
		s.inbox.put(arrival{channel: m.Channel, payload: m.Payload})
	}
}

// up says that Redis can be reached.
func (s *session) up() {
	s.began = time.Now()
	s.heard.Store(s.began.UnixNano())
	s.mu.Lock()
	away := s.why
	s.why = nil
	s.patience = time.Now().Add(holdTime)
	s.mu.Unlock()
	s.say(hello, s.channels.members())
	if away != errStarting {
		s.server.Logger.Info("redisbus: Redis is back")
		s.tellLost(away)
	}
}

// down says that it can't, and fails what can't be sent later.
func (b *Bus) down(err error) {
	b.mu.Lock()
	first := b.why == nil || b.why == errStarting
	if b.why == nil {
		b.awaited = make(map[string]bool)
		for name := range b.peers {
			b.awaited[name] = true
			b.drop(name)
		}
	}
	b.why = err
	b.urgent = nil
	b.sift(err)
	b.mu.Unlock()
	if first {
		b.server.Logger.Warn("redisbus: Redis is away: what can be sent later waits, and questions to other servers fail", "error", err)
	}
}

// sift takes out of the queue what can't wait. It needs mu.
func (b *Bus) sift(err error) {
	kept := b.out[:0]
	for _, c := range b.out {
		switch {
		case c.ask != nil:
			c.ask.fail(err)
		case c.keep:
			kept = append(kept, c)
			continue
		default:
			b.lose(1, err)
		}
		b.bytes -= c.size()
	}
	clear(b.out[len(kept):])
	b.out = kept
}

// tellLost tells the observer once of what is lost. After a time in which Redis was away it is told
// even when nothing is: others may have said something.
func (b *Bus) tellLost(away error) {
	b.mu.Lock()
	lost, why := b.lost, b.lostWhy
	b.lost, b.lostWhy = 0, nil
	b.mu.Unlock()
	if away == nil && lost == 0 {
		return
	}
	if why == nil {
		why = away
	}
	if lost > 0 {
		b.server.Logger.Warn("redisbus: messages to other servers are lost", "messages", lost, "error", why)
	}
	b.inbox.put(arrival{made: &socketio.BusMessage{Kind: socketio.BusLost, Count: lost, Failure: why.Error()}})
}

// watch sends heartbeats and looks after the others until the session ends.
func (s *session) watch() {
	ticker := time.NewTicker(s.opts.Heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
		}
		silence := time.Since(time.Unix(0, s.heard.Load()))
		if silence > mostMissed*s.opts.Heartbeat && !s.inbox.full() {
			s.fail(fmt.Errorf("redisbus: nothing has come from Redis for %v", silence.Round(time.Millisecond)))
			return
		}
		s.say(beat, s.channels.members())
		if err := s.look(s.ctx, s.node); err != nil {
			s.fail(err)
			return
		}
		s.forget()
		s.tellLost(nil)
	}
}
