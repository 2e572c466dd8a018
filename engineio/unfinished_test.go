package engineio_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A dawdler is a client that sends the head of a request at once and then one byte of its body
// every three seconds, for ever.
type dawdler struct {
	net.Conn
	t     *testing.T
	in    *bufio.Reader
	start time.Time
}

func (r *rig) dawdle(head, drip string) *dawdler {
	r.t.Helper()
	conn, err := r.dial()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Hour))
	d := &dawdler{conn, r.t, bufio.NewReader(conn), time.Now()}
	if _, err := io.WriteString(conn, head); err != nil {
		r.t.Fatal(err)
	}
	go func() {
		for time.Sleep(3 * time.Second); ; time.Sleep(3 * time.Second) {
			if _, err := io.WriteString(conn, drip); err != nil {
				return
			}
		}
	}()
	return d
}

// answered checks what comes and when, and that the connection ends soon after.
func (d *dawdler) answered(status int, after time.Duration) {
	d.t.Helper()
	d.answer(status, after)
	d.ends(after + 3*time.Second)
}

func (d *dawdler) answer(status int, after time.Duration) {
	d.t.Helper()
	res, err := http.ReadResponse(d.in, nil)
	if err != nil {
		d.t.Fatalf("no answer: %v after %v", err, time.Since(d.start))
	}
	if got := time.Since(d.start); got > after+time.Second || got < after {
		d.t.Errorf("answered after %v, want %v", got, after)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		d.t.Fatalf("answer %s %q %v, want %d", res.Status, body, err, status)
	}
	if !res.Close {
		d.t.Errorf("the answer doesn't close the connection: %v", res.Header)
	}
}

func (d *dawdler) ends(latest time.Duration) {
	d.t.Helper()
	io.Copy(io.Discard, d.in) // until the end, or the deadline of an hour
	if got := time.Since(d.start); got > latest {
		d.t.Errorf("the connection ended after %v, want %v at most", got, latest)
	}
}

func TestAnswerDoesNotWaitForTheBody(t *testing.T) {
	const known = "EIO=4&transport=polling&sid=SID"
	unwelcome := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Token") != "" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	tests := []struct {
		name, method, query string
		header              string
		prepare             func(r *rig, p *poller, s *session)
		status              int
	}{
		{name: "a handshake by POST", method: "POST", query: "EIO=4&transport=polling", status: 400},
		{name: "an unknown transport", method: "POST", query: "EIO=4&transport=pigeon", status: 400},
		{name: "an unknown session", method: "POST", query: "EIO=4&transport=polling&sid=nobody", status: 400},
		{name: "a poll of an unknown session", method: "GET", query: "EIO=4&transport=polling&sid=nobody", status: 400},
		{name: "another revision", method: "POST", query: "EIO=3&transport=polling&sid=SID", status: 400},
		{name: "an upgrade", method: "GET", query: "EIO=4&transport=websocket&sid=nobody", header: upgradeHeader, status: 400},
		{name: "a WebSocket by plain POST", method: "POST", query: "EIO=4&transport=websocket", status: 400},
		{name: "a method that isn't known", method: "PUT", query: known, status: 500},
		{name: "another path", method: "POST", query: "/elsewhere/", status: 404},
		{name: "a preflight", method: "OPTIONS", query: known, status: 204},
		{name: "what middleware refuses", method: "GET", query: known, header: "Token: no\r\n", status: 401},
		{name: "a handshake with a body", method: "GET", query: "EIO=4&transport=polling", status: 200,
			prepare: func(r *rig, _ *poller, _ *session) { go func() { <-r.opened }() }},
		{name: "a poll with a body", method: "GET", query: known, status: 200,
			prepare: func(_ *rig, _ *poller, s *session) { s.send("x") }},
		{name: "a poll beside another one", method: "GET", query: known, status: 400,
			prepare: func(_ *rig, p *poller, s *session) { p.getting(s) }},
		{name: "a body in binary", method: "POST", query: known, header: "Content-Type: application/octet-stream\r\n", status: 400},
		{name: "a session that is on WebSocket", method: "POST", query: known, status: 400,
			prepare: func(_ *rig, p *poller, s *session) {
				p.upgraded()
				eventually(p.t, "the upgrade is complete", func() bool { return s.Transport() == engineio.WebSocket })
			}},
		{name: "a server that shuts down", method: "GET", query: "EIO=4&transport=polling", status: 503,
			prepare: func(r *rig, _ *poller, _ *session) { r.StopAccepting() }},
	}
	bodies := []struct{ name, header, drip string }{
		{"announced", "Content-Length: 200000\r\n", "x"},
		{"long", "Content-Length: 900000\r\n", "x"},
		{"in chunks", "Transfer-Encoding: chunked\r\n", "1\r\nx\r\n"},
		{"after a go-ahead", "Content-Length: 200000\r\nExpect: 100-continue\r\n", "x"},
	}
	for _, test := range tests {
		for _, body := range bodies {
			t.Run(test.name+"/"+body.name, func(t *testing.T) {
				opts := engineio.Options{Middleware: []func(http.Handler) http.Handler{unwelcome}}
				if test.method == "OPTIONS" {
					opts.CORS = &engineio.CORS{}
				}
				bubble(t, opts, func(t *testing.T, r *rig) {
					p, s := r.poll()
					if test.prepare != nil {
						test.prepare(r, p, s)
					}
					target := strings.Replace(test.query, "SID", s.ID(), 1)
					if !strings.HasPrefix(target, "/") {
						target = r.Path() + "?" + target
					}
					r.dawdle(test.method+" "+target+" HTTP/1.1\r\nHost: engine.test\r\n"+test.header+body.header+"\r\n", body.drip).answered(test.status, 0)
				})
			})
		}
	}
}

// head is that of a request that brings packets.
func (p *poller) head(header string) string {
	return "POST " + p.Path() + "?" + p.query + " HTTP/1.1\r\nHost: engine.test\r\n" + header + "\r\n"
}

func TestBodyBesideAnotherOneIsNotRead(t *testing.T) {
	bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
		p, s := r.poll()
		first := r.dawdle(p.head("Content-Length: 1000\r\n"), "x")
		eventually(t, "the first body is read", s.Posting)
		second := r.dawdle(p.head("Content-Length: 1000\r\n"), "x")
		second.answer(400, 0)
		first.answer(400, 0)
		s.end(engineio.ReasonTransportError)
		first.ends(3 * time.Second)
		second.ends(3 * time.Second)
	})
}

func TestBodyLargerThanMaxPayloadIsNotAwaited(t *testing.T) {
	for _, header := range []string{"", "Expect: 100-continue\r\n"} {
		bubble(t, engineio.Options{MaxPayload: 1000}, func(t *testing.T, r *rig) {
			p, s := r.poll()
			for _, length := range []int64{1001, 200_000, 1 << 40} {
				r.dawdle(p.head(fmt.Sprintf("Content-Length: %d\r\n%s", length, header)), "x").answered(413, 0)
			}
			r.dawdle(p.head("Transfer-Encoding: chunked\r\n")+"3e9\r\n"+strings.Repeat("x", 1001)+"\r\n", "1\r\nx\r\n").answered(413, 0)
			s.alive()
		})
	}
}

// What a client sends of a message that never ends is no sign of life: no pong can follow it.
func TestMessageThatNeverEndsIsNoHeartbeat(t *testing.T) {
	frame := mask(textFrame, strings.Repeat("4", 900_000))
	tests := []struct {
		name        string
		start, drip []byte
	}{
		{"a frame", frame[:20], []byte("x")},
		{"a message in fragments", mask(0x01, "4"), mask(0x00, "x")},
		{"pings beside it", frame[:0:0], mask(pingFrame, "x")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
				start := time.Now()
				w, s := r.websocket()
				go io.Copy(io.Discard, w.in)
				w.Write(test.start)
				go func() {
					for time.Sleep(3 * time.Second); ; time.Sleep(3 * time.Second) {
						if _, err := w.Write(test.drip); err != nil {
							return
						}
					}
				}()
				s.end(engineio.ReasonPingTimeout)
				if got := time.Since(start); got < 45*time.Second || got > 46*time.Second {
					t.Errorf("ended after %v", got)
				}
			})
		})
	}
}

// Behind the head of an upgrade there is no body, only frames.
func TestBodyOfAnUpgrade(t *testing.T) {
	bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
		d := r.dawdle("GET "+r.Path()+"?EIO=4&transport=websocket HTTP/1.1\r\nHost: engine.test\r\n"+upgradeHeader+"Content-Length: 200000\r\n\r\n", "x")
		res, err := http.ReadResponse(d.in, nil)
		if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(res, err)
		}
		r.session().end(engineio.ReasonTransportError)
		d.ends(45 * time.Second) // a bad header is ten bytes long at most
	})
}
