package redisbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
)

// emitterName is what emitters call themselves.
const emitterName = "emitter"

// A Publisher is a client of Redis, or a pipeline, which sends when it is executed and has the
// errors then.
type Publisher interface {
	Publish(ctx context.Context, channel string, message any) *redis.IntCmd
}

// An Emitter speaks to the sockets and servers of a cluster from a program that serves nobody, as
// @socket.io/redis-emitter does; those of Node are reached, too. It is immutable: methods return
// new ones, and any goroutine may call them. What it sends is sent when a method returns nil, also
// when no server is there.
type Emitter struct {
	redis     Publisher
	channels  channels
	namespace string
	message   socketio.BusMessage // of its targets and flags
	narrowed  bool                // To was called
}

// NewEmitter aims at all sockets of the namespace "/". Of Options only Key counts.
func NewEmitter(p Publisher, o Options) Emitter {
	if o.Key == "" {
		o.Key = defaultKey
	}
	return Emitter{redis: p, channels: channels{o.Key}, namespace: "/"}
}

// Of aims at all sockets of a namespace.
func (e Emitter) Of(namespace string) Emitter {
	if !strings.HasPrefix(namespace, "/") {
		namespace = "/" + namespace
	}
	return Emitter{redis: e.redis, channels: e.channels, namespace: namespace}
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
		return fmt.Errorf("redisbus: event %q: %w", name, err)
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
		return fmt.Errorf("redisbus: event %q: %w", name, socketio.ErrReserved)
	}
	m := e.message
	m.Kind, m.Event, m.Args = socketio.BusEmit, name, a
	return e.send(&m)
}

// SocketsJoin is socketio.Target.SocketsJoin.
func (e Emitter) SocketsJoin(rooms ...string) error {
	return e.send(&socketio.BusMessage{Kind: socketio.BusJoin, Change: rooms})
}

// SocketsLeave is socketio.Target.SocketsLeave.
func (e Emitter) SocketsLeave(rooms ...string) error {
	return e.send(&socketio.BusMessage{Kind: socketio.BusLeave, Change: rooms})
}

// DisconnectSockets is socketio.Target.DisconnectSockets.
func (e Emitter) DisconnectSockets() error {
	return e.send(&socketio.BusMessage{Kind: socketio.BusDisconnect})
}

// CloseConnections is socketio.Target.CloseConnections.
func (e Emitter) CloseConnections() error {
	return e.send(&socketio.BusMessage{Kind: socketio.BusDisconnect, Whole: true})
}

// ServerSideEmit sends an event to OnServerEvent of all servers.
func (e Emitter) ServerSideEmit(name string, args ...any) error {
	a, err := socketio.ArgsOf(args...)
	if err == nil && name == "" {
		err = errors.New("it has no name")
	}
	if err != nil {
		return fmt.Errorf("redisbus: server event %q: %w", name, err)
	}
	e.narrowed = false
	return e.send(&socketio.BusMessage{Kind: socketio.BusServerEmit, Event: name, Args: a})
}

func (e Emitter) send(m *socketio.BusMessage) error {
	if e.narrowed && len(e.message.Rooms) == 0 {
		return nil
	}
	m.Namespace, m.Rooms, m.Except = e.namespace, e.message.Rooms, e.message.Except
	channel, encode := e.channels.request(m.Namespace), encodeRequest
	if m.Kind == socketio.BusEmit {
		channel, encode = e.channels.event(m.Namespace, m.Rooms), encodeEvent
	}
	payload, err := encode(m, emitterName)
	if err == nil {
		err = e.redis.Publish(context.Background(), channel, payload).Err()
	}
	if err != nil {
		return fmt.Errorf("redisbus: emit: %w", err)
	}
	return nil
}
