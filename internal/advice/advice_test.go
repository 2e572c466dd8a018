package advice

import (
	"bytes"
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

func TestShort(t *testing.T) {
	long := strings.Repeat("ü", 60)
	for text, want := range map[string]string{"": "", "short": "short", long: long[:100] + "…", "x" + long: "x" + long[:98] + "…"} {
		if got := Short(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
