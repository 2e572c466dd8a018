package socketio

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A Reply is the answer of one of many that were asked.
type Reply[R any] struct {
	Value R
	Err   error
}

// An Audience is many that can be asked at once: a Namespace or a Target.
type Audience interface {
	AskEach(context.Context, Outgoing) iter.Seq2[string, Reply[Args]]
}

// AskAll sends q when the loop begins and yields ids and answers. Err is that of ctx,
// ErrDisconnected, or an *Error for what is no R. The id is empty for other servers' sockets, and
// at the end for a *MissingServersError.
func (c Call[Q, R]) AskAll(ctx context.Context, to Audience, q Q) iter.Seq2[string, Reply[R]] {
	return func(yield func(string, Reply[R]) bool) {
		for id, got := range to.AskEach(ctx, Outgoing{desc: c.desc, value: q}) {
			r := Reply[R]{Err: got.Err}
			if r.Err == nil {
				if err := c.reply.decode(got.Value, &r.Value); err != nil {
					r = Reply[R]{Err: badReply(err)}
				}
			}
			if !yield(id, r) {
				return
			}
		}
	}
}

// Ask is Call.AskAll without types.
func (t Target) Ask(ctx context.Context, name string, args ...any) iter.Seq2[string, Reply[Args]] {
	return t.AskEach(ctx, Outgoing{name: name, args: args})
}

func (t Target) AskEach(ctx context.Context, o Outgoing) iter.Seq2[string, Reply[Args]] {
	return func(yield func(string, Reply[Args]) bool) {
		v := newSurvey()
		defer v.end()
		for _, n := range t.namespaces() {
			if err := v.ask(ctx, n, t, o); err != nil {
				yield("", Reply[Args]{Err: err})
				return
			}
		}
		v.collect(ctx, yield)
	}
}

// A survey is one question to many sockets. It belongs to the goroutine that asks; others reach its
// box only.
type survey struct {
	box       *mailbox[told]
	waits     map[*Socket]uint64 // sockets here that haven't answered, with the ack id
	inquiries []*inquiry         // at other servers
	servers   int                // those that haven't told how many they ask
	remote    int                // answers that other servers will send
	short     shortfall          // who of them is missing
	failed    error              // of the bus, or of servers
	close     []func()
	timed     bool // patience was called
	alone     bool // nothing of other servers counts any more
	foreign   bool // another server asks: what waits here isn't before it
}

// patience ends the waits for other servers, which may be gone: soon for their counts, and without
// a deadline of the asker when they themselves give up on their clients.
func (v *survey) patience(ctx context.Context, most time.Duration) {
	if most < 0 || v.timed {
		return
	}
	v.timed = true
	begin := func(d time.Duration, kind toldKind) {
		timer := time.AfterFunc(d, func() { v.box.put(told{kind: kind}) })
		v.close = append(v.close, func() { timer.Stop() })
	}
	begin(most, toldNoCount)
	if _, ends := ctx.Deadline(); !ends {
		begin(max(remotePatience+most, remotePatience), toldNoAnswer) // a sum may be too large
	}
}

func newSurvey() *survey {
	return &survey{box: newMailbox[told](), waits: make(map[*Socket]uint64)}
}

// A told is one thing that a survey waits for.
type told struct {
	socket *Socket // of this server
	letter         // of another server
	kind   toldKind
	answer
}

func (t told) reply() (id string, r Reply[Args]) {
	if t.socket != nil {
		id = t.socket.id
	}
	return id, Reply[Args]{t.args, t.err}
}

type toldKind uint8

const (
	toldLocal toldKind = iota
	toldRemote
	toldNoCount  // the time for counts is over
	toldNoAnswer // the time for answers of other servers is over
)

func (v *survey) ask(ctx context.Context, n *Namespace, t Target, o Outgoing) error {
	id := n.acks.Add(1) - 1
	m, err := o.message(n, id)
	if err != nil {
		return err
	}
	flags := t.flags&engineio.NoCompress | engineio.Later
	for _, s := range n.list(t) {
		if s.beginAsk(id, func(a answer) { v.box.put(told{socket: s, answer: a}) }) != nil {
			continue // it has left
		}
		v.waits[s] = id
		if q := n.sequence; q.waits() && !v.foreign {
			err = q.ask(s, m, id, flags)
		} else {
			err = s.conn.es.Send(m, flags)
		}
		if err != nil && s.forgetAsk(id) {
			v.box.put(told{socket: s, answer: answer{err: err}})
		}
	}
	return v.askOthers(ctx, n, t, o)
}

// collect yields answers until none is missing, and then what is missing of other servers.
func (v *survey) collect(ctx context.Context, yield func(string, Reply[Args]) bool) {
	for len(v.waits) > 0 || v.servers > 0 || v.remote > 0 {
		got, err := v.box.take(ctx)
		on := true
		switch {
		case err != nil:
			if !v.giveUp(err, yield) {
				return
			}
			v.loseServers(err)
		case got.kind == toldNoCount:
			v.loseServers(context.DeadlineExceeded)
		case got.kind == toldNoAnswer:
			v.alone = true
			on = v.loseAnswers(v.remote, context.DeadlineExceeded, yield)
		case got.kind == toldRemote:
			on = v.hear(got.q, got.m, yield)
		default:
			delete(v.waits, got.socket)
			on = yield(got.reply())
		}
		if !on {
			return
		}
	}
	if err := errors.Join(v.failed, v.short.error()); err != nil {
		yield("", Reply[Args]{Err: err})
	}
}

// giveUp tells of every answer that is missing; those that came at the same moment count.
func (v *survey) giveUp(err error, yield func(string, Reply[Args]) bool) bool {
	for s, question := range v.waits {
		if !s.forgetAsk(question) {
			continue
		}
		delete(v.waits, s)
		if !yield(s.id, Reply[Args]{Err: err}) {
			return false
		}
	}
	for len(v.waits) > 0 {
		got, _ := v.box.take(context.Background()) // it is on its way
		if got.kind == toldLocal {
			delete(v.waits, got.socket)
			if !yield(got.reply()) {
				return false
			}
		}
	}
	return v.loseAnswers(v.remote, err, yield)
}

// end forgets the questions that are still open.
func (v *survey) end() {
	for s, question := range v.waits {
		s.forgetAsk(question)
	}
	for _, f := range v.close {
		f()
	}
}
