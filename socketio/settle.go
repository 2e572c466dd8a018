package socketio

import (
	"errors"
	"net/http"
	"runtime/debug"

	"github.com/madang-chat/madang/engineio"

	"github.com/madang-chat/madang/internal/calm"
)

// protect calls the application. Its panic becomes an error, and the error that it returns is
// settled.
func protect(f func() error) error { return settle(try(f)) }

// guard is protect for a function that can't fail.
func guard(f func()) error { return protect(func() error { f(); return nil }) }

// try turns a panic into an error.
func try(f func() error) (err error) {
	defer recovered(&err)
	return f()
}

// recovered is deferred to make the panic of a function its error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &PanicError{p, debug.Stack()}
	}
}

// settle makes an error of the application one that can be asked, once where it enters: a panic of
// its methods in a goroutine of ours would end the process. One that panics gives way to its panic;
// what an *Error with such a cause says to the client stays.
func settle(err error) error {
	err = given(err)
	e, own := err.(*Error)
	if err == nil || own && e.Err == nil {
		return err
	}
	panicked := examine(err)
	switch {
	case panicked == nil:
		return err
	case own:
		return &Error{e.Code, e.Message, e.Data, panicked}
	}
	return panicked
}

// given is err, but nil for a nil pointer of ours: who returns one, out of a function that says
// *Error, means that there is no error.
func given(err error) error {
	none := false
	switch e := err.(type) {
	case *Error:
		none = e == nil
	case *PanicError:
		none = e == nil
	case *engineio.ConnectionError:
		none = e == nil
	case *engineio.Refusal:
		none = e == nil
	}
	if none {
		return nil
	}
	return err
}

// examine asks an error all that will be asked of it.
func examine(err error) *PanicError {
	err = try(func() error {
		if p, ok := calm.Error(err).(*calm.Panic); ok {
			return &PanicError{p.Value, p.Stack}
		}
		_, _ = errors.AsType[*Error](err)
		return nil
	})
	panicked, _ := err.(*PanicError)
	return panicked
}

// find is errors.AsType for our own types. It returns nil where that panics, and passes over nil
// pointers.
func find[T any, E interface {
	*T
	error
}](err error) (e E) {
	_ = try(func() error {
		var found bool
		if e, found = errors.AsType[E](err); found && e == nil {
			e = beyond[T, E](err)
		}
		return nil
	})
	return e
}

// beyond finds the first E that is no nil pointer, among errors that are joined.
func beyond[T any, E interface {
	*T
	error
}](err error) E {
	if e, ok := err.(E); ok && e != nil {
		return e
	}
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		return beyond[T, E](x.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range x.Unwrap() {
			if e := beyond[T, E](err); e != nil {
				return e
			}
		}
	}
	return nil
}

// is reports whether errors.Is does so, and false where that panics.
func is(err, target error) (yes bool) {
	_ = try(func() error {
		yes = errors.Is(err, target)
		return nil
	})
	return yes
}

// allow is AllowRequest for the engine, which doesn't know our errors.
func (o *Options) allow() func(*http.Request) error {
	if o.AllowRequest == nil {
		return nil
	}
	return func(r *http.Request) error { return given(o.AllowRequest(r)) }
}

// generateID is GenerateID for the engine.
func (o *Options) generateID() func(*http.Request) (string, error) {
	if o.GenerateID == nil {
		return nil
	}
	return func(r *http.Request) (string, error) {
		id, err := o.GenerateID(r)
		return id, given(err)
	}
}
