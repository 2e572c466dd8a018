package socketio_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// A ledger takes what is logged.
type ledger struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (l *ledger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// logger writes what is at least a warning.
func (l *ledger) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (l *ledger) says(t *testing.T, text string) {
	t.Helper()
	eventually(t, "the log says "+text, func() bool { return strings.Contains(l.String(), text) })
}

// warnings are the lines that begin a message, without their time.
func (l *ledger) warnings() (list []string) {
	for line := range strings.Lines(l.String()) {
		_, msg, _ := strings.Cut(line, "level=")
		list = append(list, strings.TrimSpace(msg))
	}
	return list
}
