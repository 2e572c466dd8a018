package redisbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// A command is one message on its way to Redis.
type command struct {
	channel   string
	payload   []byte
	keep      bool      // it may be sent later
	heartbeat bool      // the next one does as well
	ask       *question // somebody waits for who will answer
}

func (c *command) size() int { return len(c.channel) + len(c.payload) + 100 }

type question struct {
	namespace string
	result    chan asking // room for one
}

type asking struct {
	names []string
	err   error
}

func (q *question) fail(err error) {
	q.result <- asking{err: fmt.Errorf("redisbus: Redis is away: %w", err)}
}

// A batch is sent at once: one write, and one read of all answers.
const (
	batchCommands = 1000
	batchBytes    = 1 << 20
)

// write sends what waits, in order, until the session ends. What has been taken out of the queue
// and isn't confirmed when the connection breaks is lost: sent again it might come twice.
func (s *session) write() {
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
			s.fail(nil)
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

// follow subscribes to what the server's new namespaces need, and leaves what the old ones needed.
func (s *session) follow() error {
	var enter, leave []string
	s.mu.Lock()
	for namespace := range s.needed {
		if !s.known[namespace] {
			s.known[namespace] = true
			enter = append(enter, s.channels.inNamespace(namespace, s.server.Name)...)
		}
	}
	for namespace := range s.known {
		if !s.needed[namespace] {
			delete(s.known, namespace)
			leave = append(leave, s.channels.inNamespace(namespace, s.server.Name)...)
		}
	}
	for _, channel := range enter {
		s.open[channel] = true
	}
	for _, channel := range leave {
		delete(s.open, channel)
	}
	s.mu.Unlock()
	if len(leave) > 0 {
		if err := s.sub.Unsubscribe(s.ctx, leave...); err != nil {
			return fmt.Errorf("redisbus: unsubscribe: %w", err)
		}
	}
	return s.enter(enter)
}

// next takes what may be sent now. Heartbeats always may. The rest waits until Redis has confirmed
// all subscriptions, so that no answer is missed, and after an outage for those that were there.
// Over says that the server leaves and all has been sent.
func (s *session) next() (batch []*command, over bool) {
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
	for n < len(s.out) && n < batchCommands && bytes < batchBytes {
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
		batch = append(batch, s.heartbeat(bye, s.channels.members()))
	}
	return batch, s.stopping && len(batch) == 0
}

// once keeps the client from sending a message again that may have been sent.
type once struct{ *redis.IntCmd }

func (once) NoRetry() bool { return true }

// send returns an error when the connection has broken. Messages that Redis refuses are lost.
func (s *session) send(batch []*command) error {
	counts, err := s.count(batch)
	if err != nil {
		s.abandon(batch, err)
		return err
	}
	names := s.names()
	sent := make([]once, len(batch))
	_, err = s.node.Pipelined(s.ctx, func(p redis.Pipeliner) error {
		for i, c := range batch {
			sent[i] = once{redis.NewIntCmd(s.ctx, "publish", c.channel, c.payload)}
			_ = p.Process(s.ctx, sent[i]) // a pipeline only notes it
		}
		return nil
	})
	var refused redis.Error
	broken := err != nil && !errors.As(err, &refused)
	for i, c := range batch {
		if err := sent[i].Err(); err != nil {
			s.abandon([]*command{c}, err)
		} else if c.ask != nil {
			c.ask.result <- s.answerers(c.ask.namespace, names, counts)
		}
	}
	if broken {
		return fmt.Errorf("redisbus: publish: %w", err)
	}
	return nil
}

// abandon gives up what may have been sent or not.
func (s *session) abandon(batch []*command, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range batch {
		switch {
		case c.ask != nil:
			c.ask.fail(err)
		case !c.heartbeat:
			s.lose(1, err)
		}
	}
}

// count asks Redis who is there, if there is a question among what is sent.
func (s *session) count(batch []*command) (map[string]int64, error) {
	var channels []string
	seen := make(map[string]bool)
	for _, c := range batch {
		if c.ask != nil && !seen[c.ask.namespace] {
			seen[c.ask.namespace] = true
			channels = append(channels, s.channels.request(c.ask.namespace), s.channels.ours(c.ask.namespace))
		}
	}
	if channels == nil {
		return nil, nil
	}
	channels = append(channels, s.channels.members())
	ctx, cancel := context.WithTimeout(s.ctx, setUpTime)
	defer cancel()
	for {
		list, names := channels, s.names()
		for _, name := range names {
			list = append(list, s.channels.member(name))
		}
		counts, err := s.node.subscribers(ctx, list)
		// Soon after the beginning some of ours may not have answered our hello.
		if err != nil || int64(len(names)) >= counts[s.channels.members()]-1 || time.Since(s.began) > holdTime {
			return counts, err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// answerers are all servers of ours, and as many without a name as there are others of the
// namespace. One that has no connection can't answer: it is named, and told to have left.
func (s *session) answerers(namespace string, names []string, counts map[string]int64) asking {
	list := append([]string(nil), names...)
	for range counts[s.channels.request(namespace)] - counts[s.channels.ours(namespace)] {
		list = append(list, "")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if count, asked := counts[s.channels.member(name)]; asked && count == 0 {
			s.drop(name)
		}
	}
	return asking{names: list}
}
