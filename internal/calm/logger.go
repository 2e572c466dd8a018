package calm

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// Logger returns a logger that lets no panic of l's handler through. Of the first one of each
// logger standard error is told: there is no other place left. One that is calm already is returned
// as it is.
func Logger(l *slog.Logger) *slog.Logger {
	next := l.Handler()
	if _, ok := next.(handler); ok {
		return l
	}
	return slog.New(handler{next, new(sync.Once)})
}

type handler struct {
	next slog.Handler
	once *sync.Once // shared with what WithAttrs and WithGroup made of it
}

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	defer h.recovered()
	return h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	defer h.recovered()
	return h.next.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) (with slog.Handler) {
	with = h
	defer h.recovered()
	return handler{h.next.WithAttrs(attrs), h.once}
}

func (h handler) WithGroup(name string) (with slog.Handler) {
	with = h
	defer h.recovered()
	return handler{h.next.WithGroup(name), h.once}
}

func (h handler) recovered() {
	if v := recover(); v != nil {
		h.once.Do(func() {
			fmt.Fprintf(os.Stderr, "madang: the handler of a logger panicked, which is told once: %s\n", Text(v))
		})
	}
}
