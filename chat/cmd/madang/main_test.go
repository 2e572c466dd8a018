package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m, removeBinary) }

// output is what a program writes, readable while it runs.
type output struct {
	nodetest.Output
	once sync.Once
	line chan struct{} // closed at the first line
}

func newOutput() *output { return &output{line: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	if bytes.ContainsRune(p, '\n') {
		defer o.once.Do(func() { close(o.line) })
	}
	return o.Output.Write(p)
}

// patience is for what comes soon on any machine.
const patience = time.Minute

// opened waits for the line with the address.
func (o *output) opened(t *testing.T) (url string) {
	t.Helper()
	select {
	case <-o.line:
	case <-time.After(patience):
		t.Fatal("the program doesn't tell its address")
	}
	_, url, ok := strings.Cut(strings.TrimSpace(o.String()), "http://")
	url = "http://" + url
	if !ok || strings.ContainsAny(url, " \n") {
		t.Fatalf("the program says %q", o)
	}
	return url
}

func TestServeEndsWithItsContext(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	for _, args := range [][]string{
		{"serve", "--listen", "localhost:0", "--data", dir, "--log", "text", "--durability", "normal"},
		{"--listen=localhost:0", "--data=" + dir, "--origin=https://a.example", "--origin=https://b.example"},
	} {
		ctx, end := context.WithCancel(t.Context())
		out, log := newOutput(), newOutput()
		code := make(chan int, 1)
		go func() { code <- run(ctx, args, out, log) }()
		b := newBrowser(t, out.opened(t))
		if a := b.do("GET", "/readyz", ""); a.status != 200 || a.body != "ok" {
			t.Errorf("readyz = %+v", a)
		}
		end()
		if c := <-code; c != 0 {
			t.Errorf("exit code %d: %s", c, log)
		}
		if json := strings.HasPrefix(log.String(), "{"); json == (args[0] == "serve") {
			t.Errorf("%v: log = %s", args, log)
		}
		if strings.Count(out.String(), "\n") != 1 {
			t.Errorf("output = %q", out)
		}
	}
}

// Who ends it before it serves has asked for that: no failure.
func TestEndsWhileItStarts(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	end()
	out, log := newOutput(), newOutput()
	if code := run(ctx, []string{"--listen=localhost:0", "--data=" + t.TempDir(), "--log=text"}, out, log); code != 0 ||
		out.String() != "" || !strings.Contains(log.String(), "ended before it served") {
		t.Errorf("%d: %s%s", code, out, log)
	}
}

func TestEnvironment(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("MADANG_LISTEN", "localhost:0")
	t.Setenv("MADANG_DATA", dir)
	t.Setenv("MADANG_LOG", "json")
	t.Setenv("MADANG_ORIGIN", "https://a.example,https://b.example")
	ctx, end := context.WithCancel(t.Context())
	out, log := newOutput(), newOutput()
	code := make(chan int, 1)
	go func() { code <- run(ctx, nil, out, log) }()
	b := newBrowser(t, out.opened(t))
	for origin, status := range map[string]int{"https://b.example": 200, "https://c.example": 403} {
		if a := b.do("POST", "/lang", `{"lang":"en"}`, "Origin: "+origin); a.status != status {
			t.Errorf("%s = %+v", origin, a)
		}
	}
	end()
	if c := <-code; c != 0 {
		t.Errorf("exit code %d: %s", c, log)
	}
	if _, err := os.Stat(filepath.Join(dir, "chat.db")); err != nil {
		t.Error(err)
	}
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args     []string
		code     int
		out, err string
	}{
		{[]string{"version"}, 0, "madang ", ""},
		{[]string{"--help"}, 0, "Run the chat", ""},
		{[]string{"serve", "--help"}, 0, "--log-level is MADANG_LOG_LEVEL", ""},
		{[]string{"serve", "--log=xml"}, 1, "", "--log must be one of"},
		{[]string{"serve", "--durability=none"}, 1, "", `"none" is neither full nor normal`},
		{[]string{"dance"}, 1, "", "unexpected argument"},
		{[]string{"--listen=nowhere:port", "--data=" + t.TempDir()}, 1, "", `madang: --listen: "nowhere:port" is no address such as`},
		{[]string{"--listen=localhost:0", "--host=https://example.org", "--data=" + t.TempDir()}, 1, "", "is no name: write it as chat.example.org"},
		{[]string{"--listen=localhost:0", "--origin=example.org", "--data=" + t.TempDir()}, 1, "", "origin"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), c.args, &out, &errs); code != c.code {
			t.Errorf("%v = %d: %s%s", c.args, code, &out, &errs)
		}
		if !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) {
			t.Errorf("%v wrote %q and %q", c.args, &out, &errs)
		}
	}
}
