package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A Session is a time in which the broker can be reached. When anything of it breaks, all of it
// begins anew.
type Session struct {
	*Bus
	link  Link
	ctx   context.Context
	fail  context.CancelCauseFunc
	all   sync.WaitGroup
	stood chan struct{} // closed when all subscriptions of the beginning are confirmed
	known map[Need]bool // those that Link knows; the writer's
	began time.Time     // since it is up
	hold  *time.Timer   // the writer's: it ends the wait for others
	heard atomic.Int64  // when our own heartbeat came back, in Unix nanoseconds
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
	for first := true; b.ctx.Err() == nil; first = false {
		began := time.Now()
		err := b.session(tell, first)
		if b.ctx.Err() != nil {
			return
		}
		if time.Since(began) > 2*mostPause {
			pause = leastPause
		}
		b.down(err, first)
		tell()
		select {
		case <-time.After(pause/2 + rand.N(pause)): // so that not all of them come back at once
		case <-b.ctx.Done():
		}
		pause = min(2*pause, mostPause)
	}
}

// session lasts until something breaks.
func (b *Bus) session(tell func(), first bool) (err error) {
	s := &Session{Bus: b, stood: make(chan struct{}), known: make(map[Need]bool)}
	s.ctx, s.fail = context.WithCancelCause(b.ctx)
	defer s.all.Wait()
	defer s.fail(nil)
	b.mu.Lock()
	clear(b.open)
	b.changed = nil
	for need := range b.needed {
		s.known[need] = true
	}
	b.mu.Unlock()
	setUp, cancel := context.WithTimeoutCause(s.ctx, setUpTime, fmt.Errorf("%s: %s doesn't confirm the subscriptions", b.opts.Package, b.opts.Broker))
	defer cancel()
	// What Open starts outlives its time.
	unhook := context.AfterFunc(setUp, func() { s.fail(context.Cause(setUp)) })
	if s.link, err = b.line.Open(s.ctx, s); err != nil {
		return err
	}
	defer s.link.Close()
	if s.standing() {
		s.confirm()
	}
	select {
	case <-s.stood:
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
	if !unhook() {
		return context.Cause(s.ctx)
	}
	s.up(first)
	tell()
	s.Go(s.write)
	s.watch()
	return context.Cause(s.ctx)
}

// Go runs what belongs to the session, which waits for its end.
func (s *Session) Go(f func()) { s.all.Go(f) }

// Fail ends the session.
func (s *Session) Fail(err error) { s.fail(err) }

// Needs are those that the server had at the beginning; Follow tells of what changes.
func (s *Session) Needs() (list []Need) {
	for need := range s.known {
		list = append(list, need)
	}
	return list
}

// Await notes channels on which nothing may be missed: what waits is sent when the broker has
// confirmed all of them. Those of the beginning are noted before Open returns.
func (s *Session) Await(channels ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, channel := range channels {
		s.open[channel] = true
	}
}

// Forget takes back Await.
func (s *Session) Forget(channels ...string) {
	s.mu.Lock()
	for _, channel := range channels {
		delete(s.open, channel)
	}
	s.settle()
	s.mu.Unlock()
	s.rouse()
}

// Confirmed says that the broker has confirmed a channel.
func (s *Session) Confirmed(channel string) {
	s.mu.Lock()
	before := len(s.open)
	delete(s.open, channel)
	all := before > 0 && len(s.open) == 0
	s.settle()
	s.mu.Unlock()
	if all {
		s.confirm()
	}
}

func (s *Session) standing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) == 0
}

func (s *Session) confirm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stood:
		s.rouse()
	default:
		close(s.stood)
	}
}

// Put takes what came. It waits while too much waits for the server.
func (s *Session) Put(a Arrival) {
	if !s.Take(a) {
		s.inbox.wait(s.ctx)
	}
}

// Take is Put for a broker that can't be made to wait. It reports whether there is room for more.
func (s *Session) Take(a Arrival) (room bool) {
	ours := a.Channel == s.self || a.Channel == s.everyone
	if !ours || len(a.Payload) > 0 && a.Payload[0] == Mark {
		s.inbox.put(a)
	} else if own, err := s.listen(a.Payload); err != nil {
		s.Made(s.skip(fmt.Errorf("a heartbeat: %w", err)))
	} else if own {
		s.Heard()
	}
	return s.Room()
}

// Heard notes that the broker is there. The own heartbeats that come back say so by themselves; a
// Link whose heartbeats may wait behind much else says it for whatever comes.
func (s *Session) Heard() { s.heard.Store(time.Now().UnixNano()) }

// Room reports whether the server keeps up with what comes.
func (s *Session) Room() bool { return !s.inbox.full() }

// up says that the broker can be reached.
func (s *Session) up(first bool) {
	s.began = time.Now()
	s.heard.Store(s.began.UnixNano())
	s.mu.Lock()
	away := s.why
	s.why = nil
	s.patience = time.Now().Add(holdTime)
	s.mu.Unlock()
	s.say(hello, "")
	if !first {
		s.counts.reconnects.Add(1)
		s.log(slog.LevelInfo, s.opts.Broker+" is back")
		s.tellLost(away)
	}
}

// down says that it can't, and fails what can't be sent later.
func (b *Bus) down(err error, first bool) {
	b.mu.Lock()
	up := b.why == nil
	if up {
		b.awaited = make(map[string]bool)
		for name := range b.peers {
			b.awaited[name] = true
			b.drop(name)
		}
	}
	b.why = err
	b.urgent = nil
	b.giveUp()
	b.sift(err)
	b.mu.Unlock()
	if up || first {
		b.log(slog.LevelWarn, b.opts.Broker+" is away: what can be sent later waits, and questions to other servers fail", "error", err)
	}
}

// sift takes out of the queue what can't wait. It needs mu.
func (b *Bus) sift(err error) {
	kept := b.out[:0]
	for _, f := range b.out {
		switch {
		case f.ask != nil:
			f.ask.result <- asking{err: b.away(err)}
		case f.Keep:
			kept = append(kept, f)
			continue
		default:
			b.lose(1, err)
		}
		b.bytes -= f.size()
	}
	clear(b.out[len(kept):])
	b.out = kept
}

// tellLost tells the observer once of what is lost. After a time in which the broker was away it is
// told even when nothing is: others may have said something.
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
		b.log(slog.LevelWarn, "messages to other servers are lost", "messages", lost, "error", why)
	}
	b.Made(&socketio.BusMessage{Kind: socketio.BusLost, Count: lost, Failure: why.Error()})
}

// watch sends heartbeats and looks after the others until the session ends.
func (s *Session) watch() {
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
			s.fail(fmt.Errorf("%s: nothing has come from %s for %v", s.opts.Package, s.opts.Broker, silence.Round(time.Millisecond)))
			return
		}
		s.say(beat, "")
		if err := s.lookInTime(); err != nil {
			s.fail(err)
			return
		}
		s.tellLost(nil)
	}
}

// leastLook is how long an answer about the others may take at least, however short the heartbeat.
const leastLook = 5 * time.Second

// lookInTime is Look of a broker that may not answer.
func (s *Session) lookInTime() error {
	ctx, cancel := context.WithTimeout(s.ctx, max(mostMissed*s.opts.Heartbeat, leastLook))
	defer cancel()
	return s.Look(ctx)
}

var errLeft = errors.New("the server has left")
