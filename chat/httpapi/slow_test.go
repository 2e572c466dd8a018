package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat/httpapi"
)

// pipes is a listener of connections in memory, whose deadlines follow the clock of a synctest
// bubble.
type pipes struct {
	conns chan net.Conn
	end   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.end:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.end); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A body that trickles in is cut off; one that is only slow is not.
func TestSlowBody(t *testing.T) {
	h, err := httpapi.New(httpapi.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		chunk, all int // bytes per second, in all
		status     string
		from, to   time.Duration
	}{
		{"trickle", "/lang", 1, 60, "400", 30 * time.Second, 31 * time.Second},
		{"slow", "/lang", 2 << 10, 62 << 10, "200", 30 * time.Second, 32 * time.Second},
		{"too slow", "/lang", 1 << 10, 62 << 10, "400", 31 * time.Second, 33 * time.Second},
		{"nobody reads it", "/nothing", 1, 60, "404", 30 * time.Second, 31 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener := &pipes{make(chan net.Conn), make(chan struct{})}
				server := &http.Server{Handler: h}
				var work sync.WaitGroup
				work.Go(func() { server.Serve(listener) })
				near, far := net.Pipe()
				listener.conns <- far
				defer func() {
					near.Close()
					server.Close()
					work.Wait()
					time.Sleep(time.Second) // the server lingers before it closes a connection
				}()

				body := `{"lang":"en"` + strings.Repeat(" ", c.all-13) + `}`
				start := time.Now()
				work.Go(func() {
					fmt.Fprintf(near, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", c.path, len(body))
					for rest := body; rest != ""; {
						n := min(c.chunk, len(rest))
						if _, err := io.WriteString(near, rest[:n]); err != nil {
							return
						}
						rest = rest[n:]
						time.Sleep(time.Second)
					}
				})
				line, err := bufio.NewReader(near).ReadString('\n')
				took := time.Since(start)
				if err != nil || !strings.Contains(line, c.status) || took < c.from || took > c.to {
					t.Errorf("%q, %v after %v", line, err, took)
				}
			})
		})
	}
}
