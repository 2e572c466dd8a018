package serve

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// closer tells when it was closed, and what came of it.
type closer struct {
	closed chan struct{}
	err    error
}

func (c closer) Close() error {
	close(c.closed)
	return c.err
}

// A request that runs when the program has to end gets its answer, also one that waits for a closer.
func TestEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	poll := closer{make(chan struct{}), errors.New("stuck")}
	arrived := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-poll.closed
		io.WriteString(w, "the last word")
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- until(ctx, l, h, []io.Closer{poll}) }()

	answer := make(chan string, 1)
	go func() {
		defer close(answer)
		res, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answer <- string(body)
	}()
	<-arrived
	stop()
	if got := <-answer; got != "the last word" {
		t.Errorf("answer = %q", got)
	}
	if err := <-ended; !errors.Is(err, poll.err) {
		t.Errorf("the error of a closer is lost: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the port is still open")
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestListen(t *testing.T) {
	t.Setenv("PORT", "0")
	l, err := Listen("PORT", "1")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	t.Setenv("PORT", port)
	if second, err := Listen("PORT", "0"); err == nil {
		second.Close()
		t.Error("a taken port is no error")
	} else if !strings.Contains(err.Error(), "PORT") {
		t.Errorf("error %q does not say which variable", err)
	}
	t.Setenv("PORT", "")
	if l, err = Listen("PORT", "0"); err != nil {
		t.Errorf("default port: %v", err)
	} else {
		l.Close()
	}
}

func TestDataFolder(t *testing.T) {
	t.Setenv("DATA", "")
	if got := DataFolder("demo"); got != filepath.Join("data", "demo") {
		t.Errorf("without DATA: %q", got)
	}
	t.Setenv("DATA", "elsewhere")
	if got := DataFolder("demo"); got != "elsewhere" {
		t.Errorf("with DATA: %q", got)
	}
}

func TestFile(t *testing.T) {
	w := httptest.NewRecorder()
	File("text/css; charset=utf-8", []byte("a{}"))(w, httptest.NewRequest("GET", "/", nil))
	if w.Body.String() != "a{}" || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%q as %q", w.Body, w.Header().Get("Content-Type"))
	}
}
