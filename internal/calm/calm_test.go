package calm_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/calm"
)

// A rogue panics with itself, so that printing the panic panics too.
type rogue struct{}

func (r rogue) Error() string { panic(r) }

type vocal string

func (v vocal) String() string { return "vocal " + string(v) }

func TestText(t *testing.T) {
	inItself := map[string]any{}
	inItself["x"] = inItself
	for _, tt := range []struct {
		value any
		want  string
	}{
		{nil, "<nil>"},
		{"boom", "boom"},
		{7, "7"},
		{true, "true"},
		{errors.New("boom"), "boom"},
		{vocal("x"), "vocal x"},
		{(*vocal)(nil), "<nil>"},
		{rogue{}, "calm_test.rogue, which panics when it is printed"},
		{inItself, "map[string]interface {}"},
		{[]any{1}, "[]interface {}"},
		{struct{ X any }{inItself}, "struct { X interface {} }"},
	} {
		if got := calm.Text(tt.value); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestDo(t *testing.T) {
	if p := calm.Do(func() {}); p != nil {
		t.Error(p)
	}
	p := calm.Do(func() { panic(rogue{}) })
	if p == nil || !strings.HasPrefix(p.Error(), "panic: calm_test.rogue") || !bytes.Contains(p.Stack, []byte("TestDo")) {
		t.Error(p)
	}
}

// A bomb is a handler that panics, in Handle alone or everywhere.
type bomb struct{ all bool }

func (b bomb) Enabled(context.Context, slog.Level) bool {
	if b.all {
		panic(rogue{})
	}
	return true
}
func (b bomb) Handle(context.Context, slog.Record) error { panic(rogue{}) }
func (b bomb) WithAttrs([]slog.Attr) slog.Handler        { panic(rogue{}) }
func (b bomb) WithGroup(string) slog.Handler             { panic(rogue{}) }

func TestLoggerPassesNoPanicOn(t *testing.T) {
	for _, l := range []*slog.Logger{slog.New(bomb{}), slog.New(bomb{all: true}), new(slog.Logger)} {
		l = calm.Logger(l)
		l.Error("x", "error", rogue{})
		l.With("a", 1).WithGroup("g").Info("y")
		if calm.Logger(l) != l {
			t.Error("it was wrapped twice")
		}
	}
}

func TestLoggerPassesTheRestOn(t *testing.T) {
	var out bytes.Buffer
	l := calm.Logger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{AddSource: true})))
	l.With("a", 1).WithGroup("g").Info("x", "b", 2)
	l.Debug("not enabled")
	if got := out.String(); !strings.Contains(got, "calm_test.go") || !strings.HasSuffix(got, "msg=x a=1 g.b=2\n") {
		t.Error(got)
	}
}
