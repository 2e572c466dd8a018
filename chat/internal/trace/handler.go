package trace

import (
	"context"
	"log/slog"
	"strings"
	"unicode"
)

const (
	// textMost is what a line bears of a text, in bytes.
	textMost = 2000
	// stackMost is that of an error's line, which may hold a stack.
	stackMost = 16 << 10
)

// Handler has lines written by next, with the id of the request that their context belongs to. It
// is the last bound of their texts: whoever writes lines cuts what others have written by himself.
// Asked twice it does it once.
func Handler(next slog.Handler) slog.Handler {
	if h, ok := next.(handler); ok {
		return h
	}
	return handler{next}
}

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	most := textMost
	if r.Level >= slog.LevelError {
		most = stackMost
	}
	line := slog.NewRecord(r.Time, r.Level, plain(Cut(r.Message, most), 0), r.PC)
	CopyAttrs(&line, r, func(text string) string { return plain(Cut(text, most), firstUnescaped) })
	if id := ID(ctx); id != "" {
		line.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, line)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

// CopyAttrs gives a line the values of another, whose strings and errors become what f makes of
// them.
func CopyAttrs(to *slog.Record, from slog.Record, f func(text string) string) {
	from.Attrs(func(a slog.Attr) bool {
		switch v := a.Value.Resolve(); v.Kind() {
		case slog.KindString:
			a.Value = slog.StringValue(f(v.String()))
		case slog.KindAny:
			if err, ok := v.Any().(error); ok {
				a.Value = slog.StringValue(f(err.Error()))
			}
		}
		to.AddAttrs(a)
		return true
	})
}

// Cut is what a line of the log bears of a text that somebody else has written.
func Cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// firstUnescaped is the first control character that a value may keep: those before are escaped in
// text and in JSON, those from here on in text alone. A message isn't quoted everywhere.
const firstUnescaped = 0x7f

// plain takes out, from a character on, what moves the cursor of a terminal or the eye of a reader.
func plain(text string, from rune) string {
	return strings.Map(func(r rune) rune {
		if r >= from && !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, text)
}
