package socketio

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"sync/atomic"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
	"github.com/madang-chat/madang/internal/jsonx"
)

// idLength is the length of every id; adapters of the official server test for it.
const idLength = 20

// A Socket is one client in one namespace. It may be kept after its end.
type Socket struct {
	conn    *conn
	ns      *Namespace    // set before user code sees the socket
	id      string        // the same
	session *session      // the same, under conn.mu; nil without recovery
	auth    []byte        // JSON object, nil when the client sent none
	phase   atomic.Uint32 // written under conn.mu
	index   int32         // in ns.members; guarded by ns.mu
	gaps    int32         // nil seats; guarded by conn.mu
	places  int32         // taken for seats to come; guarded by conn.mu
	listed  bool          // in ns.members; guarded by conn.mu
	again   bool          // a second CONNECT came before the answer; guarded by conn.mu
	seats   []*seat       // as joined, with gaps; guarded by conn.mu until the end, then fixed
	inbox   inbox         // guarded by conn.mu
	extra   *extra        // guarded by conn.mu
}

// The phases of a socket.
const (
	connecting uint32 = iota // middleware runs
	joining                  // the answer to CONNECT is being queued
	joined
	ended
)

// extra holds what many sockets never need.
type extra struct {
	values  []entry                 // of Keys
	stored  map[string]Args         // of Keys that weren't asked for since another server had them
	seatOf  map[string]*seat        // by room; nil while there are few
	asks    map[uint64]func(answer) // by ack id
	context *child                  // somebody asked for its end
}

// extend needs conn.mu.
func (s *Socket) extend() *extra {
	if s.extra == nil {
		s.extra = new(extra)
	}
	return s.extra
}

func newID() string {
	var b [idLength / 4 * 3]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ID is the socket's id. Other clients may know it.
func (s *Socket) ID() string { return s.id }

func (s *Socket) String() string { return "socket " + s.id + " in " + s.ns.name }

// Namespace is where the socket is.
func (s *Socket) Namespace() *Namespace { return s.ns }

// Connected is true from the end of the middleware to the disconnect.
func (s *Socket) Connected() bool { return s.state() == joined }

// Transport is "polling" or "websocket"; polling may become websocket.
func (s *Socket) Transport() string { return s.conn.es.Transport() }

// Protocol is 4, or 3 for clients of Socket.IO 1 and 2.
func (s *Socket) Protocol() int { return s.conn.es.Protocol() }

// Handshake is the request that opened the connection, with the socket's auth.
func (s *Socket) Handshake() *Handshake { return &Handshake{s.conn.es.Handshake(), s.auth} }

// Auth decodes the client's auth into what v points to, as Args.Decode does.
func (s *Socket) Auth(v any) error { return decodeAuth(s.auth, v) }

// A Handshake is the request that opened a connection, and a socket's auth.
type Handshake struct {
	*engineio.Handshake
	auth []byte
}

// NewHandshake makes what a Bus was told of a socket; auth is JSON.
func NewHandshake(h *engineio.Handshake, auth []byte) *Handshake { return &Handshake{h, auth} }

// Auth is Socket.Auth.
func (h *Handshake) Auth(v any) error { return decodeAuth(h.auth, v) }

func decodeAuth(auth []byte, v any) error {
	if auth == nil {
		return nil
	}
	if err := jsonx.Decode(auth, v); err != nil {
		return misfit("auth", auth, nil, err)
	}
	return nil
}

func (s *Socket) state() uint32 { return s.phase.Load() }

// connected is Connected for broadcasts: a socket whose answer is being queued at this moment is
// waited for.
func (s *Socket) connected() bool {
	if s.state() == joining {
		s.conn.mu.Lock()
		defer s.conn.mu.Unlock()
	}
	return s.state() == joined
}

// Emit queues an event, and never blocks. Errors are ErrClosed and ErrSlow.
func (s *Socket) Emit(name string, args ...any) error {
	return s.EmitEvent(Outgoing{name: name, args: args})
}

func (s *Socket) EmitEvent(o Outgoing) error {
	return s.send(o, Target{ns: s.ns, from: s, alone: true})
}

// send is an emit to this socket alone, with what t says.
func (s *Socket) send(o Outgoing, t Target) error {
	if s.state() == ended {
		return ErrClosed
	}
	if s.ns.sequence == nil && s.ns.history == nil && !t.latest {
		return s.sendAlone(o, t.flags)
	}
	d, err := o.draft(s.ns, 0, false)
	if err != nil {
		return err
	}
	if q := s.ns.sequence; q != nil {
		return q.emit(t, o, d)
	}
	if h := s.ns.history; h != nil && s.Protocol() == 4 {
		failed := h.emit(t, d, func(m *engineio.Message) { err = s.queue(m, t) })
		return cmp.Or(o.failed(failed), err)
	}
	m, err := d.message("")
	if err != nil {
		return o.failed(err)
	}
	return s.queue(m, t)
}

// sendAlone is send of what nobody else gets and nobody keeps.
func (s *Socket) sendAlone(o Outgoing, f engineio.Flags) error {
	tmp := scratches.Get().(*scratch)
	defer scratches.Put(tmp)
	d, err := o.draftIn(tmp, s.ns, 0, false)
	if err != nil {
		return err
	}
	p, err := d.note()
	if err != nil {
		return o.failed(err)
	}
	return p.send(s.conn.es, f)
}

func (s *Socket) queue(m *engineio.Message, t Target) error {
	if t.latest {
		return s.conn.es.SendLatest(m, engineio.Slot{Owner: s, Key: t.slot}, t.flags)
	}
	return s.conn.es.Send(m, t.flags)
}

// Drain waits until all that was emitted has left for the network.
func (s *Socket) Drain(ctx context.Context) error {
	err := s.ns.sequence.drained(calm.Context(ctx))
	if err == nil {
		err = s.conn.es.Drain(ctx)
	}
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("socketio: drain: %d bytes unsent: %w", s.BufferedBytes(), err)
}

// BufferedBytes is how many bytes wait to be sent on the connection.
func (s *Socket) BufferedBytes() int { return s.conn.es.BufferedBytes() }

// Join enters rooms, all or none: the error is ErrTooManyRooms or ErrClosed.
func (s *Socket) Join(rooms ...string) error {
	if len(rooms) == 1 {
		return s.joinOne(rooms[0], false)
	}
	rooms, err := s.reserve(rooms)
	if err != nil {
		return err
	}
	for _, name := range rooms { // also behind an error: each gives its place back
		if e := s.joinOne(name, true); e != nil {
			err = e
		}
	}
	return err
}

// joinOne enters a room; placed says that a place is taken for it.
func (s *Socket) joinOne(room string, placed bool) error {
	h := s.ns.history
	if h == nil {
		if q := s.ns.sequence; q.waits() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.change(s, room)
		}
		return s.ns.rooms.join(s, room, 0, placed)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return s.ns.rooms.join(s, room, h.last.Load(), placed)
}

// Leave leaves rooms, but not the one of its own id.
func (s *Socket) Leave(rooms ...string) {
	if q := s.ns.sequence; q.waits() {
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, name := range rooms {
			q.change(s, name)
		}
	}
	for _, name := range rooms {
		s.ns.rooms.leave(s, name)
	}
}

// Rooms lists its rooms, its id first; after the end, those that it was in.
func (s *Socket) Rooms() []string {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	names := append(make([]string, 0, len(s.seats)+1), s.id)
	for _, st := range s.seats {
		if st != nil {
			names = append(names, st.room.name)
		}
	}
	return names
}

// To aims at the other sockets of rooms.
func (s *Socket) To(rooms ...string) Target { return s.Broadcast().To(rooms...) }

// Except aims at the other sockets of the namespace without some rooms or ids.
func (s *Socket) Except(rooms ...string) Target { return s.Broadcast().Except(rooms...) }

// Broadcast aims at all other sockets of the namespace.
func (s *Socket) Broadcast() Target { return Target{ns: s.ns, from: s} }

// Volatile is Target.Volatile for this socket, or with To for others.
func (s *Socket) Volatile() Target { return s.Latest("") }

// Latest is Target.Latest for this socket, or with To for others.
func (s *Socket) Latest(key string) Target {
	return Target{ns: s.ns, from: s, alone: true}.Latest(key)
}

// Uncompressed is Target.Uncompressed for this socket, or with To for others.
func (s *Socket) Uncompressed() Target {
	return Target{ns: s.ns, from: s, alone: true}.Uncompressed()
}

// CloseConnection ends the connection, with a Disconnect of all its sockets.
func (s *Socket) CloseConnection() { s.conn.disconnect() }

// Disconnect ends the socket behind what was emitted; waiting events are dropped. In middleware it
// does nothing: return an error.
func (s *Socket) Disconnect() { s.leaveNamespace(ReasonServerDisconnect) }
