package socketio

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
)

// Next handles one event: the rest of the chain, as an interceptor sees it. What it returns becomes the ack, if the client
// wants one: None for an ack without arguments, Args for several.
type Next func(ctx context.Context, s *Socket, in Incoming) (any, error)

type (
	middleware   = func(context.Context, *Socket) error
	onDisconnect = func(*Socket, Reason)
	onUpgrade    = func(*Socket)
	onAny        = func(context.Context, *Socket, Incoming)
	interceptor  = func(Next) Next
	onOutgoing   = func(Outgoing)
	onServer     = func(context.Context, Args) (any, error)
	errorForm    = func(context.Context, *Socket, error) any
)

// A Registrar keeps what is to be done with the sockets and events of a Namespace, or of all children of a Parent:
// both embed theirs. Registrations may come at any time and from any goroutine; a nil function panics.
type Registrar struct {
	mu      sync.Mutex            // one registration at a time
	current atomic.Pointer[table] // read without a lock, replaced by a registration
}

// A table is immutable.
type table struct {
	events     map[string]*handler
	concurrent bool // one of them is
	use        []middleware
	connect    []middleware
	disconnect []onDisconnect
	upgrade    []onUpgrade
	any        []onAny
	outgoing   []onOutgoing
	intercept  []interceptor
	room       []func(RoomEvent)
	server     map[string]onServer
	encode     errorForm // nil: that of the parent, or of the options
}

var emptyTable = new(table)

func (r *Registrar) table() *table {
	if t := r.current.Load(); t != nil {
		return t
	}
	return emptyTable
}

func (r *Registrar) change(f func(*table)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := *r.table()
	f(&t)
	r.current.Store(&t)
}

// with returns a longer copy: readers may hold the old slice.
func with[T any](list []T, v T) []T { return append(slices.Clip(list), v) }

// add registers a handler. A second one for an event panics.
func (r *Registrar) add(h *handler) {
	r.change(func(t *table) {
		if t.events[h.name] != nil {
			panic(fmt.Sprintf("socketio: two handlers for the event %q", h.name))
		}
		t.events = withKey(t.events, h.name, h)
		t.concurrent = t.concurrent || h.concurrent
	})
}

// withKey returns a copy with one more entry.
func withKey[V any](m map[string]V, key string, v V) map[string]V {
	m = maps.Clone(m)
	if m == nil {
		m = make(map[string]V)
	}
	m[key] = v
	return m
}

// Use adds a function that runs before a socket is connected, after those added before. An error refuses the
// connection: an *Error reaches the client as connect_error, anything else is logged and shown as "internal error".
// What it emits to the socket arrives before the connection. Ctx also ends when the client leaves.
func (r *Registrar) Use(fn func(ctx context.Context, s *Socket) error) {
	require("Use", fn != nil)
	r.change(func(t *table) { t.use = with(t.use, fn) })
}

// OnConnect adds a function that runs when a socket has been connected, before its first event. An error disconnects it.
func (r *Registrar) OnConnect(fn func(ctx context.Context, s *Socket) error) {
	require("OnConnect", fn != nil)
	r.change(func(t *table) { t.connect = with(t.connect, fn) })
}

// OnDisconnect adds a function that runs once for each socket that was connected, after its last event. The socket has left its
// rooms by then; Socket.Rooms still tells which they were.
func (r *Registrar) OnDisconnect(fn func(s *Socket, why Reason)) {
	require("OnDisconnect", fn != nil)
	r.change(func(t *table) { t.disconnect = with(t.disconnect, fn) })
}

// OnAny adds a function that sees every event, also those without a handler, before the event is handled.
func (r *Registrar) OnAny(fn func(ctx context.Context, s *Socket, in Incoming)) {
	require("OnAny", fn != nil)
	r.change(func(t *table) { t.any = with(t.any, fn) })
}

// OnAnyOutgoing adds a function that sees every event that is emitted or asked, once for all its receivers, before it is sent; acks
// aren't events. For an event to the children of a parent it is called for each of them, and on each server of a cluster for its own
// sockets. It may be called from many goroutines at a time, and it must not emit to where it listens. A panic in it is logged.
func (r *Registrar) OnAnyOutgoing(fn func(o Outgoing)) {
	require("OnAnyOutgoing", fn != nil)
	r.change(func(t *table) { t.outgoing = with(t.outgoing, fn) })
}

// Intercept wraps the handling of every event, as HTTP middleware wraps a handler. The one that was added first is outermost. For an event without
// a handler next returns ErrNoHandler. Fn is called now and then, to build the chain; when it panics, so does every event.
func (r *Registrar) Intercept(fn func(next Next) Next) {
	require("Intercept", fn != nil)
	r.change(func(t *table) { t.intercept = with(t.intercept, fn) })
}

// require panics where a mistake of the program would else show with the first client.
func require(what string, given bool) {
	if !given {
		panic("socketio: " + what + " of nil")
	}
}

// Mount registers the handlers of g.
func (r *Registrar) Mount(g Gateway) { g.Events(r) }

func (r *Registrar) registrar() *Registrar { return r }

// A Gateway is a struct of handlers. Events registers them:
//
//	func (g *Rooms) Events(r *socketio.Registrar) {
//		Send.Handle(r, g.send)
//		r.OnDisconnect(g.left)
//	}
type Gateway interface {
	Events(*Registrar)
}

// A Registry is where handlers are registered: a Namespace, a Parent or a Registrar.
type Registry interface {
	registrar() *Registrar
}

// A chain is the tables of a namespace and of its parent with the interceptors of both around the handler.
type chain struct {
	parent, own *table
	run         Next // nil without interceptors
}

// chain returns the current one, made again only when a registration came in between.
func (n *Namespace) chain() *chain {
	parent, own := emptyTable, n.table()
	if n.parent != nil {
		parent = n.parent.table()
	}
	c := n.chained.Load()
	if c == nil || c.parent != parent || c.own != own {
		c = &chain{parent: parent, own: own}
		if len(parent.intercept)+len(own.intercept) > 0 {
			c.run = handle
			for _, wrap := range slices.Backward(own.intercept) {
				c.run = wrapped(wrap, c.run)
			}
			for _, wrap := range slices.Backward(parent.intercept) {
				c.run = wrapped(wrap, c.run)
			}
		}
		n.chained.Store(c)
	}
	return c
}

// wrapped puts an interceptor around a chain. If it panics, each event of that chain fails with the panic.
func wrapped(wrap interceptor, next Next) (run Next) {
	defer func() {
		if p := recover(); p != nil {
			err := &PanicError{p, debug.Stack()}
			run = func(context.Context, *Socket, Incoming) (any, error) { return nil, err }
		}
	}()
	inner := wrap(next)
	if inner == nil {
		panic("socketio: an interceptor returned nil")
	}
	return func(ctx context.Context, s *Socket, in Incoming) (any, error) {
		reply, err := inner(ctx, s, in)
		return reply, given(err)
	}
}

// concurrent reports whether the handler of an event is. It calls nothing of the application, which
// chain may do.
func (n *Namespace) concurrent(event []byte) bool {
	parent, own := emptyTable, n.table()
	if n.parent != nil {
		parent = n.parent.table()
	}
	if !own.concurrent && !parent.concurrent {
		return false
	}
	h := own.events[string(event)]
	if h == nil {
		h = parent.events[string(event)]
	}
	return h != nil && h.concurrent
}

// handler finds the handler of an event; its own goes before its parent's.
func (c *chain) handler(name []byte) *handler {
	if h := c.own.events[string(name)]; h != nil {
		return h
	}
	return c.parent.events[string(name)]
}

// handle is the innermost Next.
func handle(ctx context.Context, s *Socket, in Incoming) (any, error) {
	if in.handler == nil {
		return nil, ErrNoHandler
	}
	reply, err := in.handler.run(ctx, s, in.Args)
	return reply, given(err)
}
