package socketio

import (
	"context"
	"log/slog"
	"strings"

	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/calm"
)

// report tells OnError. An error in there only reaches the log.
func (s *Socket) report(ctx context.Context, event string, err error) {
	o := &s.conn.server.opts
	if perr := guard(func() { o.OnError(ctx, s, event, err) }); perr != nil {
		s.conn.server.failed(ctx, "OnError panicked", perr)
	}
}

// failed logs what the application did wrong where there is nobody else to tell.
func (s *Server) failed(ctx context.Context, msg string, err error, args ...any) {
	logFailure(ctx, s.opts.Logger, msg, err, args...)
}

func logFailure(ctx context.Context, log *slog.Logger, msg string, err error, args ...any) {
	args = append(args, "error", err)
	if p := find[PanicError](err); p != nil {
		args = append(args, "stack", string(p.Stack))
	}
	log.ErrorContext(ctx, "socketio: "+msg, args...)
}

// logError is OnError by default.
func logError(log *slog.Logger) func(context.Context, *Socket, string, error) {
	return func(ctx context.Context, s *Socket, event string, err error) {
		args := []any{"namespace", s.ns.name, "socket", s.id, "event", advice.Short(event), "error", err}
		cause := context.Cause(ctx)
		level := slog.LevelError
		if clientFault(err) {
			level = slog.LevelWarn
			args[len(args)-1] = brief(err) // it may quote what the client sent
		}
		if p := find[PanicError](err); p != nil {
			level = slog.LevelError
			args = append(args, "stack", string(p.Stack))
		} else if s.state() == ended && isEnd(err) {
			level = slog.LevelDebug // the client left while a handler was at work
		} else if cause != nil && is(err, context.Canceled) && !is(err, cause) {
			args = append(args, "cause", cause) // such as ErrShutdown
		}
		log.Log(ctx, level, "socketio: event failed", args...)
	}
}

// maxBrief is how much of an error a log line bears.
const maxBrief = 500

// brief is the text of an error, and its end where it is long: the cause stands there.
func brief(err error) string {
	text := calm.Text(err)
	if len(text) > maxBrief {
		text = strings.ToValidUTF8(text[:maxBrief/2], "") + "…" + strings.ToValidUTF8(text[len(text)-maxBrief/2:], "")
	}
	return text
}

// isEnd reports whether an error says no more than that the client has left. A context that ended
// says more: what the handler was about wasn't done.
func isEnd(err error) bool {
	return (is(err, ErrClosed) || is(err, ErrDisconnected)) && !is(err, context.Canceled) && !is(err, context.DeadlineExceeded)
}
