package socketio

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/madang-chat/madang/engineio"
)

// SocketInfo is what FetchSockets tells of a socket, as it was at that moment. To do something with the socket, aim at its
// id: ns.To(info.ID). From another process the values in Data come as Args that hold their JSON; those that have none stay at home.
// A Bus reads them while the sockets go on: set a new value rather than change what a pointer points to.
type SocketInfo struct {
	ID        string
	Rooms     []string       // beginning with the id
	Handshake *Handshake     `json:"-"`
	Data      map[string]any // the values of its Keys by their names; Key.In reads them
}

// In is Get for what FetchSockets returned.
func (k Key[T]) In(i SocketInfo) (v T, ok bool) {
	data := i.Data[k.id.name]
	if a, remote := data.(Args); remote {
		if planFor(reflect.TypeFor[T]()).decode(a, &v) != nil {
			var zero T
			return zero, false
		}
		return v, true
	}
	v, ok = data.(T)
	return v, ok
}

func (s *Socket) info() SocketInfo {
	return SocketInfo{ID: s.id, Rooms: s.Rooms(), Handshake: s.Handshake(), Data: s.data()}
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

// CountLocalSockets is how many sockets of this server t aims at.
func (t Target) CountLocalSockets() (count int) {
	for _, n := range t.namespaces() {
		if t.alone {
			return 1
		}
		n.receivers(t, func(*Socket) { count++ })
	}
	return count
}

// CountSockets is how many sockets t aims at, on all servers of the cluster. With a Bus it waits for the other servers until ctx ends, or for
// Options.AnswerTimeout when ctx has no deadline; a *MissingServersError tells who is missing in the sum then. Unlike
// FetchSockets it lets them send a number each.
func (t Target) CountSockets(ctx context.Context) (count int, err error) {
	ctx, cancel := t.server().answerTime(ctx)
	defer cancel()
	answers, err := t.askServers(ctx, BusMessage{Kind: BusLen}, BusCount)
	for _, m := range answers {
		count += max(m.Count, 0)
	}
	return count + t.CountLocalSockets(), err
}

// FetchSockets lists the sockets that t aims at. With a Bus it waits for the other servers until ctx ends, or for
// Options.AnswerTimeout when ctx has no deadline; a *MissingServersError tells who is missing in the list then.
func (t Target) FetchSockets(ctx context.Context) (all []SocketInfo, err error) {
	ctx, cancel := t.server().answerTime(ctx)
	defer cancel()
	answers, err := t.askServers(ctx, BusMessage{Kind: BusFetch}, BusSockets)
	for _, n := range t.namespaces() {
		all = append(all, n.infos(t)...)
	}
	for _, m := range answers {
		for _, i := range m.Sockets {
			if i.Handshake == nil || i.Handshake.Handshake == nil {
				i.Handshake = &Handshake{Handshake: new(engineio.Handshake)} // a bus that carries none
			}
			all = append(all, i)
		}
	}
	return all, err
}

// SocketsJoin makes the sockets that t aims at enter rooms. It fails when a Bus does, and with ErrTooManyRooms when
// sockets of this process can't enter them; the others of this process have joined then. Other servers log what they
// can't do.
func (t Target) SocketsJoin(rooms ...string) error {
	var full error
	left := 0
	err := t.each(&BusMessage{Kind: BusJoin, Change: rooms}, func(s *Socket) {
		if e := s.Join(rooms...); e != nil && e != ErrClosed { // that one has left
			full = e
			left++
		}
	})
	if full != nil {
		err = errors.Join(err, fmt.Errorf("socketio: %d sockets didn't join: %w", left, full))
	}
	return err
}

// SocketsLeave makes them leave rooms.
func (t Target) SocketsLeave(rooms ...string) error {
	return t.each(&BusMessage{Kind: BusLeave, Change: rooms}, func(s *Socket) { s.Leave(rooms...) })
}

// DisconnectSockets is Socket.Disconnect for all that t aims at. What was emitted to them before arrives.
func (t Target) DisconnectSockets() error {
	return t.each(&BusMessage{Kind: BusDisconnect}, (*Socket).Disconnect)
}

// CloseConnections is Socket.CloseConnection for all that t aims at.
func (t Target) CloseConnections() error {
	return t.each(&BusMessage{Kind: BusDisconnect, Whole: true}, (*Socket).CloseConnection)
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
