package trace_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat/internal/trace"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestGiven(t *testing.T) {
	for id, ok := range map[string]bool{
		"": false, "4a1b-x_.:=+/Z": true, "0190f3a2-7c1e-7d42-9a51-7c1f3f0b8d11": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
		"a b": false, "a\"b": false, "a\nlevel=ERROR": false, "마당": false, "a\x1b[31m": false,
	} {
		r := &http.Request{Header: http.Header{trace.Header: {id}}}
		if got := trace.Given(r); ok && got != id || !ok && got != "" {
			t.Errorf("%q is taken for %q", id, got)
		}
	}
}

func TestBegin(t *testing.T) {
	r, id := trace.Begin(httptest.NewRequest("GET", "/", nil))
	if len(id) != 10 || trace.ID(r.Context()) != id {
		t.Errorf("the id is %q, that of the context %q", id, trace.ID(r.Context()))
	}
	if again, same := trace.Begin(r); again != r || same != id {
		t.Errorf("a second id: %q, %q", id, same)
	}
	if _, other := trace.Begin(httptest.NewRequest("GET", "/", nil)); other == id {
		t.Error("two requests have one id")
	}
}

func TestLinesHaveTheID(t *testing.T) {
	var out bytes.Buffer
	h := trace.Handler(slog.NewTextHandler(&out, nil))
	l := slog.New(trace.Handler(h)).With("a", 1)
	ctx := trace.With(t.Context(), "abc")
	l.InfoContext(ctx, "hello", "error", errors.New(strings.Repeat("x", 1<<20)))
	l.ErrorContext(ctx, "failed", "stack", strings.Repeat("y", 1<<20))
	l.Info("nobody's")
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{" request=abc", " request=abc", " msg=nobody's a=1"} {
		if !strings.HasSuffix(lines[i], want) || strings.Count(lines[i], "request=") > 1 || len(lines[i]) > []int{2200, 17000, 200}[i] {
			t.Errorf("%d bytes, the end is %s", len(lines[i]), lines[i][max(0, len(lines[i])-50):])
		}
	}
}
