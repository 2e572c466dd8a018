package advice

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWarnsOncePerIntervalAndKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			a    Advice
			text bytes.Buffer
		)
		log := slog.New(slog.NewTextHandler(&text, nil))
		for range 3 {
			a.Warn(log, "one", "do this", "why", 1)
			a.Warn(log, "two", "do that")
		}
		time.Sleep(Interval)
		a.Warn(log, "one", "do this", "why", 1)
		if this, that := strings.Count(text.String(), `msg="do this" why=1`), strings.Count(text.String(), "do that"); this != 2 || that != 1 {
			t.Errorf("%d and %d warnings:\n%s", this, that, text.String())
		}
	})
}

type broken struct{ slog.Handler }

func (broken) Enabled(context.Context, slog.Level) bool { panic("broken") }

func TestBrokenLogger(t *testing.T) {
	new(Advice).Warn(slog.New(broken{}), "one", "do this")
}
