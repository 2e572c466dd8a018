package engineio_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/wstest"
)

func TestWebSocket(t *testing.T) {
	tests := []struct {
		name string
		opts engineio.Options
		run  func(t *testing.T, r *rig, w *wire, s *session)
	}{
		{"MS-01 MS-03 text and binary", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("4ü€😀", "4")
			w.frame(binaryFrame, "\x00\xff")
			w.frame(binaryFrame, "")
			s.got("ü€😀", "", "binary:\x00\xff", "binary:")
			s.send("ü€😀", "", "binary:\x00\xff", "binary:")
			w.expect("4ü€😀", "4", "binary:\x00\xff", "binary:")
		}},
		{"MS-02 many messages in one write and byte by byte", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			var all []byte
			for range 3 {
				all = append(all, mask(textFrame, "4a")...)
				all = append(all, mask(binaryFrame, "b")...)
			}
			w.raw(string(all))
			for i := range all {
				w.raw(string(all[i : i+1]))
			}
			for range 6 {
				s.got("a", "binary:b")
			}
		}},
		{"a text with binary parts stays together", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			s.Send(engineio.NewMessage(append(make([]byte, engineio.Prefix), `52-["a"]`...), []byte{1}, []byte{2}), 0)
			s.send("next")
			w.expect(`452-["a"]`, "binary:\x01", "binary:\x02", "4next")
		}},
		{"other packets are no messages", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("6", "5", "0", "3", "4x")
			s.got("x")
			s.quiet()
		}},
		{"PO-10 an unknown packet is a parse error", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("7", "4late")
			s.end(engineio.ReasonParseError)
			w.closes(noCode)
			s.quiet()
		}},
		{"PO-10 an empty packet is a parse error", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("")
			s.end(engineio.ReasonParseError)
			w.closes(noCode)
		}},
		{"HB-05 a ping of a client ends the session", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("2", "4late")
			if err := s.end(engineio.ReasonTransportError); err == nil {
				t.Error("no error")
			}
			w.closes(noCode)
			s.quiet()
		}},
		{"a close packet ends the session", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("1")
			s.end(engineio.ReasonTransportClose)
			w.closes(noCode)
		}},
		{"WS-03 control frames", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.frame(pingFrame, "")
			w.frame(textFrame&^0x80, "4a")
			w.frame(pingFrame, "between")
			w.frame(pongFrame, "unsolicited")
			w.frame(0x80, "b")
			for _, want := range []string{"", "between"} {
				if first, p := w.next(); first != pongFrame || p != want {
					t.Errorf("frame %#x %q", first, p)
				}
			}
			s.got("ab")
			w.frame(closeFrame, "\x03\xe8bye")
			if code := w.closing(); code != 1000 {
				t.Errorf("the close frame was answered with %d", code)
			}
			if err := s.end(engineio.ReasonTransportClose); err != nil {
				t.Errorf("error %v", err)
			}
		}},
		{"WS-03 pongs keep the order", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			s.Send(engineio.Text("first"), engineio.Corked)
			w.frame(pingFrame, "p")
			w.expect("4first")
			if first, p := w.next(); first != pongFrame || p != "p" {
				t.Errorf("frame %#x %q", first, p)
			}
		}},
		{"CL-04 the end of the connection without a close frame", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.Close()
			s.end(engineio.ReasonTransportClose)
		}},
		{"LI-03 a message above the limit", engineio.Options{MaxPayload: 5}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("41234") // LI-04: exactly the limit
			s.got("1234")
			w.text("412345")
			s.end(engineio.ReasonTransportError)
			w.closes(1009)
			s.quiet()
		}},
		{"LI-05 the limit counts announced fragments", engineio.Options{MaxPayload: 5}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.frame(textFrame&^0x80, "4123")
			w.raw("\x80\x82") // two more bytes are announced
			s.end(engineio.ReasonTransportError)
			w.closes(1009)
		}},
		{"WS-01 an unmasked frame", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.raw("\x81\x024x")
			s.end(engineio.ReasonTransportError)
			w.closes(1002)
		}},
		{"WS-01 a reserved opcode", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("4before")
			w.frame(0x83, "x")
			s.got("before")
			s.end(engineio.ReasonTransportError)
			w.closes(1002)
		}},
		{"WS-02 text that is no UTF-8", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.text("4\xed\xa0\x80")
			s.end(engineio.ReasonTransportError)
			w.closes(1007)
			s.quiet()
		}},
		{"WS-04 no compression by default", engineio.Options{}, func(t *testing.T, r *rig, w *wire, s *session) {
			w.frame(textFrame|rsv1, "4x")
			s.end(engineio.ReasonTransportError)
			w.closes(1002)
		}},
		{"a megabyte each way", engineio.Options{MaxPayload: 8 << 20, MaxQueue: 16 << 20}, func(t *testing.T, r *rig, w *wire, s *session) {
			large := strings.Repeat("0123456789abcdeü", 70_000)
			go func() {
				w.text("4" + large)
				w.frame(binaryFrame, large)
			}()
			s.got(large, "binary:"+large)
			s.send("before", large, "between", "binary:"+large, "after")
			w.expect("4before", "4"+large, "4between", "binary:"+large, "4after")
		}},
		{"a message above the bound on an empty queue", engineio.Options{MaxQueue: 100}, func(t *testing.T, r *rig, w *wire, s *session) {
			large := strings.Repeat("x", 300_000)
			s.send(large)
			w.expect("4" + large)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, test.opts)
			w, s := r.websocket()
			if got := w.res.Header.Get("Sec-WebSocket-Extensions"); got != "" {
				t.Errorf("WS-04 extensions %q", got)
			}
			test.run(t, r, w, s)
		})
	}
}

func TestGluedFrames(t *testing.T) {
	r := newRig(t, engineio.Options{})
	w := r.upgrade("EIO=4&transport=websocket", string(mask(textFrame, "4glued"))+string(mask(textFrame, "4half")[:5]))
	w.accepted()
	w.open()
	s := r.session()
	s.got("glued")
	w.raw(string(mask(textFrame, "4half")[5:]))
	s.got("half")
}

func TestCompressedWebSocket(t *testing.T) {
	large := strings.Repeat("compress me ", 200)
	for _, test := range []struct {
		name       string
		threshold  int
		text       string
		flags      engineio.Flags
		compressed bool
	}{
		{"from 1024 bytes", 0, large, 0, true},
		{"below the threshold", 0, "small", 0, false},
		{"always", -1, "small", 0, true},
		{"never for this message", 0, large, engineio.NoCompress, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{PerMessageDeflate: true, PerMessageDeflateThreshold: test.threshold})
			w := r.upgrade("EIO=4&transport=websocket", "", "Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
			if !strings.HasPrefix(w.res.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate") {
				t.Fatalf("extensions %q", w.res.Header.Get("Sec-WebSocket-Extensions"))
			}
			w.next()
			r.session().Send(engineio.Text(test.text), test.flags)
			first, p := w.next()
			if first != textFrame && first != textFrame|rsv1 || (first&rsv1 != 0) != test.compressed || !test.compressed && p != "4"+test.text {
				t.Errorf("frame %#x of %d bytes", first, len(p))
			}
		})
	}
	t.Run("not offered", func(t *testing.T) {
		r := newRig(t, engineio.Options{PerMessageDeflate: true})
		w, s := r.websocket()
		s.send(large)
		w.expect("4" + large)
	})
}

// httpServer serves the rig's engine a second time, by a server of the standard library's.
func (r *rig) httpServer(t *testing.T, secure bool) *httptest.Server {
	server := httptest.NewUnstartedServer(r.Server)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

// over opens a WebSocket session by a server of httpServer.
func (r *rig) over(t *testing.T, server *httptest.Server) *wstest.Conn {
	t.Helper()
	c, err := wstest.Dial(t.Context(), server.URL+r.Path()+"?EIO=4&transport=websocket", server.Client(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
	if _, p, err := c.Read(t.Context()); err != nil || p[0] != '0' {
		t.Fatalf("open packet %q, %v", p, err)
	}
	return c
}

// echoAll sends and receives messages of all sizes.
func echoAll(t *testing.T, r *rig, c *wstest.Conn) {
	t.Helper()
	s := r.session()
	ctx, cancel := context.WithTimeout(t.Context(), r.patience)
	defer cancel()
	for _, size := range []int{0, 1, 100, 125, 126, 1024, 70_000, 500_000} {
		text := strings.Repeat("aü", size/3+1)
		if err := c.Write(ctx, wstest.Text, []byte("4"+text)); err != nil {
			t.Fatal(err)
		}
		s.got(text)
		if err := c.Write(ctx, wstest.Binary, []byte(text)); err != nil {
			t.Fatal(err)
		}
		s.got("binary:" + text)
		s.send(text, "binary:"+text)
		if kind, p, err := c.Read(ctx); kind != wstest.Text || string(p) != "4"+text || err != nil {
			t.Fatalf("size %d: %v %q %v", size, kind, head(string(p)), err)
		}
		if kind, p, err := c.Read(ctx); kind != wstest.Binary || string(p) != text || err != nil {
			t.Fatalf("size %d: %v %q %v", size, kind, head(string(p)), err)
		}
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	s.end(engineio.ReasonTransportClose)
}

func TestMS09TLS(t *testing.T) {
	r := newRig(t, engineio.Options{})
	server := r.httpServer(t, true)
	t.Run("WSS", func(t *testing.T) {
		echoAll(t, r, r.over(t, server))
	})
	t.Run("HTTPS", func(t *testing.T) {
		res, err := server.Client().Get(server.URL + r.Path() + "?EIO=4&transport=polling")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if s := r.session(); !s.Handshake().Secure {
			t.Error("not told to be secure")
		}
	})
	t.Run("a session that was closed by the server", func(t *testing.T) {
		c := r.over(t, server)
		s := r.session()
		s.send("last words")
		s.Close()
		if _, p, err := c.Read(t.Context()); string(p) != "4last words" {
			t.Errorf("%q %v", p, err)
		}
		_, _, err := c.Read(t.Context())
		if end := (*wstest.CloseError)(nil); !errors.As(err, &end) || end.Code != wstest.NoStatus {
			t.Errorf("closed with %v", err)
		}
		s.end(engineio.ReasonForcedClose)
	})
	t.Run("a reader that doesn't read", func(t *testing.T) {
		c := r.over(t, server)
		s := r.session()
		m := engineio.Text(strings.Repeat("x", 100_000))
		eventually(t, "the queue is full", func() bool { return s.Send(m, 0) == engineio.ErrSlow })
		s.end(engineio.ReasonSlow)
		c.CloseNow()
	})
}
