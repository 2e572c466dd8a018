package control

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// serve opens a door with these routes.
func serve(t *testing.T, dir string, routes map[string]http.HandlerFunc) *Server {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, h := range routes {
		mux.HandleFunc(pattern, h)
	}
	s, err := Serve(dir, "v1.2.3", mux, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Shutdown(t.Context()) })
	return s
}

func hello(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"text":"hello","more":1}`) }

// says checks that a call to GET /x fails with these words.
func says(t *testing.T, c *Client, words ...string) {
	t.Helper()
	err := c.Call(t.Context(), "GET", "/x", nil, nil)
	if err == nil {
		t.Fatalf("no error, want %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q, want %q", err, word)
		}
	}
}

func TestCall(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, map[string]http.HandlerFunc{
		"GET /x": hello,
		"POST /x": func(w http.ResponseWriter, r *http.Request) {
			io.Copy(w, r.Body)
		},
		"DELETE /x": func(w http.ResponseWriter, r *http.Request) { http.Error(w, "not that one", 404) },
	})
	path := filepath.Join(dir, Socket)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("%v, %v", info, err)
	}
	c := NewClient(dir)
	var out struct{ Text string }
	if err := c.Call(t.Context(), "GET", "/x", nil, &out); err != nil || out.Text != "hello" {
		t.Errorf("%+v, %v", out, err)
	}
	if err := c.Call(t.Context(), "POST", "/x", struct{ Text string }{"there"}, &out); err != nil || out.Text != "there" {
		t.Errorf("%+v, %v", out, err)
	}
	err := c.Call(t.Context(), "DELETE", "/x", nil, nil)
	if r, ok := errors.AsType[*Refusal](err); !ok || r.Status != 404 || r.Text != "not that one" {
		t.Errorf("refused: %v", err)
	}
	for _, path := range []string{"/y", "/x/y"} {
		if err := c.Call(t.Context(), "GET", path, nil, nil); err == nil || !strings.Contains(err.Error(), "of version v1.2.3, doesn't know") {
			t.Errorf("no route: %v", err)
		}
	}
	if err := c.Call(t.Context(), "PUT", "/x", nil, nil); err == nil || !strings.Contains(err.Error(), "doesn't know") {
		t.Errorf("no method: %v", err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket stays: %v", err)
	}
	says(t, c, "no server is running on the data folder "+dir, "--data")
	if !errors.Is(c.Call(t.Context(), "GET", "/x", nil, nil), ErrNotRunning) {
		t.Error("the error has no name")
	}
	says(t, NewClient(filepath.Join(dir, "none")), "which doesn't exist", "--data")
	os.WriteFile(path, []byte("no socket"), 0o600)
	says(t, c, "no server is running")
}

// A name may begin with @, which on Linux leads to no file for the package net.
func TestOddNames(t *testing.T) {
	t.Chdir(t.TempDir())
	odd := []string{"@data", "마당 data", "a#b%20c"}
	if runtime.GOOS != "windows" {
		odd = append(odd, "a?b", filepath.Join("@"+strings.Repeat("d", 60), strings.Repeat("e", 60)))
	}
	for _, dir := range odd {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		serve(t, dir, map[string]http.HandlerFunc{"GET /x": hello})
		if info, err := os.Stat(filepath.Join(dir, Socket)); err != nil || runtime.GOOS != "windows" && info.Mode() != os.ModeSocket|0o600 {
			t.Errorf("%s: %v, %v", dir, info, err)
		}
		if err := NewClient(dir).Call(t.Context(), "GET", "/x", nil, nil); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// The socket of a process that died without an end answers nobody and is in nobody's way.
func TestSocketOfTheDead(t *testing.T) {
	dir := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, Socket), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	says(t, NewClient(dir), "no server is running")
	serve(t, dir, map[string]http.HandlerFunc{"GET /x": hello})
	if err := NewClient(dir).Call(t.Context(), "GET", "/x", nil, nil); err != nil {
		t.Error(err)
	}
}

// Paths that no address of a socket can hold.
func TestLongPaths(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("links need a right here that few have")
		return
	}
	long := strings.Repeat("data-", 40)
	base := t.TempDir()
	dir := filepath.Join(base, long, "마당")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, way := range []struct{ name, wd, dir string }{
		{"absolute", base, dir},
		{"relative and long", base, filepath.Join(long, "마당")},
		{"near", filepath.Join(base, long), dir},
		{"from elsewhere", filepath.Join(base, long), filepath.Join("..", long, "마당")},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Chdir(way.wd)
			s := serve(t, way.dir, map[string]http.HandlerFunc{"GET /x": hello})
			if err := NewClient(dir).Call(t.Context(), "GET", "/x", nil, nil); err != nil {
				t.Error(err)
			}
			info, err := os.Stat(filepath.Join(dir, Socket))
			if err != nil || info.Mode() != os.ModeSocket|0o600 {
				t.Errorf("%v, %v", info, err)
			}
			s.Shutdown(t.Context())
			says(t, NewClient(way.dir), "no server is running")
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
	t.Setenv("TMPDIR", t.TempDir())
	if err := byLink(dir, func(path string) error {
		l, err := net.Listen("unix", path)
		if err == nil {
			err = l.Close()
		}
		return err
	}); err != nil {
		t.Errorf("through a link: %v", err)
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A server that says nothing, at the beginning or in the middle, isn't waited for; one that is slow
// is, and so is who reads slowly.
func TestSilence(t *testing.T) {
	dir := t.TempDir()
	end := make(chan struct{})
	hang := func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-end:
		case <-r.Context().Done():
		}
	}
	serve(t, dir, map[string]http.HandlerFunc{
		"GET /x": hang,
		"GET /half": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().(http.Flusher).Flush()
			hang(w, r)
		},
		"GET /slow": func(w http.ResponseWriter, r *http.Request) {
			for range 5 {
				io.WriteString(w, "x")
				http.NewResponseController(w).Flush()
				time.Sleep(50 * time.Millisecond)
			}
		},
	})
	defer close(end)
	c := NewClient(dir)
	c.Patience = time.Second
	says(t, c, "silent for 1s")
	body, err := c.Get(t.Context(), "/half")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); string(b) != "half" || err == nil || !strings.Contains(err.Error(), "silent") {
		t.Errorf("%q, %v", b, err)
	}
	body.Close()
	body, err = c.Get(t.Context(), "/slow")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * c.Patience)
	if b, err := io.ReadAll(body); string(b) != "xxxxx" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	body.Close()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("five seconds"))
	defer cancel()
	if err := c.Call(ctx, "GET", "/x", nil, nil); err == nil || err.Error() != "five seconds" {
		t.Errorf("%v", err)
	}
}

// Answers that the end of the server cuts off are no answers, and a request under way has its time.
func TestEndInBetween(t *testing.T) {
	dir := t.TempDir()
	begun, proceed := make(chan struct{}, 2), make(chan struct{})
	s := serve(t, dir, map[string]http.HandlerFunc{
		"GET /last": func(w http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			<-proceed
			hello(w, r)
		},
		"GET /none": func(w http.ResponseWriter, r *http.Request) { Fail(w, errors.New("that\nfailed")) },
		"GET /some": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "some")
			Fail(w, errors.New("that\nfailed"))
		},
		"GET /half": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"GET /x": func(w http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			<-r.Context().Done()
		},
	})
	c := NewClient(dir)
	body, err := c.Get(t.Context(), "/half")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); err != errBroken {
		t.Errorf("%q, %v", b, err)
	}
	body.Close()
	for _, path := range []string{"/none", "/some"} {
		body, err := c.Get(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(body); err == nil || err.Error() != "that\nfailed" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
		body.Close()
	}
	answers := make(chan error, 1)
	go func() { answers <- c.Call(t.Context(), "GET", "/last", nil, nil) }()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(t.Context()) }()
	for NewClient(dir).Call(t.Context(), "GET", "/y", nil, nil) != nil {
		// until nobody new is let in
		if errors.Is(NewClient(dir).Call(t.Context(), "GET", "/y", nil, nil), ErrNotRunning) {
			break
		}
	}
	close(proceed)
	if err := <-answers; err != nil {
		t.Errorf("the last command: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}

	s = serve(t, dir, map[string]http.HandlerFunc{"GET /x": func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	}})
	go func() { answers <- c.Call(t.Context(), "GET", "/x", nil, nil) }()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Shutdown(ctx)
	if err := <-answers; err != errBroken {
		t.Errorf("cut off: %v", err)
	}
}

// Clients that stop in the middle are cut off; those that wait long aren't.
func TestSilentClients(t *testing.T) {
	defer func(was time.Duration) { patience = was }(patience)
	patience = time.Second
	dir := t.TempDir()
	cut := make(chan error, 1)
	serve(t, dir, map[string]http.HandlerFunc{
		"POST /x": hello,
		"GET /long": func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(3 * patience):
				hello(w, r)
			case <-r.Context().Done():
			}
		},
		"GET /much": func(w http.ResponseWriter, r *http.Request) {
			block := make([]byte, 64<<10)
			for {
				if _, err := w.Write(block); err != nil {
					cut <- err
					return
				}
			}
		},
	})
	var out struct{ Text string }
	if err := NewClient(dir).Call(t.Context(), "GET", "/long", nil, &out); err != nil || out.Text != "hello" {
		t.Errorf("%+v, %v", out, err)
	}
	for _, half := range []string{"GET /x HT", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", ""} {
		c, err := net.Dial("unix", filepath.Join(dir, Socket))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, half)
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Errorf("%q: %v", half, err)
		}
	}
	body, err := NewClient(dir).Get(t.Context(), "/much")
	if err != nil {
		t.Fatal(err)
	}
	if err := <-cut; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	body.Close()
}
