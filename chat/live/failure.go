package live

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime/debug"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// A referred error has a reference that both the log and the client get.
type referred struct {
	ref string
	err error
}

func (r *referred) Error() string { return r.err.Error() + " (ref " + r.ref + ")" }
func (r *referred) Unwrap() error { return r.err }

// refer is the interceptor of both namespaces: it gives internal errors a reference, and tells a
// client that asked for no answer that its event has failed.
func refer(next socketio.Next) socketio.Next {
	return func(ctx context.Context, s *socketio.Socket, in socketio.Incoming) (any, error) {
		reply, err := protect(ctx, s, in, next)
		if err == nil || errors.Is(err, socketio.ErrNoHandler) {
			return reply, err
		}
		if internalCause(err) != nil {
			err = &referred{rand.Text()[:8], err}
		}
		if !in.WantsReply {
			e := failureOf(err, visitorOf(ctx).lang).Error
			// This fails only when the socket has ended.
			_ = Notice.Emit(s, wire.Notice{Level: "error", Message: e.Message, Code: e.Code})
		}
		return nil, err
	}
}

// protect turns a panic into an error here already, so that it gets a reference too.
func protect(ctx context.Context, s *socketio.Socket, in socketio.Incoming, next socketio.Next) (reply any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &socketio.PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return next(ctx, s, in)
}

// encodeError is the acknowledgement of an event that has failed.
func encodeError(ctx context.Context, _ *socketio.Socket, err error) any {
	return failureOf(err, visitorOf(ctx).lang)
}

// failureOf is what the client gets to see of an error.
func failureOf(err error, lang string) wire.Failure {
	ref := ""
	if r, ok := errors.AsType[*referred](err); ok {
		ref = r.ref
	}
	if isBadPayload(err) {
		err = chat.Fail(chat.BadRequest, "the arguments don't fit the event")
	}
	return wire.ErrorOf(err, lang, ref)
}

func isBadPayload(err error) bool {
	e, ok := errors.AsType[*socketio.Error](err)
	return ok && e.Code == socketio.CodeBadPayload
}

// internalCause is what belongs into the log: an error that isn't the client's, or the cause of one
// that is. Else nil.
func internalCause(err error) error {
	if isBadPayload(err) {
		return nil
	}
	if e, ok := errors.AsType[*chat.Error](err); ok {
		return e.Err
	}
	return err
}

// report logs what no client sees in full.
func (d *Door) report(ctx context.Context, s *socketio.Socket, event string, err error) {
	p, panicked := errors.AsType[*socketio.PanicError](err)
	gone := !s.Connected() && (errors.Is(err, socketio.ErrClosed) || errors.Is(err, socketio.ErrDisconnected))
	if internalCause(err) == nil || gone && !panicked {
		return
	}
	args := []any{"namespace", s.Namespace().Name(), "event", event, "session", visitorOf(ctx).ID, "error", err}
	if panicked {
		args = append(args, "stack", string(p.Stack))
	}
	d.log.ErrorContext(ctx, "chat: event failed", args...)
}
