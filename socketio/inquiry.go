package socketio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/madang-chat/madang/internal/calm"
)

// A MissingServersError says that what came from the cluster is incomplete.
type MissingServersError struct {
	Servers []string // sorted; empty where the Bus doesn't know the name
	Asked   int      // how many were asked
	Err     error    // that of the context, ErrClosed, or nil when all of them left the cluster
}

func (e *MissingServersError) Error() string {
	names := slices.Clone(e.Servers)
	for i, name := range names {
		if name == "" {
			names[i] = "unnamed"
		}
	}
	why := "they have left"
	if e.Err != nil {
		why = e.Err.Error()
	}
	return fmt.Sprintf("socketio: %d of %d servers didn't answer (%s): %s", len(names), e.Asked, strings.Join(names, ", "), why)
}

func (e *MissingServersError) Unwrap() error { return e.Err }

// An inquiry is one request to the other servers. It belongs to the goroutine that asks; others
// reach its box only. Servers without a name share an entry of its maps.
type inquiry struct {
	want  BusKind
	asked map[string]int
	open  map[string]int // those that haven't answered
	acks  map[string]int // answers of their sockets that are still to come
	end   func()
}

// inquire puts a request to the other servers; none is asked of a target that doesn't mean them.
// Deliver gets what comes, before inquire returns too: answers, every server that leaves, and nil
// when this one has.
func (n *Namespace) inquire(ctx context.Context, t Target, m BusMessage, want BusKind, deliver func(*inquiry, *BusMessage)) (*inquiry, error) {
	q := &inquiry{want: want, end: func() {}}
	if !n.beyond(t) {
		return q, nil
	}
	s := n.server
	m.Request = newName()
	n.address(t, &m)
	s.requests.Store(m.Request, func(m *BusMessage) { deliver(q, m) })
	q.end = func() { s.requests.Delete(m.Request) }
	asked, err := s.opts.Bus.Ask(calm.Context(ctx), &m)
	q.asked, q.open, q.acks = make(map[string]int), make(map[string]int), make(map[string]int)
	for _, name := range asked {
		if name != s.Name() && (name == "" || q.asked[name] == 0) {
			q.asked[name]++
			q.open[name]++
		}
	}
	return q, published(err)
}

// answered notes the answer of a server, or reports that it doesn't count.
func (q *inquiry) answered(m *BusMessage) bool {
	if m.Kind != q.want || q.open[m.From] == 0 {
		return false
	}
	q.open[m.From]--
	return true
}

// leave ends the wait for a server and returns 1 when its answer was still to come.
func (q *inquiry) leave(name string) (left int) {
	left = q.open[name]
	delete(q.open, name)
	return left
}

// A shortfall is who didn't answer the inquiries of one operation, and why. Several inquiries of it
// ask the same servers.
type shortfall struct {
	asked, missing map[string]int
	err            error
}

func (x *shortfall) ask(q *inquiry) { x.asked = most(x.asked, q.asked) }

// lose gives up servers, because of err or because they have left.
func (x *shortfall) lose(servers map[string]int, err error) {
	x.missing = most(x.missing, servers)
	if err != nil {
		x.err = err
	}
}

// error is nil when nobody is missing.
func (x *shortfall) error() error {
	e := &MissingServersError{Servers: names(x.missing), Asked: len(names(x.asked)), Err: x.err}
	if len(e.Servers) == 0 {
		return nil
	}
	return e
}

func most(a, b map[string]int) map[string]int {
	if a == nil {
		a = make(map[string]int)
	}
	for name, count := range b {
		a[name] = max(a[name], count)
	}
	return a
}

func names(servers map[string]int) (list []string) {
	for name, count := range servers {
		for range count {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// A letter is what came for an inquiry.
type letter struct {
	q *inquiry
	m *BusMessage
}

// askServers puts a request to the other servers, in all namespaces that t aims at, and returns the
// answers that come before ctx ends.
func (t Target) askServers(ctx context.Context, m BusMessage, want BusKind) (answers []*BusMessage, err error) {
	box := newMailbox[letter]()
	var open []*inquiry
	var short shortfall
	waiting := 0
	m.Timeout = timeout(ctx)
	for _, n := range t.namespaces() {
		q, failed := n.inquire(ctx, t, m, want, func(q *inquiry, m *BusMessage) { box.put(letter{q, m}) })
		defer q.end()
		err = errors.Join(err, failed)
		open = append(open, q)
		waiting += len(names(q.open))
		short.ask(q)
	}
	for waiting > 0 {
		got, over := box.take(ctx)
		if over == nil && got.m == nil {
			over = ErrClosed
		}
		switch {
		case over != nil:
			for _, q := range open {
				short.lose(q.open, over)
			}
			waiting = 0
		case got.m.Kind == BusLeft:
			if left := got.q.leave(got.m.From); left > 0 {
				short.lose(map[string]int{got.m.From: left}, nil)
				waiting -= left
			}
		case got.q.answered(got.m):
			waiting--
			if failed := got.m.failed(); failed != nil {
				err = errors.Join(err, failed)
			} else {
				answers = append(answers, got.m)
			}
		}
	}
	return answers, errors.Join(err, short.error())
}

// A mailbox takes any number of things without blocking who brings them.
type mailbox[T any] struct {
	wake chan struct{} // room for one

	mu   sync.Mutex
	list []T // guarded by mu
}

func newMailbox[T any]() *mailbox[T] { return &mailbox[T]{wake: make(chan struct{}, 1)} }

func (b *mailbox[T]) put(t T) {
	b.mu.Lock()
	b.list = append(b.list, t)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns the next one, or the error of ctx when there is none.
func (b *mailbox[T]) take(ctx context.Context) (T, error) {
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
			var none T
			return none, calm.Context(ctx).Err()
		}
	}
}
