package cluster

import (
	"context"
	"fmt"
	"time"
)

// A batch is sent at once: one write, and one read of all answers.
const (
	batchFrames = 1000
	batchBytes  = 1 << 20
)

// write sends what waits, in order, until the session ends. What has been taken out of the queue
// and isn't confirmed when the connection breaks is lost: sent again it might come twice.
func (s *Session) write() {
	for {
		if err := s.follow(); err != nil {
			s.fail(err)
			return
		}
		batch, over := s.next()
		if len(batch) > 0 {
			if err := s.send(batch); err != nil {
				s.fail(err)
				return
			}
			continue
		}
		if over {
			s.part()
			s.fail(errLeft)
			s.cancel()
			return
		}
		select {
		case <-s.wake:
		case <-s.ctx.Done():
			return
		}
	}
}

// part says what the Line has to say at the end. Nobody is left who could hear of an error.
func (s *Session) part() {
	p, ok := s.link.(Parter)
	if !ok {
		return
	}
	frames := p.Part()
	for _, f := range frames {
		f.own = true
	}
	_ = s.send(frames)
}

// follow tells the link what the server needs more or less.
func (s *Session) follow() error {
	var enter, leave []Need
	s.mu.Lock()
	for _, need := range s.changed {
		switch {
		case s.needed[need] && !s.known[need]:
			s.known[need] = true
			enter = append(enter, need)
		case !s.needed[need] && s.known[need]:
			delete(s.known, need)
			leave = append(leave, need)
		}
	}
	s.changed = nil
	promise := s.promise
	s.promise = nil
	s.mu.Unlock()
	var err error
	if enter != nil || leave != nil {
		err = s.link.Follow(s.ctx, enter, leave)
	}
	if promise == nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.promised = append(s.promised, promise)
	if err == nil {
		s.settle()
	}
	return err
}

// next takes what may be sent now. Heartbeats always may. The rest waits until the broker has
// confirmed all subscriptions, so that no answer is missed, and after an outage for those that were
// there. Over says that the server leaves and all has been sent.
func (s *Session) next() (batch []*Frame, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch, s.urgent = s.urgent, nil
	if len(s.awaited) > 0 && !s.stopping {
		if wait := time.Until(s.patience); wait > 0 {
			if s.hold == nil {
				s.hold = time.AfterFunc(wait, s.rouse)
			}
			return batch, false
		}
		s.awaited = nil
	}
	if len(s.open) > 0 && !s.stopping {
		return batch, false
	}
	n, bytes := 0, 0
	for n < len(s.out) && n < batchFrames && bytes < batchBytes {
		bytes += s.out[n].size()
		n++
	}
	batch = append(batch, s.out[:n]...)
	clear(s.out[:n])
	if s.out = s.out[n:]; len(s.out) == 0 {
		s.out = nil
	}
	s.bytes -= bytes
	if len(batch) == 0 && s.stopping && !s.parted {
		s.parted = true
		batch = append(batch, s.heartbeat(bye, ""))
	}
	return batch, s.stopping && len(batch) == 0
}

// send returns an error when the connection has broken. Messages that the broker refuses are lost.
func (s *Session) send(batch []*Frame) error {
	there, err := s.count(batch)
	if err != nil {
		for _, f := range batch {
			f.Again = f.Keep // nothing of it was sent
		}
		s.abandon(batch, err)
		return err
	}
	names := s.names()
	for _, f := range batch {
		if f.ask != nil {
			likely := f.ask.answerers(names, there)
			f.ask.likely.Store(&likely)
		}
	}
	broken := s.link.Send(s.ctx, batch)
	var failed []*Frame
	for _, f := range batch {
		err := f.Err
		if err == nil && !f.Done {
			err = broken
		}
		switch {
		case broken != nil && f.Again:
			failed = append(failed, f)
			continue
		case err != nil:
			s.abandon([]*Frame{f}, err)
			continue
		case f.ask != nil:
			s.miss(there)
			f.ask.result <- asking{names: *f.ask.likely.Load()}
		}
		if !f.own {
			s.counts.published.Add(1)
			s.counts.sentBytes.Add(uint64(len(f.Payload)))
		}
	}
	s.abandon(failed, broken)
	if broken != nil {
		return fmt.Errorf("%s: publish: %w", s.opts.Package, broken)
	}
	return nil
}

// abandon gives up what may have been sent or not, but for what the next session sends.
func (s *Session) abandon(batch []*Frame, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var again []*Frame
	for _, f := range batch {
		switch {
		case f.ask != nil:
			f.ask.result <- asking{err: s.away(err)}
		case f.Again:
			f.Again, f.Err = false, nil
			again = append(again, f)
			s.bytes += f.size()
		case !f.own:
			s.lose(1, err)
		}
	}
	if again != nil {
		s.out = append(again, s.out...)
	}
}

// count asks who is there, if there is a question among what is sent.
func (s *Session) count(batch []*Frame) (there Presence, err error) {
	var namespaces []string
	seen := make(map[string]bool)
	for _, f := range batch {
		if f.ask != nil && !seen[f.ask.namespace] {
			seen[f.ask.namespace] = true
			namespaces = append(namespaces, f.ask.namespace)
		}
	}
	if namespaces == nil {
		return there, nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, setUpTime)
	defer cancel()
	for {
		names := s.names()
		if there, err = s.link.Present(ctx, names, namespaces); err != nil {
			return there, err
		}
		// Soon after the beginning some of ours may not have answered our hello.
		patience := holdTime
		switch {
		case there.Ours == 0:
			patience = helloTime
		case len(names) >= there.Ours-1:
			return there, nil
		}
		if time.Since(s.began) > patience {
			return there, nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return there, ctx.Err()
		}
	}
}

// answerers are all servers of ours, and the others of the namespace. One that has no connection
// can't answer: it is named, and told to have left.
func (q *question) answerers(names []string, there Presence) (list []string) {
	list = append(list, names...)
	if !q.ours {
		list = append(list, there.Foreign[q.namespace]...)
	}
	return list
}

// miss tells of those that have no connection.
func (s *Session) miss(there Presence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, gone := range there.Gone {
		if gone {
			s.drop(name)
		}
	}
}
