package socketio_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

// benchParsers are the parsers with what a client says of CONNECT and of the event "x" with 16
// characters.
var benchParsers = []struct {
	name           string
	parser         socketio.Parser
	kind           wstest.Kind
	connect, event string
}{
	{"JSON", socketio.ParserJSON, wstest.Text, "40", `42["x","0123456789abcdef"]`},
	{"msgpack", socketio.ParserMsgpack, wstest.Binary, "\x82\xa4type\x00\xa3nsp\xa1/",
		"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1x\xb00123456789abcdef"},
}

// benchDial returns a connected client whose frames may be written and read.
func benchDial(b *testing.B, url string, kind wstest.Kind, connect string) *wstest.Conn {
	b.Helper()
	conn, err := wstest.Dial(b.Context(), url+"/socket.io/?EIO=4&transport=websocket", nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.CloseNow() })
	benchRead(b, conn)
	if err := conn.Write(b.Context(), kind, []byte(connect)); err != nil {
		b.Fatal(err)
	}
	benchRead(b, conn)
	return conn
}

func benchRead(b *testing.B, conn *wstest.Conn) {
	if _, _, err := conn.Read(b.Context()); err != nil {
		b.Error(err)
	}
}

var benchEvent = socketio.NewEvent[string]("x")

// A client sends an event and gets it back. Its own work and that of the network is part of the
// time, not of what differs.
func BenchmarkEcho(b *testing.B) {
	for _, p := range benchParsers {
		b.Run(p.name, func(b *testing.B) {
			io := socketio.New(socketio.Options{Parser: p.parser})
			srv := httptest.NewServer(io)
			defer srv.Close()
			defer io.Close()
			benchEvent.Handle(io.Of("/"), func(_ context.Context, s *socketio.Socket, v string) error { return benchEvent.Emit(s, v) })
			conn := benchDial(b, srv.URL, p.kind, p.connect)
			event := []byte(p.event)
			b.ReportAllocs()
			for b.Loop() {
				if err := conn.Write(b.Context(), p.kind, event); err != nil {
					b.Fatal(err)
				}
				benchRead(b, conn)
			}
		})
	}
}

// An event is encoded for a room in which nobody is.
func BenchmarkEmit(b *testing.B) {
	for _, p := range benchParsers {
		for _, recovery := range []*socketio.RecoveryOptions{nil, {}} {
			name := p.name
			if recovery != nil {
				name += " with recovery"
			}
			b.Run(name, func(b *testing.B) {
				io := socketio.New(socketio.Options{Parser: p.parser, Recovery: recovery})
				defer io.Close()
				room := io.Of("/").To("nobody")
				b.ReportAllocs()
				for b.Loop() {
					if err := benchEvent.Emit(room, "0123456789abcdef"); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
