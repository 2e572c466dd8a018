package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/internal/clientip"
)

// served tells whether a connection from an address gets an answer; it stays open until the test
// ends.
func served(t *testing.T, from, to string) bool {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	c, err := d.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	_, err = http.ReadResponse(bufio.NewReader(c), nil)
	return err == nil
}

// An address that keeps its connections for nothing takes no more than its part of them; a proxy
// brings everybody's.
func TestConnectionsOfAnAddress(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: only on Linux all of 127.0.0.0/8 is this machine")
	}
	proxies, err := clientip.Parse("127.0.0.9")
	if err != nil {
		t.Fatal(err)
	}
	log := newOutput()
	m := &Main{Listen: "127.0.0.1:0", Data: t.TempDir(), Proxies: proxies, Log: slog.New(slog.NewTextHandler(log, nil)),
		Limits: chat.Limits{ConnectionsPerAddress: 3}}
	if err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	to := m.site.listener.Addr().String()
	for from, n := range map[string]int{"127.0.0.2": 3, "127.0.0.3": 3, "127.0.0.9": 10} {
		let := 0
		for range 10 {
			if served(t, from, to) {
				let++
			}
		}
		if let != n {
			t.Errorf("%s gets %d connections, not %d", from, let, n)
		}
	}
	if _, text := m.scrape(); !strings.Contains(text, `madang_refusals_total{limit="connections-per-address"} 14`+"\n") {
		t.Errorf("the metrics don't tell of the 14 that were closed: %s", text)
	}
	text := log.String()
	if strings.Count(text, "level=WARN msg=\"an address has as many connections") != 1 || strings.Contains(text, "127.0.0.2") ||
		!strings.Contains(text, "127.0.0.0/24") {
		t.Errorf("the log: %s", text)
	}
}

// Who reads nothing has little of the system's memory, and its deadlines come to bear.
func TestUnsentBytesAreBounded(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, most := range []int{-1, 10} {
		l := guarded(inner, chat.Limits{ConnectionsPerAddress: most}, nil, slog.New(slog.DiscardHandler), func(string) {})
		client, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		client.(*net.TCPConn).SetReadBuffer(4 << 10)
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		sent := 0
		for piece := make([]byte, 16<<10); err == nil && sent < 64<<20; {
			var n int
			c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			n, err = c.Write(piece)
			sent += n
		}
		if err == nil || sent > 1<<20 {
			t.Errorf("%d connections: %d bytes, %v", most, sent, err)
		}
	}
	inner.Close()
}

// scarce is a listener whose system is out of descriptors for a while.
type scarce struct {
	net.Listener
	mu   sync.Mutex
	left int // guarded by mu
}

func (l *scarce) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left > 0 {
		l.left--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

// Who runs the server learns what to do, once, and the server goes on when there are descriptors
// again.
func TestOutOfDescriptors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := newOutput()
	logger := slog.New(slog.NewTextHandler(log, nil))
	server := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug)}
	var serving sync.WaitGroup
	serving.Go(func() {
		server.Serve(guarded(&scarce{Listener: l, left: 5}, chat.Limits{ConnectionsPerAddress: -1}, nil, logger, func(string) {}))
	})
	defer serving.Wait()
	defer server.Close()
	if !served(t, "127.0.0.1", l.Addr().String()) {
		t.Error("the server has stopped")
	}
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "level=WARN") || !strings.Contains(text, "LimitNOFILE=") {
		t.Errorf("the log: %s", text)
	}
}

func TestDescriptorsAreTold(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT RUN: Windows has no such limit")
	}
	_, log := start(t, t.TempDir())
	if n := descriptors(); n == 0 || !strings.Contains(log.String(), fmt.Sprintf("level=INFO msg=\"files and connections that may be open\" most=%d", n)) {
		t.Errorf("%d: %s", n, log)
	}
}

// Names are a setting of the command line and of the environment, for pages and sockets.
func TestHosts(t *testing.T) {
	for _, args := range [][]string{{"--host=chat.example.org", "--host=localhost:1"}, nil} {
		if args == nil {
			t.Setenv("MADANG_HOST", "chat.example.org,localhost:1")
		}
		ctx, end := context.WithCancel(t.Context())
		out, log := newOutput(), newOutput()
		code := make(chan int, 1)
		go func() { code <- run(ctx, append(args, "--listen=localhost:0", "--data="+t.TempDir()), out, log) }()
		b := newBrowser(t, out.opened(t))
		for _, path := range []string{"/", "/socket.io/?EIO=4&transport=polling", "/nothing"} {
			for host, want := range map[string]bool{"chat.example.org": true, "evil.example": false} {
				r, _ := http.NewRequestWithContext(t.Context(), "GET", b.url+path, nil)
				r.Host = host
				a, err := b.client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				a.Body.Close()
				if (a.StatusCode != http.StatusMisdirectedRequest) != want || a.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s%s: %d %v", host, path, a.StatusCode, a.Header)
				}
			}
		}
		if a := b.do("GET", "/readyz", ""); a.status != 200 {
			t.Errorf("readyz by address = %+v", a)
		}
		end()
		if c := <-code; c != 0 {
			t.Errorf("exit code %d: %s", c, log)
		}
	}
}
