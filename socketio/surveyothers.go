package socketio

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/madang-chat/madang/internal/calm"
)

// askOthers puts a survey to the other servers too. A bus that fails keeps no question from the
// sockets of this server.
func (v *survey) askOthers(ctx context.Context, n *Namespace, t Target, o Outgoing) error {
	if !n.beyond(t) {
		return nil
	}
	args, err := o.Args()
	if err != nil {
		return err
	}
	most := n.server.opts.AnswerTimeout
	v.patience(ctx, most)
	m := BusMessage{Kind: BusEmit, Event: o.Name(), Args: args, Timeout: timeout(ctx)}
	if most >= 0 {
		soon, cancel := context.WithTimeout(calm.Context(ctx), most)
		defer cancel()
		ctx = soon
	}
	q, err := n.inquire(ctx, t, m, BusCount, func(q *inquiry, m *BusMessage) {
		v.box.put(told{kind: toldRemote, letter: letter{q, m}})
	})
	v.close = append(v.close, q.end)
	v.inquiries = append(v.inquiries, q)
	v.servers += len(names(q.open))
	v.short.ask(q)
	v.fail(err)
	return nil
}

// mostAsked is how many sockets a server may say that it asks: each is waited for, and each that
// doesn't answer is told of.
const mostAsked = 10_000_000

// hear takes what another server says.
func (v *survey) hear(q *inquiry, m *BusMessage, yield func(string, Reply[Args]) bool) bool {
	switch {
	case m == nil:
		v.loseServers(ErrClosed)
		return v.loseAnswers(v.remote, ErrClosed, yield)
	case m.Kind == BusLeft:
		acks, counts := q.acks[m.From], q.leave(m.From)
		v.servers -= counts
		delete(q.acks, m.From)
		if acks+counts > 0 {
			v.short.lose(map[string]int{m.From: 1}, nil)
		}
		return v.loseAnswers(acks, ErrDisconnected, yield)
	case m.Kind == BusAck && q.acks[m.From] > 0:
		q.acks[m.From]--
		v.remote--
		return yield("", Reply[Args]{m.Args, m.failure()})
	case q.answered(m):
		v.servers--
		v.fail(m.failed())
		if m.Count > mostAsked {
			v.fail(fmt.Errorf("server %s: %d sockets are too many to be asked", m.From, m.Count))
		} else if count := max(m.Count, 0); !v.alone {
			q.acks[m.From] += count
			v.remote += count
		}
	}
	return true
}

func (v *survey) fail(err error) { v.failed = errors.Join(v.failed, err) }

// loseServers gives up those that haven't told how many sockets they ask.
func (v *survey) loseServers(err error) {
	for _, q := range v.inquiries {
		v.short.lose(q.open, err)
		clear(q.open)
	}
	v.servers = 0
}

// loseAnswers gives up sockets of other servers.
func (v *survey) loseAnswers(count int, err error, yield func(string, Reply[Args]) bool) bool {
	for ; count > 0; count-- {
		v.remote--
		if !yield("", Reply[Args]{Err: err}) {
			return false
		}
	}
	return true
}

// answerSurvey asks the sockets of this server for another one, at once, so that what it did later
// can't come before the question. The answers are waited for elsewhere.
func (n *Namespace) answerSurvey(t Target, m *BusMessage) {
	asked := make(chan struct{})
	tell := sync.OnceFunc(func() { close(asked) })
	if !n.server.work(func() {
		defer tell()
		ctx, cancel := n.server.patience(m)
		defer cancel()
		v := newSurvey()
		v.foreign = true
		defer v.end()
		// An asker that has left waits no longer, whatever time it told.
		n.server.surveys.Store(v, func(left string) {
			if left == m.From {
				cancel()
			}
		})
		defer n.server.surveys.Delete(v)
		count := &BusMessage{Kind: BusCount}
		if err := v.ask(ctx, n, t, m.outgoing()); err != nil {
			n.server.adviseMessage(m, err)
			count.Failure = public(err).Message
		}
		count.Count = len(v.waits)
		n.answered(n.reply(m, count))
		tell()
		v.collect(ctx, func(_ string, r Reply[Args]) bool {
			// The asker knows itself who is missing when its time is over.
			if ctx.Err() == nil {
				n.answered(n.reply(m, &BusMessage{Kind: BusAck, Args: r.Value, Failure: failure(r.Err)}))
			}
			return true
		})
	}) {
		n.refuse(m, BusCount)
		return
	}
	<-asked
}
