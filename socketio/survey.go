package socketio

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
)

// A Reply is what one of many that were asked answered: a value or an error.
type Reply[R any] struct {
	Value R
	Err   error
}

// An Audience is many that can be asked at once: a Namespace, a Parent or a Target.
type Audience interface {
	AskEach(context.Context, Outgoing) iter.Seq2[string, Reply[Args]]
}

// AskAll sends q to all sockets that to aims at and yields each one's id and answer as they come. The error of a reply is that of ctx
// for sockets that haven't answered when it ends, ErrDisconnected for those that left, or *Error for an answer that isn't an R. Breaking
// the loop ends all waits. Without any socket nothing is yielded. Nothing is sent before the loop begins. When q can't be encoded,
// one reply with an empty id tells so.
//
// Give ctx a deadline: a client may never answer. Answers of sockets of other servers come with an empty id, and so
// does the error that tells how many servers haven't said in Options.AnswerTimeout how many sockets they ask. Without
// a deadline answers of other servers are waited for as long as those wait, a minute. What the loop is too slow for
// waits in memory, one answer of each socket. Volatile and Latest have no effect here.
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

// AskEach is how descriptors ask many.
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

// A survey is one question to many sockets. It belongs to the goroutine that asks; others reach its box only.
type survey struct {
	box     mailbox
	waits   map[*Socket]uint64 // sockets of this server that haven't answered, and their questions
	servers int                // other servers that haven't told how many they ask
	others  int                // how many those were
	remote  int                // answers that other servers will send
	close   []func()
	timed   bool // patience was called
	alone   bool // nothing of other servers counts any more
}

// patience ends the waits for other servers, which may be gone: soon for their counts, and without a deadline of the
// asker when they themselves give up on their clients.
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
	return &survey{box: mailbox{wake: make(chan struct{}, 1)}, waits: make(map[*Socket]uint64)}
}

// A told is one thing that a survey waits for.
type told struct {
	socket *Socket // of this server
	count  int     // how many another server asks
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
	toldCount
	toldNoCount  // the time for counts is over
	toldNoAnswer // the time for answers of other servers is over
)

func (v *survey) ask(ctx context.Context, n *Namespace, t Target, o Outgoing) error {
	id := n.acks.Add(1) - 1
	m, err := o.message(n, id)
	if err != nil {
		return err
	}
	if err := v.askOthers(ctx, n, t, o); err != nil {
		return err
	}
	flags := t.flags&engineio.NoCompress | engineio.Later
	for _, s := range n.list(t) {
		if s.beginAsk(id, func(a answer) { v.box.put(told{socket: s, answer: a}) }) != nil {
			continue // it has left
		}
		v.waits[s] = id
		if err := s.conn.es.Send(m, flags); err != nil && s.forgetAsk(id) {
			v.box.put(told{socket: s, answer: answer{err: err}})
		}
	}
	return nil
}

// collect yields answers until none is missing.
func (v *survey) collect(ctx context.Context, yield func(string, Reply[Args]) bool) {
	for len(v.waits) > 0 || v.servers > 0 || v.remote > 0 {
		got, err := v.box.take(ctx)
		if err != nil {
			v.giveUp(err, yield)
			return
		}
		switch got.kind {
		case toldCount:
			v.servers = max(v.servers-1, 0) // it may come late
			if !v.alone {
				v.remote += got.count
			}
			continue
		case toldNoCount:
			missing := v.servers
			v.servers = 0
			if missing > 0 && !yield("", Reply[Args]{Err: missingServers(missing, v.others, context.DeadlineExceeded)}) {
				return
			}
			continue
		case toldNoAnswer:
			v.alone = true
			for ; v.remote > 0; v.remote-- {
				if !yield("", Reply[Args]{Err: context.DeadlineExceeded}) {
					return
				}
			}
			continue
		case toldRemote:
			if v.remote == 0 {
				continue // too late
			}
			v.remote--
		default:
			delete(v.waits, got.socket)
		}
		if !yield(got.reply()) {
			return
		}
	}
}

// giveUp tells of every answer that is missing; those that came at the same moment count.
func (v *survey) giveUp(err error, yield func(string, Reply[Args]) bool) {
	for s, question := range v.waits {
		if !s.forgetAsk(question) {
			continue
		}
		delete(v.waits, s)
		if !yield(s.id, Reply[Args]{Err: err}) {
			return
		}
	}
	for len(v.waits) > 0 {
		got, _ := v.box.take(context.Background()) // it is on its way
		if got.kind == toldLocal {
			delete(v.waits, got.socket)
			if !yield(got.reply()) {
				return
			}
		}
	}
	for range v.servers + v.remote {
		if !yield("", Reply[Args]{Err: err}) {
			return
		}
	}
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

// A mailbox takes any number of answers without blocking who brings them.
type mailbox struct {
	wake chan struct{} // room for one

	mu   sync.Mutex
	list []told // guarded by mu
}

func (b *mailbox) put(t told) {
	b.mu.Lock()
	b.list = append(b.list, t)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns the next answer, or the error of ctx when there is none.
func (b *mailbox) take(ctx context.Context) (told, error) {
	for {
		b.mu.Lock()
		if len(b.list) > 0 {
			t := b.list[0]
			b.list = b.list[1:]
			b.mu.Unlock()
			return t, nil
		}
		b.mu.Unlock()
		select {
		case <-b.wake:
		case <-ctx.Done():
			return told{}, calm.Context(ctx).Err()
		}
	}
}
