package socketio

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
)

// remotePatience is how long a server waits for its clients when the asker of another one told no
// time.
const remotePatience = time.Minute

// newName makes the name of a server or of a request.
func newName() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Name is Options.ServerName, or what was made in its place.
func (s *Server) Name() string { return s.opts.ServerName }

// Peers lists the names of the other servers of the cluster, sorted.
func (s *Server) Peers(ctx context.Context) ([]string, error) {
	if s.opts.Bus == nil {
		return nil, nil
	}
	ctx, cancel := s.answerTime(ctx)
	defer cancel()
	names, err := s.opts.Bus.Peers(calm.Context(ctx))
	if err != nil {
		return nil, fmt.Errorf("socketio: list the other servers: %w", err)
	}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == s.Name() })
	slices.Sort(names)
	return names, nil
}

// beyond reports whether t means other servers too.
func (n *Namespace) beyond(t Target) bool {
	return n.server.opts.Bus != nil && !t.local && !t.alone && (!t.narrowed || len(t.rooms) > 0)
}

var errPublish = errors.New("socketio: publish to other servers")

// publish sends to the other servers, if t means them.
func (n *Namespace) publish(t Target, m *BusMessage) error {
	if !n.beyond(t) {
		return nil
	}
	n.address(t, m)
	return published(n.server.opts.Bus.Publish(m))
}

func published(err error) error {
	if err != nil {
		return fmt.Errorf("%w: %w", errPublish, err)
	}
	return nil
}

// address writes onto a message whom it is for.
func (n *Namespace) address(t Target, m *BusMessage) {
	m.From, m.Namespace, m.Rooms, m.Except = n.server.Name(), n.name, t.rooms, t.except
	m.NoCompress, m.Latest, m.Slot = t.flags&engineio.NoCompress != 0, t.latest, t.slot
	if t.from != nil {
		m.Except = with(t.except, t.from.id)
	}
}

// target is what a message aims at in this process.
func (m *BusMessage) target(n *Namespace) Target {
	t := Target{ns: n, narrowed: len(m.Rooms) > 0, rooms: m.Rooms, except: m.Except, local: true, latest: m.Latest, slot: m.Slot}
	if m.NoCompress {
		t = t.Uncompressed()
	}
	return t
}

func (m *BusMessage) outgoing() Outgoing { return Outgoing{name: m.Event, args: []any{m.Args}} }

// receive does what another server says.
func (s *Server) receive(m *BusMessage) {
	own := m.From != "" && m.From == s.Name()
	if own && (m.Kind != BusEmit || m.Number == 0) || m.To != "" && m.To != s.Name() {
		return
	}
	switch m.Kind {
	case BusSockets, BusServerAnswer, BusCount, BusAck:
		if deliver, ok := s.requests.Load(m.Request); ok {
			deliver.(func(*BusMessage))(m)
		}
		return
	case BusTunnel:
		s.tunnels.receive(m)
		return
	case BusLeft:
		if m.From != "" {
			s.tunnels.left(m.From)
			s.requests.Range(func(_, deliver any) bool { deliver.(func(*BusMessage))(m); return true })
			s.surveys.Range(func(_, end any) bool { end.(func(string))(m.From); return true })
		}
		return
	case BusLost:
		s.observeBusLost(m)
		return
	case BusEmit, BusJoin, BusLeave, BusDisconnect, BusFetch, BusLen, BusServerEmit, BusClaim:
	default:
		s.adviseKind(m)
		return
	}
	if m.Request == "" && (m.Kind == BusFetch || m.Kind == BusLen || m.Kind == BusClaim) {
		return // nobody waits
	}
	s.mu.RLock()
	n := s.namespaces[m.Namespace]
	s.mu.RUnlock()
	if n == nil {
		s.absent(m)
		return
	}
	q := n.sequence
	switch {
	case own:
		q.back(m.Number, m.Offset)
		return
	case q != nil && m.Kind == BusEmit && m.Request == "":
		if err := q.come(m); err != nil {
			s.adviseMessage(m, err)
		}
		return
	}
	q.settle()
	t := m.target(n)
	var err error
	switch m.Kind {
	case BusClaim:
		n.answerClaim(m)
	case BusEmit:
		if m.Request != "" {
			n.answerSurvey(t, m)
			return
		}
		if err := t.EmitEvent(m.outgoing()); err != nil {
			s.adviseMessage(m, err)
		}
	case BusJoin:
		err = t.SocketsJoin(m.Change...)
	case BusLeave:
		err = t.SocketsLeave(m.Change...)
	case BusDisconnect:
		if m.Whole {
			err = t.CloseConnections()
		} else {
			err = t.DisconnectSockets()
		}
	case BusFetch:
		err = n.reply(m, &BusMessage{Kind: BusSockets, Sockets: n.infos(t)})
	case BusLen:
		err = n.reply(m, &BusMessage{Kind: BusCount, Count: t.CountLocalSockets()})
	case BusServerEmit:
		if !s.work(func() { n.answerServer(m) }) {
			n.refuse(m, BusServerAnswer)
		}
	}
	if err != nil {
		s.failed(s.ctx, "message of another server", err, "kind", m.Kind, "namespace", n.name)
	}
}

// endRequests tells whoever waits for answers that none come any more.
func (s *Server) endRequests() {
	s.requests.Range(func(_, deliver any) bool { deliver.(func(*BusMessage))(nil); return true })
}

// absent answers for a namespace that doesn't exist here: whoever asks waits for every server.
func (s *Server) absent(m *BusMessage) {
	n := &Namespace{name: m.Namespace, server: s}
	switch {
	case m.Request == "":
	case m.Kind == BusEmit, m.Kind == BusLen, m.Kind == BusClaim:
		n.answered(n.reply(m, &BusMessage{Kind: BusCount}))
	case m.Kind == BusFetch:
		n.answered(n.reply(m, &BusMessage{Kind: BusSockets}))
	case m.Kind == BusServerEmit:
		n.answered(n.reply(m, &BusMessage{Kind: BusServerAnswer, Failure: ErrNoHandler.Error()}))
	}
}

func (n *Namespace) reply(to, m *BusMessage) error {
	m.From, m.To, m.Namespace, m.Request = n.server.Name(), to.From, n.name, to.Request
	return n.server.opts.Bus.Publish(m)
}

// answered logs when an answer couldn't be sent: the asker's patience ends by itself.
func (n *Namespace) answered(err error) {
	if err != nil {
		n.server.failed(n.server.ctx, "answer another server", err, "namespace", n.name)
	}
}

// work runs what another server wants in a goroutine that Shutdown waits for, or returns false when
// too many do.
func (s *Server) work(f func()) bool {
	if s.atWork.Add(1) > int64(s.opts.MaxServerRequests) {
		s.atWork.Add(-1)
		return false
	}
	s.workers.hold()
	go func() {
		defer s.workers.free()
		defer s.atWork.Add(-1)
		f()
	}()
	return true
}

// refuse answers what work didn't take.
func (n *Namespace) refuse(m *BusMessage, kind BusKind) {
	n.adviseServerRequests()
	if m.Request != "" {
		n.answered(n.reply(m, &BusMessage{Kind: kind, Failure: "too many requests of other servers are at work"}))
	}
}

// patience bounds what is done for another server: it ends with the handlers of this one, too.
func (s *Server) patience(m *BusMessage) (context.Context, context.CancelFunc) {
	if m.Timeout <= 0 {
		m.Timeout = remotePatience
	}
	return context.WithTimeout(s.working, m.Timeout)
}

// answerTime gives a wait for other servers an end, if ctx has none.
func (s *Server) answerTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ends := ctx.Deadline(); ends || s.opts.Bus == nil || s.opts.AnswerTimeout < 0 {
		return ctx, func() {}
	}
	// A goroutine of package context may call the methods of ctx.
	return context.WithTimeout(calm.Context(ctx), s.opts.AnswerTimeout)
}

// timeout is what a request tells of the patience of ctx.
func timeout(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(time.Until(deadline), 1)
	}
	return 0
}

func failure(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (m *BusMessage) failure() error {
	switch m.Failure {
	case "":
		return nil
	case ErrDisconnected.Error():
		return ErrDisconnected
	case ErrNoHandler.Error():
		return ErrNoHandler
	}
	return &Error{Code: CodeInternal, Message: m.Failure}
}

// failed is the failure of a server, with its name.
func (m *BusMessage) failed() error {
	err := m.failure()
	if err != nil && m.From != "" {
		err = fmt.Errorf("server %s: %w", m.From, err)
	}
	return err
}
