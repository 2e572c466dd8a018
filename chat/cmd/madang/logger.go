package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/madang-chat/madang/chat/internal/trace"
)

// newLogger writes to out. When form is auto, a person at a terminal gets lines of text and what
// gathers logs gets JSON. Text that goes elsewhere is for programs too: it has its times in full.
func newLogger(out io.Writer, terminal bool, form string, level slog.Level) *slog.Logger {
	to := func(out io.Writer) slog.Handler {
		o := &slog.HandlerOptions{Level: level}
		switch {
		case form == "json", form == "auto" && !terminal:
			return slog.NewJSONHandler(out, o)
		case terminal:
			return newReadable(out, level)
		}
		return slog.NewTextHandler(out, o)
	}
	return slog.New(trace.Handler(to(&hasty{out: out, log: slog.New(to(out))})))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// readable writes lines for a person: the time of day, the level unless it is INFO, what happened,
// and then names and values as slog writes them, which quotes what could be misread.
type readable struct {
	level slog.Level
	out   io.Writer
	mu    *sync.Mutex
	buf   *bytes.Buffer // guarded by mu
	pairs slog.Handler  // writes into buf, under mu
}

func newReadable(out io.Writer, level slog.Level) *readable {
	h := &readable{level: level, out: out, mu: new(sync.Mutex), buf: new(bytes.Buffer)}
	h.pairs = slog.NewTextHandler(h.buf, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
			return slog.Attr{}
		}
		return a
	}})
	return h
}

func (h *readable) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h *readable) Handle(ctx context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buf.Reset()
	h.buf.WriteString(r.Time.Local().Format(time.TimeOnly))
	if r.Level != slog.LevelInfo {
		h.buf.WriteString("  " + r.Level.String())
	}
	h.buf.WriteString("  " + r.Message)
	before := h.buf.Len()
	h.buf.WriteString("  ")
	if err := h.pairs.Handle(ctx, r); err != nil {
		return err
	}
	line := h.buf.Bytes()
	if len(line) == before+len("  \n") {
		line = append(line[:before], '\n')
	}
	_, err := h.out.Write(line)
	return err
}

func (h *readable) WithAttrs(attrs []slog.Attr) slog.Handler { return h.with(h.pairs.WithAttrs(attrs)) }
func (h *readable) WithGroup(name string) slog.Handler       { return h.with(h.pairs.WithGroup(name)) }

func (h *readable) with(pairs slog.Handler) slog.Handler {
	n := *h
	n.pairs = pairs
	return &n
}
