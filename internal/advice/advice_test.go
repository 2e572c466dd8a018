package advice_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/internal/advice"
)

func TestAdviceComesOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		var a advice.Advice
		for range 3 {
			a.Warn(log, "a", "first")
			a.Warn(log, "b", "second", "path", "/x")
		}
		time.Sleep(advice.Pause)
		a.Warn(log, "a", "first")
		text := out.String()
		if strings.Count(text, "first") != 2 || strings.Count(text, "second") != 1 || !strings.Contains(text, "level=WARN msg=second path=/x") {
			t.Error(text)
		}
		a.Warn(nil, "c", "a logger that panics")
	})
}
