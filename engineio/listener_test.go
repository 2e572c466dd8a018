package engineio_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/wstest"
)

// dialFrom connects from one of the addresses that only Linux gives to everybody.
func dialFrom(t *testing.T, from string, to net.Addr) net.Conn {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: only on Linux all of 127.0.0.0/8 is this machine")
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

// serve runs a server on a listener.
func serve(t *testing.T, l net.Listener) {
	t.Helper()
	s := engineio.New(engineio.Options{Logger: slog.New(slog.DiscardHandler), PingInterval: time.Hour},
		func(*engineio.Socket) engineio.Receiver { return deaf{} })
	web := &http.Server{Handler: s, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	ended := make(chan struct{})
	go func() { defer close(ended); web.Serve(l) }()
	t.Cleanup(func() { s.Close(); web.Close(); <-ended })
}

// deaf is a receiver that nothing matters to.
type deaf struct{}

func (deaf) Message([]byte, bool)          {}
func (deaf) Closed(engineio.Reason, error) {}

// served reports whether a connection gets an answer, and not its end.
func served(c net.Conn) bool {
	io.WriteString(c, "GET /elsewhere HTTP/1.1\r\nHost: madang.test\r\n\r\n")
	_, err := http.ReadResponse(bufio.NewReader(c), nil)
	return err == nil
}

func TestLimitListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, engineio.LimitListener(l, 2))
	idle, second := dialFrom(t, "127.0.0.2", l.Addr()), dialFrom(t, "127.0.0.2", l.Addr())
	if !served(second) {
		t.Fatal("the second one isn't served")
	}
	log := make(logged, 10)
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	for range 3 {
		if served(dialFrom(t, "127.0.0.2", l.Addr())) {
			t.Error("a third one of the address is served")
		}
	}
	slog.SetDefault(before)
	if text := <-log; !strings.Contains(text, "level=WARN") || !strings.Contains(text, "behind a proxy do without it") || len(log) > 0 {
		t.Errorf("logged %q and %d lines more", text, len(log))
	}
	if !served(dialFrom(t, "127.0.0.3", l.Addr())) {
		t.Error("another address isn't served")
	}
	idle.Close()
	eventually(t, "the place of one that has gone is free", func() bool { return served(dialFrom(t, "127.0.0.2", l.Addr())) })
}

func TestLimitListenerCountsWebSocketsToTheirEnd(t *testing.T) {
	certificates := httptest.NewUnstartedServer(nil)
	certificates.StartTLS()
	defer certificates.Close()
	config := &tls.Config{Certificates: certificates.TLS.Certificates}
	for _, secure := range []bool{false, true} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		limited, url := engineio.LimitListener(l, 1), "ws://"
		if secure {
			limited, url = tls.NewListener(limited, config), "wss://"
		}
		serve(t, limited)
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
		open := func() (*wstest.Conn, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			c, err := wstest.Dial(ctx, url+l.Addr().String()+"/engine.io/?EIO=4&transport=websocket", client, nil)
			if err == nil {
				_, _, err = c.Read(ctx)
			}
			return c, err
		}
		for range 3 {
			var c *wstest.Conn
			eventually(t, "there is a place", func() bool { c, err = open(); return err == nil })
			if _, err := open(); err == nil {
				t.Error("two WebSockets where one may be")
			}
			if eventLoop {
				eventually(t, "TLS has a goroutine, and nothing else", func() bool { return (stacks("poll.(*parked).read") > 0) == secure })
			}
			c.CloseNow()
		}
	}
}

// eventLoop says that this system has one.
var eventLoop = runtime.GOOS == "linux"

// logged gets the lines of a log.
type logged chan string

func (l logged) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// stacks counts the goroutines that are in a function.
func stacks(name string) int {
	buf := make([]byte, 1<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), name)
}

func TestLimitListenerWithoutALimit(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "madang"))
	if err != nil {
		t.Skip("NOT RUN: no Unix sockets:", err)
	}
	if engineio.LimitListener(l, -1) != l {
		t.Error("a negative number limits")
	}
	// What has no IP address is a proxy on the same machine.
	serve(t, engineio.LimitListener(l, 1))
	for range 3 {
		c, err := net.Dial("unix", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if !served(c) {
			t.Error("a connection over a Unix socket was closed")
		}
	}
	l.Close()
	if _, err := engineio.LimitListener(l, 1).Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept of a closed listener: %v", err)
	}
}
