package engineio_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func TestPolling(t *testing.T) {
	tests := []struct {
		name string
		run  func(t *testing.T, r *rig, p *poller, s *session)
	}{
		{"PO-01 PO-13 the answer to a POST", func(t *testing.T, r *rig, p *poller, s *session) {
			a := p.post("4hello")
			a.is(t, 200, "ok")
			if a.header.Get("Content-Type") != "text/html" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Length") != "2" {
				t.Errorf("header %q", a.header)
			}
			s.got("hello")
		}},
		{"PO-02 PO-03 PO-13 PO-15 a GET takes all that waits, in order", func(t *testing.T, r *rig, p *poller, s *session) {
			s.send("a", "", "binary:\x01\x02\x03", "binary:", "ü€😀")
			a := p.get()
			a.is(t, 200, "4a\x1e4\x1ebAQID\x1eb\x1e4ü€😀")
			if a.header.Get("Content-Type") != "text/plain; charset=UTF-8" || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("header %q", a.header)
			}
		}},
		{"an answer of any size tells its length", func(t *testing.T, r *rig, p *poller, s *session) {
			for _, size := range []int{1, 2047, 2048, 2049, 5000} {
				s.send(strings.Repeat("x", size-1))
				a := p.get()
				a.is(t, 200, "4"+strings.Repeat("x", size-1))
				if got := a.header.Get("Content-Length"); got != fmt.Sprint(size) {
					t.Errorf("a length of %q for %d bytes", got, size)
				}
			}
		}},
		{"a text with binary parts stays together", func(t *testing.T, r *rig, p *poller, s *session) {
			s.Send(engineio.NewMessage(append(make([]byte, engineio.Prefix), `51-["é"]`...), []byte{1}, []byte{2}), 0)
			s.send("next")
			p.gets(`451-["é"]`, "bAQ==", "bAg==", "4next")
		}},
		{"a waiting GET gets the first message at once", func(t *testing.T, r *rig, p *poller, s *session) {
			get := p.getting(s)
			s.send("now")
			(<-get).is(t, 200, "4now")
		}},
		{"PO-03 PO-04 packets of one POST are handled in order", func(t *testing.T, r *rig, p *poller, s *session) {
			p.posts("4a", "bAQID", "4", "b", "bAQ", "4ü€😀", "6", "4z")
			s.got("a", "binary:\x01\x02\x03", "", "binary:", "binary:\x01", "ü€😀", "z")
		}},
		{"text that is no UTF-8 becomes U+FFFD", func(t *testing.T, r *rig, p *poller, s *session) {
			p.posts("4a\xffb")
			s.got("a\uFFFDb")
		}},
		{"PO-06 a second GET ends the session", func(t *testing.T, r *rig, p *poller, s *session) {
			first := p.getting(s)
			p.get().is(t, 400, "")
			(<-first).is(t, 200, "1")
			if err := s.end(engineio.ReasonTransportError); err == nil || err.Error() != "overlap from client" {
				t.Errorf("error %v", err)
			}
			p.gone()
		}},
		{"PO-07 a second POST ends the session", func(t *testing.T, r *rig, p *poller, s *session) {
			half := p.startPost(s, 10, "4ha")
			p.post("4x").is(t, 400, "")
			if err := s.end(engineio.ReasonTransportError); err == nil || err.Error() != "data request overlap from client" {
				t.Errorf("error %v", err)
			}
			io.Copy(io.Discard, half) // it ends
			s.quiet()
			p.gone()
		}},
		{"PO-08 an abandoned GET ends the session", func(t *testing.T, r *rig, p *poller, s *session) {
			conn := p.start("GET " + r.Path() + "?" + p.query + " HTTP/1.1\r\nHost: engine.test\r\n\r\n")
			eventually(t, "the request waits", s.Waiting)
			conn.Close()
			if err := s.end(engineio.ReasonTransportError); err == nil || err.Error() != "poll connection closed prematurely" {
				t.Errorf("error %v", err)
			}
		}},
		{"PO-09 an abandoned POST ends the session", func(t *testing.T, r *rig, p *poller, s *session) {
			p.startPost(s, 10, "4ha").Close()
			if err := s.end(engineio.ReasonTransportError); err == nil || err.Error() != "data request connection closed prematurely" {
				t.Errorf("error %v", err)
			}
			s.quiet()
		}},
		{"PO-11 octets end the session", func(t *testing.T, r *rig, p *poller, s *session) {
			r.do("POST", p.query, "4x", "Content-Type", "application/octet-stream").is(t, 400, "")
			if err := s.end(engineio.ReasonTransportError); err == nil || err.Error() != "invalid content" {
				t.Errorf("error %v", err)
			}
			s.quiet()
			p.gone()
		}},
		{"PO-12 Connection: close on every request", func(t *testing.T, r *rig, p *poller, s *session) {
			for i := range 3 {
				r.do("POST", p.query, fmt.Sprint("4", i), "Connection", "close").is(t, 200, "ok")
				s.send(fmt.Sprint(i))
				r.do("GET", p.query, "", "Connection", "close").is(t, 200, fmt.Sprint("4", i))
			}
			s.got("0", "1", "2")
		}},
		{"PO-14 old Internet Explorers", func(t *testing.T, r *rig, p *poller, s *session) {
			for agent, want := range map[string]string{
				"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0)":                   "0",
				"Mozilla/4.0 (compatible;MSIE 7.0)":                                    "0",
				"Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko": "0",
				"Mozilla/5.0 Firefox/130.0":                                            "",
			} {
				s.send("x")
				if got := r.do("GET", p.query, "", "User-Agent", agent).header.Get("X-XSS-Protection"); got != want {
					t.Errorf("%s: GET %q", agent, got)
				}
				if got := r.do("POST", p.query, "6", "User-Agent", agent).header.Get("X-XSS-Protection"); got != want {
					t.Errorf("%s: POST %q", agent, got)
				}
			}
		}},
		{"JSONP", func(t *testing.T, r *rig, p *poller, s *session) {
			r.do("POST", p.query+"&j=0", "d=4a%5C%5Cnb%5Cn%22%1E4%C3%BC", "Content-Type", "application/x-www-form-urlencoded").is(t, 200, "ok")
			s.got("a\\nb\n\"", "ü")
			s.send("x\u2028</script>\"\n")
			a := r.do("GET", p.query+"&j=1a2x", "")
			a.is(t, 200, `___eio[12]("4x\u2028\u003c/script\u003e\"\n");`)
			if got := a.header.Get("Content-Type"); got != "text/javascript; charset=UTF-8" {
				t.Errorf("Content-Type %q", got)
			}
			r.do("POST", p.query+"&j=0", "other=field").is(t, 200, "ok")
			s.end(engineio.ReasonParseError)
		}},
		{"requests that follow each other on one connection", func(t *testing.T, r *rig, p *poller, s *session) {
			post := "POST " + r.Path() + "?" + p.query + " HTTP/1.1\r\nHost: engine.test\r\nContent-Length: 2\r\n\r\n4"
			conn := p.start(post + "a" + post + "b" + post + "c")
			defer conn.Close()
			s.got("a", "b", "c")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{})
			p, s := r.poll()
			test.run(t, r, p, s)
		})
	}
}

// start sends the beginning of a request on a connection of its own.
func (p *poller) start(text string) net.Conn {
	p.t.Helper()
	conn, err := p.dial()
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(p.patience))
	io.WriteString(conn, text)
	return conn
}

// startPost sends a part of a body of the given size.
func (p *poller) startPost(s *session, size int, part string) net.Conn {
	p.t.Helper()
	conn := p.start(fmt.Sprintf("POST %s?%s HTTP/1.1\r\nHost: engine.test\r\nContent-Length: %d\r\n\r\n%s", p.Path(), p.query, size, part))
	eventually(p.t, "the request is there", s.Posting)
	return conn
}

func TestPO10UnparsablePackets(t *testing.T) {
	for name, body := range map[string]string{
		"an unknown type": "xyz", "type 7": "7", "a negative type": "-1", "nothing": "", "an empty packet": "4a\x1e\x1e4b",
		"no base64": "B", "a separator at the end": "4a\x1e",
	} {
		t.Run(name, func(t *testing.T) {
			p, s := newRig(t, engineio.Options{}).poll()
			get := p.getting(s)
			p.post(body)
			s.end(engineio.ReasonParseError)
			(<-get).is(t, 200, "1")
			p.gone()
			if strings.HasPrefix(body, "4a") {
				s.got("a")
			}
			s.quiet()
		})
	}
}

func TestPO05BodyInPieces(t *testing.T) {
	text := "4" + strings.Repeat("ü€😀", 5) + "\x1e4end"
	tests := []struct{ name, header, format, end string }{
		{"with a length", fmt.Sprintf("Content-Length: %d\r\n", len(text)), "%[2]s", ""},
		{"chunked", "Transfer-Encoding: chunked\r\n", "%x\r\n%s\r\n", "0\r\n\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{})
			p, s := r.poll()
			conn := p.start("POST " + r.Path() + "?" + p.query + " HTTP/1.1\r\nHost: engine.test\r\n" + test.header + "\r\n")
			for i := range len(text) {
				fmt.Fprintf(conn, test.format, 1, text[i:i+1])
				time.Sleep(time.Millisecond / 2)
			}
			io.WriteString(conn, test.end)
			s.got(strings.Repeat("ü€😀", 5), "end")
		})
	}
}

func TestLimitsOfPolling(t *testing.T) {
	pass := func(next http.Handler) http.Handler { return next }
	for name, middleware := range map[string][]func(http.Handler) http.Handler{
		"LI-01 a body above the limit": nil, "LI-02 the same behind middleware": {pass, pass},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, engineio.Options{MaxPayload: 5, Middleware: middleware})
			p, s := r.poll()
			p.post("412345").is(t, 413, "")
			chunked := p.start("POST " + r.Path() + "?" + p.query + " HTTP/1.1\r\nHost: engine.test\r\nTransfer-Encoding: chunked\r\n\r\n" +
				"3\r\n412\r\n3\r\n345\r\n0\r\n\r\n")
			line := make([]byte, len("HTTP/1.1 413"))
			if io.ReadFull(chunked, line); string(line) != "HTTP/1.1 413" {
				t.Errorf("chunked: %q", line)
			}
			s.quiet()
			p.posts("41234") // LI-04 LI-06: exactly the limit
			p.posts("4")
			s.got("1234", "")
		})
	}
	t.Run("LI-07 a megabyte each way", func(t *testing.T) {
		r := newRig(t, engineio.Options{MaxPayload: 8 << 20, MaxQueue: 8 << 20})
		p, s := r.poll()
		large := strings.Repeat("0123456789abcdeü", 70_000)
		p.posts("4"+large, "4"+large)
		s.got(large, large)
		s.send(large, "binary:"+large)
		a := p.get()
		if packets := strings.Split(a.body, "\x1e"); len(packets) != 2 || packets[0] != "4"+large || len(packets[1]) < len(large)*4/3 {
			t.Errorf("%d packets", len(packets))
		}
	})
}
