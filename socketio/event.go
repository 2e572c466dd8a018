package socketio

import (
	"context"
	"fmt"
	"reflect"

	"github.com/madang-chat/madang/internal/jsonx"
)

// An Emitter is where events go: a Socket, a Namespace, a Target, or a client.
type Emitter interface{ EmitEvent(Outgoing) error }

// An Asker can be asked and answers: a Socket, or a client.
type Asker interface {
	AskEvent(context.Context, Outgoing) (Args, error)
}

// A Subscriber is a client. A reply is the value of the ack, None or Args.
type Subscriber interface {
	OnEvent(name string, handle func(ctx context.Context, a Args) (reply any, err error))
}

// A handler is a function with the name of its event.
type handler struct {
	name       string
	concurrent bool
	run        func(ctx context.Context, s *Socket, a Args) (any, error)
}

// An Event describes an event with a T and no reply, as a package variable.
type Event[T any] struct {
	desc       *descriptor
	concurrent bool
}

// NewEvent describes an event. Reserved names and a T that can't travel panic.
func NewEvent[T any](name string) Event[T] {
	mustCarry[T](name)
	return newEvent[T](name)
}

func newEvent[T any](name string) Event[T] {
	return Event[T]{desc: newDescriptor(name, reflect.TypeFor[T]())}
}

// Name is the name of the event.
func (e Event[T]) Name() string { return e.desc.name }

// Concurrent frees handlers from the order of the socket's other events.
func (e Event[T]) Concurrent() Event[T] {
	e.concurrent = true
	return e
}

// Handle registers the one handler. An ack that is wanted is empty or an error.
func (e Event[T]) Handle(r Registry, fn func(ctx context.Context, s *Socket, v T) error) {
	mustHandle[T](e.desc.name, fn == nil)
	p := e.desc.plan
	r.registrar().add(&handler{e.desc.name, e.concurrent, func(ctx context.Context, s *Socket, a Args) (any, error) {
		var v T
		if err := p.decode(a, &v); err != nil {
			return nil, err
		}
		return None{}, fn(ctx, s, v)
	}})
}

// On handles the event at a client.
func (e Event[T]) On(c Subscriber, fn func(ctx context.Context, v T) error) {
	mustHandle[T](e.desc.name, fn == nil)
	p := e.desc.plan
	c.OnEvent(e.desc.name, func(ctx context.Context, a Args) (any, error) {
		var v T
		if err := p.decode(a, &v); err != nil {
			return nil, err
		}
		return None{}, fn(ctx, v)
	})
}

// Emit is Socket.Emit or Target.Emit with a type.
func (e Event[T]) Emit(to Emitter, v T) error {
	return to.EmitEvent(Outgoing{desc: e.desc, value: v})
}

// A Call describes an event that is answered: a Q asks, the ack brings an R.
type Call[Q, R any] struct {
	desc       *descriptor
	reply      *plan
	concurrent bool
}

// NewCall describes a call; see NewEvent.
func NewCall[Q, R any](name string) Call[Q, R] {
	mustCarry[Q](name)
	mustCarry[R](name)
	return newCall[Q, R](name)
}

func newCall[Q, R any](name string) Call[Q, R] {
	return Call[Q, R]{desc: newDescriptor(name, reflect.TypeFor[Q]()), reply: planFor(reflect.TypeFor[R]())}
}

// Name is the name of the event.
func (c Call[Q, R]) Name() string { return c.desc.name }

// Concurrent is Event.Concurrent.
func (c Call[Q, R]) Concurrent() Call[Q, R] {
	c.concurrent = true
	return c
}

// Handle registers the handler; a second one in a namespace panics.
func (c Call[Q, R]) Handle(r Registry, fn func(ctx context.Context, s *Socket, q Q) (R, error)) {
	mustAnswer[Q, R](c.desc.name, fn == nil)
	p := c.desc.plan
	r.registrar().add(&handler{c.desc.name, c.concurrent, func(ctx context.Context, s *Socket, a Args) (any, error) {
		var q Q
		if err := p.decode(a, &q); err != nil {
			return nil, err
		}
		return fn(ctx, s, q)
	}})
}

// On handles the call at a client. What fn returns is the ack.
func (c Call[Q, R]) On(client Subscriber, fn func(ctx context.Context, q Q) (R, error)) {
	mustAnswer[Q, R](c.desc.name, fn == nil)
	p := c.desc.plan
	client.OnEvent(c.desc.name, func(ctx context.Context, a Args) (any, error) {
		var q Q
		if err := p.decode(a, &q); err != nil {
			return nil, err
		}
		return fn(ctx, q)
	})
}

// AfterAck may be a method of a Call's reply; it runs when the ack is queued.
type AfterAck interface{ AfterAck() }

// Ask is Socket.Ask with types. An answer that is no R is an *Error.
func (c Call[Q, R]) Ask(ctx context.Context, to Asker, q Q) (R, error) {
	var r R
	args, err := to.AskEvent(ctx, Outgoing{desc: c.desc, value: q})
	if err != nil {
		return r, err
	}
	if err := c.reply.decode(args, &r); err != nil {
		var zero R
		return zero, badReply(err)
	}
	return r, nil
}

// On is NewEvent and Handle in one, for an event that is named once.
func On[T any](r Registry, name string, fn func(ctx context.Context, s *Socket, v T) error) {
	newEvent[T](name).Handle(r, fn)
}

// OnCall is NewCall and Handle in one.
func OnCall[Q, R any](r Registry, name string, fn func(ctx context.Context, s *Socket, q Q) (R, error)) {
	newCall[Q, R](name).Handle(r, fn)
}

// mustCarry panics if the arguments of an event can't be written, unless its T is one that is only
// read.
func mustCarry[T any](name string) {
	t := reflect.TypeFor[T]()
	if err := check(t, jsonx.CheckCarry); err != nil {
		panic(fmt.Sprintf("socketio: event %q can't carry %v: %v", name, t, err))
	}
}

// mustHandle panics if a handler could never run.
func mustHandle[T any](name string, isNil bool) {
	if isNil {
		panic(fmt.Sprintf("socketio: a nil handler for the event %q", name))
	}
	if err := check(reflect.TypeFor[T](), jsonx.CheckRead); err != nil {
		panic(fmt.Sprintf("socketio: the event %q can't be read into %v: %v", name, reflect.TypeFor[T](), err))
	}
}

// mustAnswer is mustHandle for a handler with a reply.
func mustAnswer[Q, R any](name string, isNil bool) {
	mustHandle[Q](name, isNil)
	if err := check(reflect.TypeFor[R](), jsonx.CheckWrite); err != nil {
		panic(fmt.Sprintf("socketio: the reply of %q can't be written: %v", name, err))
	}
}

// Incoming is an event that arrived, as OnAny and interceptors see it.
type Incoming struct {
	Name       string
	Args       Args
	WantsReply bool // the client asked for an ack

	handler *handler
}
