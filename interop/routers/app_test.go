package routers

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/madang-chat/madang/internal/clientfiles"
	"github.com/madang-chat/madang/socketio"
)

// patience is how long one thing may take that has to happen; a machine may be busy.
const patience = 30 * time.Second

// script is what is served as socket.io.js: the small build of the client.
var script = sync.OnceValue(func() []byte {
	if files, ok := clientfiles.FS(); ok {
		if data, err := fs.ReadFile(files, "socket.io.min.js"); err == nil {
			return data
		}
	}
	var b bytes.Buffer
	for i := range 2000 {
		fmt.Fprintf(&b, "console.log(%d);\n", i)
	}
	return b.Bytes()
})

// An app is the server of one row and what it remembers.
type app struct {
	io      *socketio.Server
	journal *journal

	mu      sync.Mutex
	ended   map[string]socketio.Reason // by id of the socket; guarded by mu
	changed chan struct{}              // closed at the next end; guarded by mu
}

func newApp(tune func(*socketio.Options)) *app {
	a := &app{journal: new(journal), ended: make(map[string]socketio.Reason), changed: make(chan struct{})}
	options := socketio.Options{
		PingInterval: time.Second, PingTimeout: 20 * time.Second,
		ClientFiles: fstest.MapFS{"socket.io.js": {Data: script()}},
		Logger:      slog.New(a.journal.handler()),
	}
	if tune != nil {
		tune(&options)
	}
	a.io = socketio.New(options)
	ns := a.io.Of("/")
	ns.OnDisconnect(a.end)
	socketio.OnCall(ns, "echo", func(_ context.Context, _ *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		return args, nil
	})
	socketio.OnCall(ns, "big", func(_ context.Context, _ *socketio.Socket, size int) (string, error) { return big(size), nil })
	socketio.OnCall(ns, "length", func(_ context.Context, _ *socketio.Socket, text string) (int, error) { return len(text), nil })
	socketio.On(ns, "later", func(_ context.Context, s *socketio.Socket, ms int) error {
		time.Sleep(time.Duration(ms) * time.Millisecond)
		return s.Emit("now")
	})
	// What the handshake said, when its request is long over and its buffers may be others'.
	socketio.OnCall(ns, "handshake", func(_ context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
		h := s.Handshake()
		return h.Query().Get("t") + " " + h.Header().Get("User-Agent") + " " + h.Header().Get("Host"), nil
	})
	return a
}

// big is text that compresses, but not to nothing.
func big(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%d마당 ", i*i)
	}
	return b.String()
}

func (a *app) end(s *socketio.Socket, why socketio.Reason) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended[s.ID()] = why
	close(a.changed)
	a.changed = make(chan struct{})
}

// wantEnd waits until the socket has ended for one of the reasons.
func (a *app) wantEnd(t *testing.T, id string, reasons ...socketio.Reason) {
	t.Helper()
	// a heartbeat that isn't answered may be all there is to notice
	late := time.After(3 * patience)
	for {
		a.mu.Lock()
		why, over := a.ended[id]
		changed := a.changed
		a.mu.Unlock()
		if over {
			if !slices.Contains(reasons, why) {
				t.Errorf("ended with %q, want one of %q", why, reasons)
			}
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("the end of socket %q wasn't noticed", id)
		}
	}
}

// A journal keeps what the library warns of and what net/http complains about.
type journal struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

// Write implements io.Writer, for http.Server.ErrorLog.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, strings.TrimSpace(string(p)))
	return len(p), nil
}

func (j *journal) handler() slog.Handler {
	return slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
}

func (j *journal) errorLog() *log.Logger { return log.New(j, "net/http: ", 0) }

// check compares the journal with what a row expects: a line with each of the words, and no other
// line.
func (j *journal) check(t *testing.T, words []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, word := range words {
		if !slices.ContainsFunc(j.lines, func(line string) bool { return strings.Contains(line, word) }) {
			t.Errorf("nothing is logged that says %q; logged is %q", word, j.lines)
		}
	}
	for _, line := range j.lines {
		if strings.Contains(line, "TLS handshake error") {
			continue // of a browser that left early
		}
		if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(line, word) }) {
			t.Errorf("logged: %s", line)
		}
	}
}
