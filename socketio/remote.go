package socketio

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// SocketInfo is what FetchSockets tells of a socket, as it was at that moment. To do something with the socket, aim at its
// id: ns.To(info.ID).
type SocketInfo struct {
	ID        string
	Rooms     []string // beginning with the id
	Handshake *Handshake
	Data      map[string]any // the values of its Keys by their names
}

// In is Get for what FetchSockets returned.
func (k Key[T]) In(i SocketInfo) (v T, ok bool) {
	switch data := i.Data[k.id.name].(type) {
	case T:
		return data, true
	case Args: // it came from another server
		return v, data.Decode(0, &v) == nil
	}
	return v, false
}

func (s *Socket) info() SocketInfo {
	i := SocketInfo{ID: s.id, Rooms: s.Rooms(), Handshake: s.Handshake(), Data: make(map[string]any)}
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.extra != nil {
		for _, e := range s.extra.values {
			i.Data[e.key.name] = e.value
		}
	}
	return i
}

// list returns the connected sockets of this process that t aims at.
func (n *Namespace) list(t Target) (list []*Socket) {
	if t.alone {
		return []*Socket{t.from}
	}
	n.receivers(t, func(s *Socket) { list = append(list, s) })
	return list
}

func (n *Namespace) infos(t Target) []SocketInfo {
	list := n.list(t)
	infos := make([]SocketInfo, len(list))
	for i, s := range list {
		infos[i] = s.info()
	}
	return infos
}

// Len is how many sockets of this process t aims at.
func (t Target) Len() (count int) {
	for _, n := range t.namespaces() {
		if t.alone {
			return 1
		}
		n.receivers(t, func(*Socket) { count++ })
	}
	return count
}

// FetchSockets lists the sockets that t aims at. With a Bus it waits for the other servers until ctx ends, which it should; the
// error tells how many are missing in the list then.
func (t Target) FetchSockets(ctx context.Context) (all []SocketInfo, err error) {
	for _, n := range t.namespaces() {
		answers, missing := n.askServers(ctx, t, &BusMessage{Kind: BusFetch})
		all = append(all, n.infos(t)...)
		for _, m := range answers {
			all = append(all, m.Sockets...)
		}
		err = errors.Join(err, missing)
	}
	return all, err
}

// askServers puts a request to the other servers and returns the answers that come before ctx ends.
func (n *Namespace) askServers(ctx context.Context, t Target, m *BusMessage) (answers []*BusMessage, err error) {
	if !n.beyond(t) {
		return nil, nil
	}
	others := n.server.opts.Bus.Others()
	came := make(chan *BusMessage, others)
	var end func()
	m.Request, end = n.server.request(func(m *BusMessage) {
		select {
		case came <- m:
		default: // a server that came later than the question
		}
	})
	defer end()
	m.Timeout = timeout(ctx)
	if err := n.publish(t, m); err != nil {
		return nil, err
	}
	for len(answers) < others {
		select {
		case m := <-came:
			answers = append(answers, m)
		case <-ctx.Done():
			return answers, fmt.Errorf("socketio: %d of %d servers didn't answer: %w", others-len(answers), others, ctx.Err())
		}
	}
	return answers, nil
}

// SocketsJoin makes the sockets that t aims at enter rooms. It fails only when a Bus does; the sockets of this process have
// joined then.
func (t Target) SocketsJoin(rooms ...string) error {
	return t.each(&BusMessage{Kind: BusJoin, Change: rooms}, func(s *Socket) {
		_ = s.Join(rooms...) // fails when the socket has left
	})
}

// SocketsLeave makes them leave rooms.
func (t Target) SocketsLeave(rooms ...string) error {
	return t.each(&BusMessage{Kind: BusLeave, Change: rooms}, func(s *Socket) { s.Leave(rooms...) })
}

// DisconnectSockets is Socket.Disconnect for all that t aims at. What was emitted to them before arrives.
func (t Target) DisconnectSockets(whole bool) error {
	return t.each(&BusMessage{Kind: BusDisconnect, Whole: whole}, func(s *Socket) { s.Disconnect(whole) })
}

func (t Target) each(m *BusMessage, f func(*Socket)) (err error) {
	for _, n := range t.namespaces() {
		copied := *m
		err = errors.Join(err, n.publish(t, &copied))
		for _, s := range n.list(t) {
			f(s)
		}
	}
	return err
}

// FetchSockets lists all sockets; see Target.FetchSockets.
func (n *Namespace) FetchSockets(ctx context.Context) ([]SocketInfo, error) {
	return Target{ns: n}.FetchSockets(ctx)
}

// SocketsJoin makes all sockets enter rooms; see Target.SocketsJoin.
func (n *Namespace) SocketsJoin(rooms ...string) error { return Target{ns: n}.SocketsJoin(rooms...) }

// SocketsLeave makes all sockets leave rooms.
func (n *Namespace) SocketsLeave(rooms ...string) error { return Target{ns: n}.SocketsLeave(rooms...) }

// DisconnectSockets disconnects all sockets; see Target.DisconnectSockets.
func (n *Namespace) DisconnectSockets(whole bool) error {
	return Target{ns: n}.DisconnectSockets(whole)
}

// Rooms lists the rooms of this process that have members, in alphabetical order, but not those of the ids.
func (n *Namespace) Rooms() []string {
	var names []string
	for i := range n.rooms {
		sh := &n.rooms[i]
		sh.mu.RLock()
		for name := range sh.byName {
			names = append(names, name)
		}
		sh.mu.RUnlock()
	}
	slices.Sort(names)
	return names
}
