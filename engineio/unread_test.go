package engineio_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// unread sends requests whose answers nobody reads, over a network that holds nothing, until the
// server hangs up.
func (r *rig) unread(request string, latest time.Duration) {
	r.t.Helper()
	conn, server := net.Pipe()
	defer conn.Close()
	r.pipes.conns <- server
	start := time.Now()
	conn.SetDeadline(start.Add(time.Hour))
	var err error
	for {
		if _, err = io.WriteString(conn, request); err != nil {
			break
		}
		time.Sleep(time.Second)
	}
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() || time.Since(start) > latest {
		r.t.Errorf("the server waited %v for somebody to read", time.Since(start))
	}
}

func TestAnswerThatNobodyReads(t *testing.T) {
	tests := []struct {
		name, method, query string
		opts                engineio.Options
	}{
		{name: "a long poll", method: "GET", query: "EIO=4&transport=polling&sid=SID"},
		{name: "preflights", method: "OPTIONS", query: "EIO=4&transport=polling", opts: engineio.Options{CORS: &engineio.CORS{}}},
		{name: "other paths", method: "GET", query: "/elsewhere/"},
		{name: "a refusal", method: "GET", query: "EIO=4&transport=polling&sid=nobody"},
		{name: "a long poll behind a wrapper", method: "GET", query: "EIO=4&transport=polling&sid=SID",
			opts: engineio.Options{Middleware: []func(http.Handler) http.Handler{muted}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.opts.MaxQueue = -1
			bubble(t, test.opts, func(t *testing.T, r *rig) {
				_, s := r.poll()
				s.send(strings.Repeat("x", 1<<20))
				target := strings.Replace(test.query, "SID", s.ID(), 1)
				if !strings.HasPrefix(target, "/") {
					target = r.Path() + "?" + target
				}
				r.unread(test.method+" "+target+" HTTP/1.1\r\nHost: engine.test\r\n\r\n", engineio.DefaultWriteTimeout+10*time.Second)
			})
		})
	}
}
