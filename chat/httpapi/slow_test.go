package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
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

// overPipe serves one connection in memory.
func overPipe(t *testing.T, h http.Handler, use func(client net.Conn, work *sync.WaitGroup)) {
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
		use(near, &work)
	})
}

// A body that trickles in is cut off; one that is only slow is not.
func TestF1SlowBody(t *testing.T) {
	h := open(t).server.Config.Handler
	for _, c := range []struct {
		name, path string
		chunk, all int // bytes per second, in all
		chunked    bool
		status     string
		from, to   time.Duration
	}{
		{"trickle", "/lang", 1, 60, false, "400", 30 * time.Second, 31 * time.Second},
		{"trickle in chunks", "/lang", 1, 60, true, "400", 30 * time.Second, 31 * time.Second},
		{"slow", "/lang", 2 << 10, 62 << 10, false, "200", 30 * time.Second, 32 * time.Second},
		{"slow in chunks", "/lang", 2 << 10, 62 << 10, true, "200", 30 * time.Second, 33 * time.Second},
		{"too slow", "/lang", 1 << 10, 62 << 10, false, "400", 33 * time.Second, 35 * time.Second},
		{"nobody reads it", "/nothing", 1, 60, false, "404", 30 * time.Second, 31 * time.Second},
		{"nobody reads it in chunks", "/nothing", 1, 60, true, "404", 30 * time.Second, 31 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			overPipe(t, h, func(client net.Conn, work *sync.WaitGroup) {
				body := `{"lang":"en"` + strings.Repeat(" ", c.all-13) + `}`
				start := time.Now()
				work.Go(func() {
					length, piece := fmt.Sprintf("Content-Length: %d", len(body)), "%[2]s"
					if c.chunked {
						length, piece = "Transfer-Encoding: chunked", "%x\r\n%s\r\n"
					}
					fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s\r\n\r\n", c.path, length)
					for rest := body; rest != ""; {
						n := min(c.chunk, len(rest))
						if _, err := fmt.Fprintf(client, piece, n, rest[:n]); err != nil {
							return
						}
						rest = rest[n:]
						time.Sleep(time.Second)
					}
					if c.chunked {
						io.WriteString(client, "0\r\n\r\n")
					}
				})
				line, err := bufio.NewReader(client).ReadString('\n')
				took := time.Since(start)
				if err != nil || !strings.Contains(line, c.status) || took < c.from || took > c.to {
					t.Errorf("%q, %v after %v", line, err, took)
				}
			})
		})
	}
}

// Who doesn't read an answer is cut off, whatever the answer is; who reads slowly isn't, nor is the
// next request on the connection the worse for it.
func TestUnreadAnswersAreCutOff(t *testing.T) {
	s := open(t, func(o *httpapi.Options) {
		web := fstest.MapFS{"assets/big.json": {Data: incompressible(1 << 20)}}
		maps.Copy(web, built)
		o.Web = web
	})
	h := s.server.Config.Handler
	const big = "GET /assets/big.json HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, request := range map[string]string{
		"asset":      big,
		"error page": "GET /nothing HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n",
		"error":      "GET /gif/none.gif HTTP/1.1\r\nHost: x\r\n\r\n",
		"redirect":   "GET //room HTTP/1.1\r\nHost: x\r\n\r\n",
		"health":     "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			overPipe(t, h, func(client net.Conn, work *sync.WaitGroup) {
				start := time.Now()
				io.WriteString(client, request)
				time.Sleep(29 * time.Second)
				one := make([]byte, 1)
				if _, err := client.Read(one); err != nil {
					t.Errorf("cut off after %v: %v", time.Since(start), err)
				}
				time.Sleep(2 * time.Second)
				if _, err := io.Copy(io.Discard, client); err != nil || time.Since(start) > 32*time.Second {
					t.Errorf("not cut off after %v: %v", time.Since(start), err)
				}
			})
		})
	}
	t.Run("what the system takes isn't read", func(t *testing.T) {
		overPipe(t, h, func(client net.Conn, work *sync.WaitGroup) {
			start := time.Now()
			io.WriteString(client, big)
			if n, err := io.CopyN(io.Discard, client, 900<<10); err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			time.Sleep(31 * time.Second)
			if n, err := io.Copy(io.Discard, client); n > 64<<10 || time.Since(start) > 32*time.Second {
				t.Errorf("not cut off after %v: %d bytes, %v", time.Since(start), n, err)
			}
		})
	})
	t.Run("slow", func(t *testing.T) {
		overPipe(t, h, func(client net.Conn, work *sync.WaitGroup) {
			start := time.Now()
			r := bufio.NewReaderSize(&slowReader{client}, 16)
			for range 2 {
				work.Go(func() { io.WriteString(client, big) })
				a, err := http.ReadResponse(r, nil)
				if err != nil {
					t.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, a.Body); n != 1<<20 || err != nil {
					t.Errorf("%d bytes after %v: %v", n, time.Since(start), err)
				}
			}
			if took := time.Since(start); took < 6*time.Minute {
				t.Errorf("read in %v", took)
			}
		})
	})
}

// The deadline of an answer isn't that of a socket's which follows on the connection.
func TestSocketsHaveNoDeadlineOfAnAnswer(t *testing.T) {
	s := open(t, func(o *httpapi.Options) {
		o.Socket = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Minute)
			io.WriteString(w, "polled")
		})
	})
	overPipe(t, s.server.Config.Handler, func(client net.Conn, work *sync.WaitGroup) {
		r := bufio.NewReader(client)
		for _, path := range []string{"/healthz", "/socket.io/", "/healthz"} {
			work.Go(func() { fmt.Fprintf(client, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path) })
			a, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			io.Copy(io.Discard, a.Body)
			time.Sleep(time.Minute)
		}
	})
}

// slowReader takes about 5 KiB a second.
type slowReader struct{ io.Reader }

func (r *slowReader) Read(p []byte) (int, error) {
	time.Sleep(200 * time.Millisecond)
	return r.Reader.Read(p[:min(1<<10, len(p))])
}

func incompressible(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(data)
	return data
}
