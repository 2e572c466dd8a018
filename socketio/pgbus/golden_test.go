package pgbus

import (
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// testLine is one whose server has the namespace "/". PostgreSQL isn't there.
func testLine(t testing.TB) *line {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), "postgres://madang@127.0.0.1:1/postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	l := &line{names: Options{}.names(), pool: pool}
	l.bus = cluster.New(l, cluster.Options{Package: "pgbus"})
	t.Cleanup(l.bus.Start(socketio.BusServer{
		Name: "g1", Receive: func(*socketio.BusMessage) {}, Logger: slog.New(slog.DiscardHandler),
	}))
	return l
}

func args(t testing.TB, values ...any) socketio.Args {
	t.Helper()
	a, err := socketio.ArgsOf(values...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What goes over the channels.
func TestGoldenPayloads(t *testing.T) {
	l := testLine(t)
	const request = "0123456789abcdef"
	for name, c := range map[string]struct {
		m                            socketio.BusMessage
		channel, also, payload, head string
	}{
		"an event": {
			m:       socketio.BusMessage{Kind: socketio.BusEmit, Event: "hello", Args: args(t, "a<", 1), Rooms: []string{"r1"}, Except: []string{"r2"}, Latest: true},
			channel: "socket.io#/",
			payload: `{"type":3,"uid":"g1","nsp":"/","data":{"packet":{"type":2,"data":["hello","a<",1]},"opts":{"rooms":["r1"],"except":["r2"],"flags":{"volatile":true}}}}`,
		},
		"binary": {
			m:       socketio.BusMessage{Kind: socketio.BusEmit, Event: "b", Args: args(t, []byte{1, 2})},
			channel: "socket.io#/",
			payload: "\x84\xa4type\x03\xa3uid\xa2g1\xa3nsp\xa1/\xa4data\x82\xa6packet\x82\xa4type\x02\xa4data\x92\xa1b\xc4\x02\x01\x02\xa4opts\x83\xa5rooms\x90\xa6except\x90\xa5flags\x80",
			head:    `{"uid":"g1","type":3,"nsp":"/","attachmentId":"`,
		},
		"a join": {
			m:       socketio.BusMessage{Kind: socketio.BusJoin, Namespace: "/한", Rooms: []string{"a"}, Change: []string{"b"}},
			channel: "socket.io#/한",
			payload: `{"type":4,"uid":"g1","nsp":"/한","data":{"opts":{"rooms":["a"],"except":[],"flags":{}},"rooms":["b"]}}`,
		},
		"a question": {
			m:       socketio.BusMessage{Kind: socketio.BusFetch, Request: request},
			channel: "socket.io#/", also: "socket.io-madang-all",
			payload: `{"type":7,"uid":"g1","nsp":"/","data":{"opts":{"rooms":[],"except":[],"flags":{}},"requestId":"f` + request + `","madang":{}}}`,
		},
		"a namespace of a long name": {
			m:       socketio.BusMessage{Kind: socketio.BusDisconnect, Namespace: "/" + strings.Repeat("x", 53), Rooms: []string{"a"}},
			channel: "madang=d2320f015dc798d03b026c1f4e6920b007d41b8698ec6a4e",
			payload: `{"type":6,"uid":"g1","nsp":"/` + strings.Repeat("x", 53) + `","data":{"opts":{"rooms":["a"],"except":[],"flags":{}},"close":false}}`,
		},
	} {
		if c.m.Namespace == "" {
			c.m.Namespace = "/"
		}
		f, err := l.Encode(&c.m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		v := f.Value.(letter)
		if f.Channel != c.channel || v.also != c.also || string(f.Payload) != c.payload || string(v.head) != c.head {
			t.Errorf("%s: on %s and %s, %s%s\nwant %s%s", name, f.Channel, v.also, v.head, f.Payload, c.head, c.payload)
		}
		if len(f.Channel) > mostName {
			t.Errorf("%s: the channel has %d bytes", name, len(f.Channel))
		}
	}
	for kind, want := range map[adapter.Type]string{
		adapter.TypeHello: `{"type":1,"uid":"g1","nsp":"/","madang":{}}`,
		adapter.TypeBye:   `{"type":13,"uid":"g1","nsp":"/","madang":{}}`,
	} {
		if f := l.nodeHeartbeat(kind, "/"); string(f.Payload) != want {
			t.Errorf("%s, want %s", f.Payload, want)
		}
	}
}

func plainText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// Names are those of Node's servers up to 63 bytes, and no two have the same.
func TestNames(t *testing.T) {
	n := Options{}.names()
	seen := make(map[string]string)
	for _, namespace := range []string{
		"/", "/" + strings.Repeat("x", 52), "/" + strings.Repeat("x", 53), "/" + strings.Repeat("x", 54), "/" + strings.Repeat("길", 100), "/\x00", "/\xff", `/"`, "/'",
	} {
		channel := n.of(namespace)
		if other, taken := seen[channel]; taken || len(channel) > mostName || !plainText(channel) {
			t.Errorf("%q is %q, as %q", namespace, channel, other)
		}
		seen[channel] = namespace
		if plain := "socket.io#" + namespace; len(plain) <= mostName && plainText(plain) && channel != plain {
			t.Errorf("%q is %q", namespace, channel)
		}
	}
}

// A reading of what Node's servers and emitters say: of which namespace, and what it is.
func TestReading(t *testing.T) {
	l := testLine(t)
	for payload, want := range map[string]string{
		`{"type":3,"data":{"packet":{"type":2,"data":["x",1],"nsp":"/"},"opts":{"rooms":["r"],"flags":{},"except":[]}},"uid":"emitter"}`: "1 emitter / x [1]",
		`{"type":3,"data":{"packet":{"type":2,"data":["x"]},"opts":{"rooms":[],"except":[],"flags":{}}},"uid":"00aa","nsp":"/"}` + " \n": "1 00aa / x []",
		`{"type":3,"uid":"g1","nsp":"/","data":{}}`:                   "", // our own
		`{"type":8,"uid":"00aa","nsp":"/","data":{"requestId":"00"}}`: "", // nobody waits
		`{"type":3,"uid":"00aa","nsp":"/b","data":{}}`:                "a message for \"/b\"",
		`{"type":3,"uid":"00aa","nsp":"/"}`:                           "a message of the type 3 without data",
	} {
		e, err := l.sort("/", []byte(payload))
		got := ""
		if err == nil && e != nil {
			var m *socketio.BusMessage
			if m, err = l.Read(cluster.Arrival{Channel: "socket.io#/", Value: *e}); m != nil {
				got = strings.TrimSpace(strings.Join([]string{string('0' + byte(m.Kind)), m.From, m.Namespace, m.Event, m.Args.String()}, " "))
			}
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", payload, got, want)
		}
	}
}
