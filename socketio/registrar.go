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

// Next is the rest of the chain. What it returns is the ack; None is empty.
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

// A Registrar keeps what to do with sockets and events; a nil function panics.
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

// Use adds middleware. Its error refuses the socket: connect_error.
func (r *Registrar) Use(fn func(ctx context.Context, s *Socket) error) {
	require("Use", fn != nil)
	r.change(func(t *table) { t.use = with(t.use, fn) })
}

// OnConnect adds a function that runs before any event. An error disconnects.
func (r *Registrar) OnConnect(fn func(ctx context.Context, s *Socket) error) {
	require("OnConnect", fn != nil)
	r.change(func(t *table) { t.connect = with(t.connect, fn) })
}

// OnDisconnect adds a function that runs once, after the socket's last event.
func (r *Registrar) OnDisconnect(fn func(s *Socket, why Reason)) {
	require("OnDisconnect", fn != nil)
	r.change(func(t *table) { t.disconnect = with(t.disconnect, fn) })
}

// OnAny adds a function that sees every event that comes, before its handler.
func (r *Registrar) OnAny(fn func(ctx context.Context, s *Socket, in Incoming)) {
	require("OnAny", fn != nil)
	r.change(func(t *table) { t.any = with(t.any, fn) })
}

// OnAnyOutgoing adds a function that sees each event that is emitted, once.
func (r *Registrar) OnAnyOutgoing(fn func(o Outgoing)) {
	require("OnAnyOutgoing", fn != nil)
	r.change(func(t *table) { t.outgoing = with(t.outgoing, fn) })
}

// Intercept wraps the handling of every event; the first one is outermost.
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

// A Gateway is a struct of handlers. Events registers them, for Mount.
type Gateway interface{ Events(*Registrar) }

// A Registry is a Namespace, a Parent or a Registrar.
type Registry interface {
	registrar() *Registrar
}

// A chain is the tables of a namespace and of its parent with the interceptors of both around the
// handler.
type chain struct {
	parent, own *table
	run         Next // nil without interceptors
}

// chain returns the current one, made again only when a registration came in between.
func (n *Namespace) chain() *chain {
	parent, own := n.tables()
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

// wrapped puts an interceptor around a chain. If it panics, each event of that chain fails with the
// panic.
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

// tables are those of the namespace's parent, empty without one, and its own.
func (n *Namespace) tables() (parent, own *table) {
	if n.parent == nil {
		return emptyTable, n.table()
	}
	return n.parent.table(), n.table()
}

// concurrent reports whether the handler of an event is. It calls nothing of the application, which
// chain may do.
func (n *Namespace) concurrent(event []byte) bool {
	parent, own := n.tables()
	if !own.concurrent && !parent.concurrent {
		return false
	}
	h := handlerIn(parent, own, event)
	return h != nil && h.concurrent
}

// handlerIn finds the handler of an event; its own goes before its parent's.
func handlerIn(parent, own *table, name []byte) *handler {
	if h := own.events[string(name)]; h != nil {
		return h
	}
	return parent.events[string(name)]
}

func (c *chain) handler(name []byte) *handler { return handlerIn(c.parent, c.own, name) }

// handle is the innermost Next.
func handle(ctx context.Context, s *Socket, in Incoming) (any, error) {
	if in.handler == nil {
		return nil, ErrNoHandler
	}
	reply, err := in.handler.run(ctx, s, in.Args)
	return reply, given(err)
}
