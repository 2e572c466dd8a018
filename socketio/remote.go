package socketio

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/madang-chat/madang/engineio"
)

// SocketInfo is what FetchSockets tells of a socket. Its ID is a room, too.
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

// CountLocalSockets counts the sockets of this server.
func (t Target) CountLocalSockets() (count int) {
	for _, n := range t.namespaces() {
		if t.alone {
			return 1
		}
		n.receivers(t, func(*Socket) { count++ })
	}
	return count
}

// CountSockets counts in the whole cluster, and waits as FetchSockets does.
func (t Target) CountSockets(ctx context.Context) (count int, err error) {
	ctx, cancel := t.server().answerTime(ctx)
	defer cancel()
	answers, err := t.askServers(ctx, BusMessage{Kind: BusLen}, BusCount)
	for _, m := range answers {
		count = sum(count, m.Count)
	}
	return sum(count, t.CountLocalSockets()), err
}

// sum adds what a server told, which may be any number.
func sum(a, b int) int { return a + min(max(b, 0), math.MaxInt-a) }

// FetchSockets lists the sockets. It waits for other servers until ctx ends, or
// Options.AnswerTimeout: a *MissingServersError tells whose are missing.
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
				// This bus carries none.
				i.Handshake = &Handshake{Handshake: new(engineio.Handshake)}
			}
			all = append(all, i)
		}
	}
	return all, err
}

// SocketsJoin is Socket.Join for each. Other servers log what they can't do.
func (t Target) SocketsJoin(rooms ...string) error {
	var full error
	left := 0
	err := t.each(&BusMessage{Kind: BusJoin, Change: slices.Clone(rooms)}, func(s *Socket) {
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

// SocketsLeave is Socket.Leave for each.
func (t Target) SocketsLeave(rooms ...string) error {
	return t.each(&BusMessage{Kind: BusLeave, Change: slices.Clone(rooms)}, func(s *Socket) { s.Leave(rooms...) })
}

// DisconnectSockets is Socket.Disconnect for each.
func (t Target) DisconnectSockets() error {
	return t.each(&BusMessage{Kind: BusDisconnect}, (*Socket).Disconnect)
}

// CloseConnections is Socket.CloseConnection for each.
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
