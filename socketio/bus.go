package socketio

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
)

// A Bus connects the servers of a cluster: what is done to a Target happens on all of them. Without one a server is alone. It carries
// what the adapters of the official server carry.
type Bus interface {
	// Start begins the delivery of what other servers publish, those of one server in order and one at a time. It is called once.
	// Receive doesn't block and may be called from any goroutine; the message belongs to it. The server calls stop when it is closed: for the
	// others it is no longer there then. Handlers that Close didn't wait for may still publish; that may fail.
	Start(receive func(*BusMessage)) (stop func())
	// Publish sends m to all other servers, in the order of the calls, without waiting for them. A panic counts as an
	// error.
	Publish(m *BusMessage) error
	// Others is how many other servers there are: as many will answer a request.
	Others() int
}

// A BusMessage is what one server tells the others. Which fields are used depends on the kind. What encoding/json makes of it can be
// read back, with Args, attachments, handshakes and the values of Keys.
type BusMessage struct {
	Kind      BusKind
	Namespace string
	Request   string // 16 hexadecimal digits that belong together with the answers; empty when none is wanted

	// The sockets that are meant: those of Rooms, or all without any, but not those of Except.
	Rooms, Except      []string
	Latest, NoCompress bool   // of the event
	Slot               string // the key of Latest

	Event   string        // of BusEmit, BusServerEmit
	Args    Args          // of them, and the answer in BusAck, BusServerAnswer
	Timeout time.Duration // how long the asker will wait; 0: not told
	Change  []string      // the rooms of BusJoin, BusLeave
	Whole   bool          // of BusDisconnect: the connection too
	Count   int           // of BusCount
	Sockets []SocketInfo  // of BusSockets
	Failure string        // the answer is this error
}

// BusKind is what a BusMessage is about.
type BusKind uint8

const (
	BusEmit         BusKind = iota + 1 // an event; with Request it wants BusCount and then as many BusAck
	BusJoin                            // enter rooms
	BusLeave                           // leave rooms
	BusDisconnect                      // end the sockets
	BusFetch                           // list the sockets: wants BusSockets
	BusSockets                         // an answer
	BusServerEmit                      // an event for the servers themselves; with Request it wants BusServerAnswer
	BusServerAnswer                    // an answer
	BusCount                           // how many sockets of this server are asked, or meant by BusLen
	BusAck                             // what one of them answered
	BusLen                             // count the sockets: wants BusCount
)

// remotePatience is how long a server waits for its clients when the asker of another one told no time.
const remotePatience = time.Minute

func newRequest() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// request registers for the answers to a new request. The function that it returns ends that.
func (s *Server) request(deliver func(*BusMessage)) (id string, end func()) {
	id = newRequest()
	s.requests.Store(id, deliver)
	return id, func() { s.requests.Delete(id) }
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
	m.Namespace, m.Rooms, m.Except = n.name, t.rooms, t.except
	m.NoCompress, m.Latest, m.Slot = t.flags&engineio.NoCompress != 0, t.latest, t.slot
	if t.from != nil {
		m.Except = with(t.except, t.from.id)
	}
	if err := n.server.opts.Bus.Publish(m); err != nil {
		return fmt.Errorf("%w: %w", errPublish, err)
	}
	return nil
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
	switch m.Kind {
	case BusSockets, BusServerAnswer, BusCount, BusAck:
		if deliver, ok := s.requests.Load(m.Request); ok {
			deliver.(func(*BusMessage))(m)
		}
		return
	}
	s.mu.RLock()
	n := s.namespaces[m.Namespace]
	s.mu.RUnlock()
	if n == nil {
		s.absent(m)
		return
	}
	t := m.target(n)
	var err error
	switch m.Kind {
	case BusEmit:
		if m.Request != "" {
			n.answerSurvey(t, m)
			return
		}
		err = t.EmitEvent(m.outgoing())
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
		go n.answerServer(m)
	}
	if err != nil {
		s.failed(s.ctx, "message of another server", err, "kind", m.Kind, "namespace", n.name)
	}
}

// absent answers for a namespace that doesn't exist here: whoever asks waits for every server.
func (s *Server) absent(m *BusMessage) {
	n := &Namespace{name: m.Namespace, server: s}
	switch {
	case m.Request == "":
	case m.Kind == BusEmit, m.Kind == BusLen:
		n.answered(n.reply(m, &BusMessage{Kind: BusCount}))
	case m.Kind == BusFetch:
		n.answered(n.reply(m, &BusMessage{Kind: BusSockets}))
	case m.Kind == BusServerEmit:
		n.answered(n.reply(m, &BusMessage{Kind: BusServerAnswer, Failure: ErrNoHandler.Error()}))
	}
}

func (n *Namespace) reply(to, m *BusMessage) error {
	m.Namespace, m.Request = n.name, to.Request
	return n.server.opts.Bus.Publish(m)
}

// answered logs when an answer couldn't be sent: the asker's patience ends by itself.
func (n *Namespace) answered(err error) {
	if err != nil {
		n.server.failed(n.server.ctx, "answer another server", err, "namespace", n.name)
	}
}

// patience bounds what is done for another server.
func (s *Server) patience(m *BusMessage) (context.Context, context.CancelFunc) {
	if m.Timeout <= 0 {
		m.Timeout = remotePatience
	}
	return context.WithTimeout(s.ctx, m.Timeout)
}

// answerTime gives a wait for other servers an end, if ctx has none.
func (s *Server) answerTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ends := ctx.Deadline(); ends || s.opts.Bus == nil || s.opts.AnswerTimeout < 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(calm.Context(ctx), s.opts.AnswerTimeout) // a goroutine of package context may ask ctx
}

func missingServers(missing, of int, why error) error {
	return fmt.Errorf("socketio: %d of %d servers didn't answer: %w", missing, of, why)
}

// timeout is what a request tells of the patience of ctx.
func timeout(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(time.Until(deadline), 1)
	}
	return 0
}

// askOthers puts a survey to the other servers too.
func (v *survey) askOthers(ctx context.Context, n *Namespace, t Target, o Outgoing) error {
	if !n.beyond(t) {
		return nil
	}
	args, err := o.Args()
	if err != nil {
		return err
	}
	request, end := n.server.request(func(m *BusMessage) {
		if m.Kind == BusCount {
			v.box.put(told{kind: toldCount, count: m.Count})
			return
		}
		v.box.put(told{kind: toldRemote, answer: answer{m.Args, m.failure()}})
	})
	v.close = append(v.close, end)
	others := n.server.opts.Bus.Others()
	v.servers, v.others = v.servers+others, v.others+others
	v.patience(ctx, n.server.opts.AnswerTimeout)
	return n.publish(t, &BusMessage{Kind: BusEmit, Request: request, Event: o.Name(), Args: args, Timeout: timeout(ctx)})
}

// answerSurvey asks the sockets of this server for another one, at once, so that what it did later can't come before the question. The
// answers are waited for elsewhere.
func (n *Namespace) answerSurvey(t Target, m *BusMessage) {
	ctx, cancel := n.server.patience(m)
	v := newSurvey()
	if err := v.ask(ctx, n, t, m.outgoing()); err != nil {
		n.answered(err)
	}
	n.answered(n.reply(m, &BusMessage{Kind: BusCount, Count: len(v.waits)}))
	go func() {
		defer cancel()
		defer v.end()
		v.collect(ctx, func(_ string, r Reply[Args]) bool {
			// The asker knows itself who is missing when its time is over.
			if ctx.Err() == nil {
				n.answered(n.reply(m, &BusMessage{Kind: BusAck, Args: r.Value, Failure: failure(r.Err)}))
			}
			return true
		})
	}()
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
