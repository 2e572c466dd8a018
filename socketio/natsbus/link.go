package natsbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A link is what a session has subscribed to on the connection, which is the user's.
type link struct {
	*line
	*cluster.Session
	in     chan *nats.Msg // of all subscriptions, so that the order stays
	absent chan *nats.Msg // what the server of NATS says of those who aren't there
	state  chan nats.Status
	times  uint64        // that the connection had begun anew
	round  int           // of Present; the watcher's
	stream *stream       // nil: there is none
	caught chan struct{} // closed when what was missed has been handed on; nil: nothing is
	// Close comes while the writer may still be at it.
	subsMu sync.Mutex
	subs   map[string]*nats.Subscription // by subject; guarded by subsMu
	closed bool                          // guarded by subsMu
}

// What the client of NATS drops is noticed: when it is full, something may be missing.
const (
	mostWaiting = 1 << 16
	mostAbsent  = 1 << 12
)

// answerTime is how long NATS may take.
const answerTime = 5 * time.Second

var (
	errSlow  = errors.New("natsbus: the server is slow: too much waits for it")
	errBroke = errors.New("natsbus: the connection to NATS broke")
)

// Open implements cluster.Line.
func (l *line) Open(ctx context.Context, s *cluster.Session) (cluster.Link, error) {
	if !s.Room() {
		return nil, errSlow
	}
	k := &link{
		line: l, Session: s, in: make(chan *nats.Msg, mostWaiting), absent: make(chan *nats.Msg, mostAbsent),
		subs: make(map[string]*nats.Subscription),
		// The ones that come first are those that matter.
		state: l.conn.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.DRAINING_SUBS, nats.DRAINING_PUBS, nats.CLOSED),
	}
	err := l.connected()
	k.times = l.conn.Stats().Reconnects
	name := l.bus.Server().Name
	subjects := []string{l.servers(), l.server(name), l.heard("", ""), l.to(name)}
	if l.log != nil {
		subjects = append(subjects, l.own())
	}
	for _, need := range s.Needs() {
		subjects = append(subjects, l.heard(need.Namespace, need.Room))
	}
	if err == nil && l.log != nil {
		k.stream, err = l.log.open(ctx, l)
	}
	if err == nil {
		err = k.enter(k.absent, l.nobody(l.bus.Run())+".>")
	}
	if err == nil {
		err = k.follow(ctx, subjects)
	}
	if err == nil && k.stream != nil {
		err = k.resume(ctx)
	}
	if err != nil {
		k.Close()
		return nil, err
	}
	l.forgive()
	s.Go(func() { k.watch(ctx) })
	s.Go(func() { k.read(ctx) })
	return k, nil
}

// connected says why not.
func (l *line) connected() error {
	switch status := l.conn.Status(); status {
	case nats.CONNECTED:
		return nil
	case nats.CLOSED:
		return fmt.Errorf("natsbus: the connection is closed; nats.MaxReconnects(-1) keeps it trying: %w", nats.ErrConnectionClosed)
	default:
		why := l.conn.LastError()
		if why == nil {
			why = errors.New("it broke")
		}
		return fmt.Errorf("natsbus: the connection to NATS is %s: %w", strings.ToLower(status.String()), why)
	}
}

func (k *link) enter(to chan *nats.Msg, subject string) error {
	k.subsMu.Lock()
	defer k.subsMu.Unlock()
	if k.closed {
		return errBroke
	}
	if k.subs[subject] != nil {
		return nil
	}
	sub, err := k.conn.ChanSubscribe(subject, to)
	if err != nil {
		return fmt.Errorf("natsbus: subscribe to %s: %w", subject, err)
	}
	k.subs[subject] = sub
	return nil
}

func (k *link) entered(subject string) bool {
	k.subsMu.Lock()
	defer k.subsMu.Unlock()
	return k.subs[subject] != nil
}

// leave unsubscribes.
func (k *link) leave(subject string) error {
	k.subsMu.Lock()
	defer k.subsMu.Unlock()
	sub := k.subs[subject]
	if sub == nil || k.closed {
		return nil
	}
	delete(k.subs, subject)
	if err := sub.Unsubscribe(); err != nil {
		return fmt.Errorf("natsbus: unsubscribe: %w", err)
	}
	return nil
}

// follow subscribes, and waits until NATS has confirmed it.
func (k *link) follow(ctx context.Context, subjects []string) error {
	before := k.conn.LastError()
	for _, subject := range subjects {
		if err := k.enter(k.in, subject); err != nil {
			return err
		}
	}
	if err := k.flush(ctx); err != nil {
		return err
	}
	err := k.conn.LastError()
	refused := err != before && errors.Is(err, nats.ErrPermissionViolation) && k.entered(subjectOf(err))
	if refused || errors.Is(err, nats.ErrMaxSubscriptionsExceeded) {
		return fmt.Errorf("natsbus: subscribe: %w", err)
	}
	return nil
}

// Follow implements cluster.Link.
func (k *link) Follow(ctx context.Context, enter, leave []cluster.Need) error {
	for _, need := range leave {
		if err := k.leave(k.heard(need.Namespace, need.Room)); err != nil {
			return err
		}
	}
	if enter == nil {
		return nil
	}
	var subjects []string
	for _, need := range enter {
		subjects = append(subjects, k.heard(need.Namespace, need.Room))
	}
	return k.follow(ctx, subjects)
}

// flush waits until NATS has taken all that was said.
func (k *link) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if err := k.conn.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("natsbus: wait for NATS: %w", err)
	}
	if k.conn.Stats().Reconnects != k.times {
		return errBroke // it has connected again by itself
	}
	return nil
}

// watch ends the session with the connection.
func (k *link) watch(ctx context.Context) {
	select {
	case <-k.state:
		if err := k.connected(); err != nil {
			k.Fail(err)
		} else {
			k.Fail(errBroke)
		}
	case <-ctx.Done():
	}
}

// read takes what comes, until the session ends. It never waits: the client of NATS would drop what
// comes meanwhile.
func (k *link) read(ctx context.Context) {
	own := append([]byte{version}, k.bus.Run()...)
	var held []*nats.Msg // for what was missed
	for caught := k.caught; ; {
		full := len(k.in) == cap(k.in) || len(held) == mostWaiting
		room := true
		select {
		case m := <-k.in:
			if caught != nil && !k.beats(m) {
				held = append(held, m)
			} else {
				room = k.take(m, own)
			}
		case <-caught:
			for _, m := range held {
				room = k.take(m, own)
			}
			caught, held = nil, nil
		case <-ctx.Done():
			// What had come is behind no gap.
			for caught == nil && len(k.in) > 0 && k.take(<-k.in, own) {
			}
			return
		}
		if full || !room {
			k.Fail(errSlow)
			return
		}
	}
}

// take reports whether there is room for more.
func (k *link) take(m *nats.Msg, own []byte) bool {
	asked := m.Reply != "" && len(m.Data) == 0 // whether anybody is there
	if asked {
		return true
	}
	a := cluster.Arrival{Channel: m.Subject, Payload: m.Data}
	if n := sequenceOf(m); n > 0 && k.log != nil {
		if n <= k.log.at.n {
			return true // it came by two subscriptions, one behind the other, or was read
		}
		k.log.at.n = n
		a.Value = n
	} else if bytes.HasPrefix(m.Data, own) {
		return true
	}
	return k.Take(a)
}

// Close implements cluster.Link.
func (k *link) Close() {
	k.conn.RemoveStatusListener(k.state)
	if k.stream != nil {
		k.stream.js.CleanupPublisher()
	}
	k.log.giveBack(always)
	k.subsMu.Lock()
	defer k.subsMu.Unlock()
	k.closed = true
	for _, sub := range k.subs {
		_ = sub.Unsubscribe() // fails when the connection is closed
	}
}
