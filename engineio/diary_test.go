package engineio_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// A diary is a log that tests read.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func (d *diary) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(d, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (d *diary) says(t *testing.T, text string) {
	t.Helper()
	eventually(t, "the log says "+text, func() bool {
		return strings.Contains(d.String(), text)
	})
}
