package live

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/trace"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/socketio"
)

// explain is the interceptor of both namespaces: it tells a client that asked for no answer that
// its event has failed.
func (d *Door) explain(next socketio.Next) socketio.Next {
	longest := d.house.Limits().EventName
	return func(ctx context.Context, s *socketio.Socket, in socketio.Incoming) (any, error) {
		if longest > 0 && len(in.Name) > longest {
			s.CloseConnection() // no event of ours has such a name, and no page sends one
			return nil, socketio.ErrNoHandler
		}
		v := visitorOf(ctx)
		reply, err := d.handle(ctx, s, in, next)
		if err == nil || errors.Is(err, socketio.ErrNoHandler) {
			return reply, err
		}
		err = d.counted(v, err)
		if !in.WantsReply {
			e := failureOf(ctx, err).Error
			// This fails only when the socket has ended.
			_ = Notice.Emit(s, wire.Notice{Level: "error", Message: e.Message, Code: e.Code})
		}
		return nil, err
	}
}

// handle lets an event through, but not one of an address that sends too many, nor of a visitor who
// is locked out and about to go.
func (d *Door) handle(ctx context.Context, s *socketio.Socket, in socketio.Incoming, next socketio.Next) (any, error) {
	v := visitorOf(ctx)
	if err := d.house.Tell(v.From); err != nil {
		return nil, err
	}
	if v.place.out.Load() {
		if err := d.house.LockedOut(v.Visitor); err != nil {
			return nil, err
		}
	}
	return protect(ctx, s, in, next)
}

// protect turns a panic into an error here already, so that it is answered as one too.
func protect(ctx context.Context, s *socketio.Socket, in socketio.Incoming, next socketio.Next) (reply any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &socketio.PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return next(ctx, s, in)
}

// encodeError is the acknowledgement of an event that has failed. Those that were too many for the
// library haven't passed explain.
func (d *Door) encodeError(ctx context.Context, _ *socketio.Socket, err error) any {
	v := visitorOf(ctx)
	if e, ok := errors.AsType[*socketio.Error](err); ok && e.Code == socketio.CodeRateLimited {
		err = d.counted(v, &chat.Error{Code: chat.RateLimited, Message: "too many events", Limit: "events-per-second",
			N: d.house.Limits().EventsPerSecond, Retryable: true, RetryAfter: time.Second})
	}
	return failureOf(ctx, err)
}

// failureOf is what the client gets to see of an error. The reference to an internal one is the id
// of the request that opened the connection, which the lines of the log have.
func failureOf(ctx context.Context, err error) wire.Failure {
	if isBadPayload(err) {
		err = chat.Fail(chat.BadRequest, "the arguments don't fit the event")
	}
	return wire.ErrorOf(err, visitorOf(ctx).lang, trace.ID(ctx))
}

func isBadPayload(err error) bool {
	e, ok := errors.AsType[*socketio.Error](err)
	return ok && e.Code == socketio.CodeBadPayload
}

// internalCause is what belongs into the log: an error that isn't the client's, or the cause of one
// that is. Else nil.
func internalCause(err error) error {
	if clientFault(err) {
		return nil
	}
	if e, ok := errors.AsType[*chat.Error](err); ok {
		return e.Err
	}
	return err
}

// clientFault reports whether the library says that a client broke a rule. No handler of ours makes
// such an error.
func clientFault(err error) bool {
	e, ok := errors.AsType[*socketio.Error](err)
	return ok && e.Code != "" && e.Code != socketio.CodeInternal
}

// report logs what no client sees in full. What a client can cause is no error of ours: neither
// what it does wrong, nor that it leaves while something is done for it. When the store fails, as
// on a full disk, everybody's events do, so that is told once in a while.
func (d *Door) report(ctx context.Context, s *socketio.Socket, event string, err error) {
	args := []any{"namespace", s.Namespace().Name(), "event", advice.Short(event), "session", visitorOf(ctx).ID,
		"error", advice.Short(err.Error())}
	e, told := errors.AsType[*chat.Error](err)
	p, panicked := errors.AsType[*socketio.PanicError](err)
	switch {
	case panicked:
		args = append(args[:len(args)-1], err, "stack", string(p.Stack))
		d.log.ErrorContext(ctx, "chat: event failed", args...)
	case internalCause(err) == nil, left(s, err):
		d.log.DebugContext(ctx, "chat: event failed", args...)
	case told:
		d.advice.WarnContext(ctx, d.log, string(e.Code), "chat: an event failed", args...)
	default:
		args[len(args)-1] = err
		d.log.ErrorContext(ctx, "chat: event failed", args...)
	}
}

// left reports whether an error says no more than that the client has gone, or had to.
func left(s *socketio.Socket, err error) bool {
	return s.Context().Err() != nil && (errors.Is(err, socketio.ErrClosed) || errors.Is(err, socketio.ErrSlow) ||
		errors.Is(err, socketio.ErrDisconnected) || errors.Is(err, context.Canceled))
}
