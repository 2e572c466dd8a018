package live

import (
	"context"
	"log/slog"

	"github.com/madang-chat/madang/chat/internal/trace"
	"github.com/madang-chat/madang/internal/clientip"
)

// lowered is the log of the Socket.IO server. Its warnings tell developers of what clients do
// wrong, which here anybody can: they are for who looks for them. Errors stay errors. No line has
// a whole address.
type lowered struct{ slog.Handler }

func lower(l slog.Level) slog.Level {
	if l == slog.LevelWarn {
		return slog.LevelInfo
	}
	return l
}

func (h lowered) Enabled(ctx context.Context, l slog.Level) bool {
	return h.Handler.Enabled(ctx, lower(l))
}

func (h lowered) Handle(ctx context.Context, r slog.Record) error {
	line := slog.NewRecord(r.Time, lower(r.Level), clientip.Hide(r.Message), r.PC)
	trace.CopyAttrs(&line, r, clientip.Hide)
	return h.Handler.Handle(ctx, line)
}

func (h lowered) WithAttrs(attrs []slog.Attr) slog.Handler {
	return lowered{h.Handler.WithAttrs(attrs)}
}

func (h lowered) WithGroup(name string) slog.Handler { return lowered{h.Handler.WithGroup(name)} }
