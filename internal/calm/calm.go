// Package calm runs what belongs to the application where its panic would end the process: in the
// goroutines of connections, timers and buses. Nothing in here panics, whatever it is given.
package calm

import (
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
)

// A Panic is what a function of the application panicked with.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return "panic: " + Text(p.Value) }

// Do runs f and returns its panic, or nil.
func Do(f func()) (p *Panic) {
	defer func() {
		if v := recover(); v != nil {
			p = &Panic{v, debug.Stack()}
		}
	}()
	f()
	return nil
}

// Recover is deferred to make the panic of a function its error.
func Recover(err *error) {
	if v := recover(); v != nil {
		*err = &Panic{v, debug.Stack()}
	}
}

// Error returns err, or its panic when it is one that panics when it is asked, or that package
// errors would follow for ever.
func Error(err error) error {
	if err == nil {
		return nil
	}
	p := Do(func() {
		follow(err, new(int))
		_ = err.Error()
		_ = errors.Is(err, errNone)
	})
	if p != nil {
		return p
	}
	return err
}

var errNone = errors.New("none")

// maxWrapped is how many errors one may hold: more than any that doesn't wrap itself.
const maxWrapped = 10_000

func follow(err error, n *int) {
	for err != nil {
		if *n++; *n > maxWrapped {
			panic(fmt.Sprintf("an error of type %T that wraps itself", err))
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				follow(err, n)
			}
			return
		default:
			return
		}
	}
}

// Text is what a value says of itself, or its type: of a value that panics then, and of one that
// may hold itself, which package fmt would follow until the stack is full.
func Text(v any) (text string) {
	defer func() {
		switch {
		case recover() == nil:
		case reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil():
			text = "<nil>"
		default:
			text = fmt.Sprintf("%T, which panics when it is printed", v)
		}
	}()
	switch v := v.(type) {
	case nil:
		return "<nil>"
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	switch kind := reflect.ValueOf(v).Kind(); {
	case kind <= reflect.Complex128, kind == reflect.String:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%T", v)
}
