package advice

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestOncePerMinuteAndKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		var a Advice
		lines := func() int { return strings.Count(out.String(), "level=WARN") }
		for _, step := range []struct {
			key  string
			wait time.Duration
			want int
		}{
			{"a", 0, 1}, {"a", time.Second, 1}, {"b", 0, 2}, {"a", 58 * time.Second, 2}, {"a", time.Second, 3}, {"b", 0, 3}, {"b", time.Second, 4},
		} {
			time.Sleep(step.wait)
			a.Warn(log, step.key, "do this", "writer", "x")
			if got := lines(); got != step.want {
				t.Fatalf("%d lines, want %d: %s", got, step.want, &out)
			}
		}
	})
}

func TestFromManyGoroutines(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	var a Advice
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { a.Warn(log, "a", "do this") })
	}
	wg.Wait()
	if got := strings.Count(out.String(), "do this"); got != 1 {
		t.Errorf("%d lines", got)
	}
}

type broken struct{ slog.Handler }

func (broken) Handle(context.Context, slog.Record) error { panic("broken") }

func TestLoggersThatPanic(t *testing.T) {
	var a Advice
	a.Warn(slog.New(broken{slog.DiscardHandler}), "a", "off")
	a.Warn(slog.New(broken{slog.NewTextHandler(&bytes.Buffer{}, nil)}), "b", "panics")
	a.Warn(nil, "c", "none")
}
