// Package emitter speaks to the sockets and servers of a cluster from a program that serves nobody:
// a job, a hook, another language's neighbour. The packages of the buses make an Emitter
// (redisbus.NewEmitter and its kin), which servers of Node understand where those of the bus do.
package emitter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/madang-chat/madang/socketio"
)

// An Emitter aims at sockets of a namespace. It is immutable: methods return new ones, and any
// goroutine may call them. When a method that sends returns nil the broker has the message, also
// when no server is there.
type Emitter struct {
	send      func(*socketio.BusMessage) error
	namespace string
	message   socketio.BusMessage // of its targets and flags
	narrowed  bool                // To was called
}

// New is for buses: it aims at all sockets of the namespace "/". Send encodes and sends a message,
// from any goroutine; its errors are returned as they are.
func New(send func(*socketio.BusMessage) error) Emitter {
	return Emitter{send: send, namespace: "/"}
}

// Of aims at all sockets of a namespace.
func (e Emitter) Of(namespace string) Emitter {
	if !strings.HasPrefix(namespace, "/") {
		namespace = "/" + namespace
	}
	return Emitter{send: e.send, namespace: namespace}
}

// To aims at the sockets of more rooms. Without any room nobody is aimed at.
func (e Emitter) To(rooms ...string) Emitter {
	e.message.Rooms = append(slices.Clip(e.message.Rooms), rooms...)
	e.narrowed = true
	return e
}

// Except leaves out the sockets of rooms; an id is a room too.
func (e Emitter) Except(rooms ...string) Emitter {
	e.message.Except = append(slices.Clip(e.message.Except), rooms...)
	return e
}

// Volatile is socketio.Target.Volatile.
func (e Emitter) Volatile() Emitter { return e.Latest("") }

// Latest is socketio.Target.Latest; for servers of Node it is Volatile.
func (e Emitter) Latest(key string) Emitter {
	e.message.Latest, e.message.Slot = true, key
	return e
}

// Uncompressed keeps the message from being compressed.
func (e Emitter) Uncompressed() Emitter {
	e.message.NoCompress = true
	return e
}

// Emit sends an event.
func (e Emitter) Emit(name string, args ...any) error {
	a, err := socketio.ArgsOf(args...)
	if err != nil {
		return fmt.Errorf("emitter: event %q: %w", name, err)
	}
	return e.emit(name, a)
}

// EmitEvent implements socketio.Emitter, so that descriptors can be emitted.
func (e Emitter) EmitEvent(o socketio.Outgoing) error {
	a, err := o.Args()
	if err != nil {
		return err
	}
	return e.emit(o.Name(), a)
}

// reserved are the names that Socket.IO uses itself.
var reserved = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

func (e Emitter) emit(name string, a socketio.Args) error {
	if name == "" || slices.Contains(reserved, name) {
		return fmt.Errorf("emitter: event %q: %w", name, socketio.ErrReserved)
	}
	m := e.message
	m.Kind, m.Event, m.Args = socketio.BusEmit, name, a
	return e.to(&m)
}

// SocketsJoin is socketio.Target.SocketsJoin.
func (e Emitter) SocketsJoin(rooms ...string) error {
	return e.to(&socketio.BusMessage{Kind: socketio.BusJoin, Change: rooms})
}

// SocketsLeave is socketio.Target.SocketsLeave.
func (e Emitter) SocketsLeave(rooms ...string) error {
	return e.to(&socketio.BusMessage{Kind: socketio.BusLeave, Change: rooms})
}

// DisconnectSockets is socketio.Target.DisconnectSockets.
func (e Emitter) DisconnectSockets() error {
	return e.to(&socketio.BusMessage{Kind: socketio.BusDisconnect})
}

// CloseConnections is socketio.Target.CloseConnections.
func (e Emitter) CloseConnections() error {
	return e.to(&socketio.BusMessage{Kind: socketio.BusDisconnect, Whole: true})
}

// ServerSideEmit sends an event to OnServerEvent of all servers.
func (e Emitter) ServerSideEmit(name string, args ...any) error {
	a, err := socketio.ArgsOf(args...)
	if err == nil && name == "" {
		err = errors.New("it has no name")
	}
	if err != nil {
		return fmt.Errorf("emitter: server event %q: %w", name, err)
	}
	e.narrowed = false
	return e.to(&socketio.BusMessage{Kind: socketio.BusServerEmit, Event: name, Args: a})
}

func (e Emitter) to(m *socketio.BusMessage) error {
	if e.narrowed && len(e.message.Rooms) == 0 {
		return nil
	}
	m.Namespace, m.Rooms, m.Except = e.namespace, e.message.Rooms, e.message.Except
	return e.send(m)
}
