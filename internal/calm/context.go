package calm

import (
	"context"
	"time"
)

// Context returns ctx for who derives others from it. Package context asks a parent of the
// application's from a goroutine of its own, where its panic would end the process, and so would
// the lack of an error when it is over. One whose Done panics is over.
func Context(ctx context.Context) context.Context { return calmContext{ctx} }

type calmContext struct{ context.Context }

var over = make(chan struct{})

func init() { close(over) }

func (c calmContext) Deadline() (at time.Time, ok bool) {
	if Do(func() { at, ok = c.Context.Deadline() }) != nil {
		return time.Time{}, false
	}
	return at, ok
}

func (c calmContext) Done() (done <-chan struct{}) {
	if Do(func() { done = c.Context.Done() }) != nil {
		return over
	}
	return done
}

func (c calmContext) Err() (err error) {
	if p := Do(func() { err = c.Context.Err() }); p != nil {
		return p
	}
	if err == nil {
		select {
		case <-c.Done():
			return context.Canceled
		default:
		}
	}
	return err
}

func (c calmContext) Value(key any) (v any) {
	if Do(func() { v = c.Context.Value(key) }) != nil {
		return nil
	}
	return v
}
