package engineio_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/nodetest"
)

// A fate is what became of a session: the messages that arrived and why it ended.
type fate struct {
	Messages []string `json:"messages"`
	Closed   string   `json:"closed"`
}

func (f fate) over() bool {
	return f.Closed != "" || len(f.Messages) > 0 && f.Messages[len(f.Messages)-1] == "end"
}

// A contestant is a server that is given the same bytes as another one.
type contestant struct {
	*rig
	state func(sid string) fate
}

// official starts the reference.
func official(t *testing.T) contestant {
	cmd := exec.Command("node", "testdata/reference.cjs")
	input, output := nodetest.Start(t, cmd)
	t.Cleanup(func() { input.Close(); cmd.Wait() })
	port, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal("the reference doesn't start: ", err)
	}
	dial := func() (net.Conn, error) { return net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(port)) }
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return dial() }}
	t.Cleanup(transport.CloseIdleConnections)
	paths := engineio.New(engineio.Options{}, nil) // it only knows the path
	t.Cleanup(func() { paths.Close() })
	r := &rig{Server: paths, t: t, dial: dial, client: &http.Client{Transport: transport}, patience: 30 * time.Second}
	return contestant{r, func(sid string) (f fate) {
		json.Unmarshal([]byte(r.do("GET", "/state/"+sid, "").body), &f)
		return f
	}}
}

// ours is the server of this package.
func ours(t *testing.T) contestant {
	var mu sync.Mutex
	fates := map[string]*fate{}
	r := newRig(t, engineio.Options{AllowEIO3: true}, func(s *session) {
		f := new(fate)
		mu.Lock()
		fates[s.ID()] = f
		mu.Unlock()
		s.onMessage(func(m message) {
			mu.Lock()
			defer mu.Unlock()
			if m.binary {
				m.data = "binary:" + hex.EncodeToString([]byte(m.data))
			}
			f.Messages = append(f.Messages, m.data)
		})
	})
	return contestant{r, func(sid string) fate {
		mu.Lock()
		defer mu.Unlock()
		f := fate{Messages: fates[sid].Messages}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, s := range r.all {
			if s.ID() == sid && s.closed.Load() > 0 {
				e := <-s.ended
				s.ended <- e
				f.Closed = string(e.reason)
			}
		}
		return f
	}}
}

// What a client may send in one piece, and how both servers read it. Differs is what ours makes of
// it where it is meant to be another reading.
type sent struct {
	name    string
	query   string // of the handshake, "EIO=4" when empty
	extra   string // of the request that brings packets
	header  []string
	body    string
	frames  []string // over WebSocket instead; "binary:" in front for a binary one
	differs string
}

var wireTable = []sent{
	{name: "text", body: "4a\x1e4\x1e4ü€😀"},
	{name: "base64", body: "bAQID\x1eb\x1ebAQ\x1ebAQI=\x1ebAQ=="},
	{name: "base64 with a line feed behind", body: "bBwgJCA==\n"},
	{name: "base64 in lines", body: "bBwgJ\r\nCA==\r\n"},
	{name: "base64 of URLs", body: "b-_-_"},
	{name: "base64 that goes on behind its padding", body: "bAQ==AQID"},
	{name: "base64 with padding in the middle", body: "bA=QID"},
	{name: "base64 padded too much", body: "bAQID===="},
	{name: "base64 padded too little", body: "bAQIDBA="},
	{name: "base64 of a digit too many", body: "bAQIDB"},
	{name: "base64 of one digit", body: "bA"},
	{name: "base64 with bits behind the last byte", body: "bAR"},
	{name: "base64 with spaces and tabs", body: "b AQ\tID "},
	{name: "base64 with rubbish", body: "bA!Q.I,D"},
	{name: "base64 with characters beyond ASCII", body: "bAéQID"},
	{name: "base64 that is none", body: "b!!"},
	{name: "no type", body: "B"},
	{name: "nothing", body: ""},
	{name: "a separator at the end", body: "4a\x1e"},
	{name: "a line feed at the end", body: "4a\n"},
	{name: "a byte order mark", body: "\uFEFF4a"},
	{name: "noop, upgrade and open", body: "6\x1e5\x1e0{}\x1e4a"},
	{name: "a pong that nobody asked for", body: "3\x1e3probe\x1e4a"},
	{name: "a ping", body: "2"},
	{name: "close in the middle", body: "4a\x1e1\x1e4b"},
	{name: "an unknown type in the middle", body: "4a\x1e7\x1e4b"},
	{name: "a byte that is no UTF-8", body: "4a\xffb"},
	{name: "bytes that are no UTF-8", body: "4\xff\xff\xc3\x28\xe2\x82\xf0\x9f\x98!\xed\xa0\x80\xc0\xaf\xf8\x88\x80\x80\x80"},
	{name: "text/plain", header: []string{"Content-Type", "text/plain;charset=UTF-8"}, body: "4a"},
	{name: "octets", header: []string{"Content-Type", "application/octet-stream"}, body: "4a"},
	{name: "octets with a charset", header: []string{"Content-Type", "application/octet-stream; charset=utf-8"}, body: "4ü"},
	{name: "octets in capitals", header: []string{"content-type", "Application/Octet-Stream"}, body: "4a"},
	{name: "JSON", header: []string{"Content-Type", "application/json"}, body: "4a"},
	{name: "a form", header: []string{"Content-Type", "application/x-www-form-urlencoded"}, body: "4a=b"},
	{name: "more parameters", extra: "&t=Abc&x=%20y&EIOx=3", body: "4a"},
	{name: "b64=0", query: "EIO=4&b64=0", body: "bAQ=="},

	{name: "revision 3: text", query: "EIO=3", body: "2:4a1:46:4ü€😀"},
	{name: "revision 3: leading zeros", query: "EIO=3", body: "002:4a"},
	{name: "revision 3: spaces around a length", query: "EIO=3", body: " 2 :4a\n2:4b"},
	{name: "revision 3: an empty packet", query: "EIO=3", body: "0:2:4a0:"},
	{name: "revision 3: only an empty packet", query: "EIO=3", body: "0:"},
	{name: "revision 3: nothing", query: "EIO=3", body: ""},
	{name: "revision 3: a line feed at the end", query: "EIO=3", body: "2:4a\n"},
	{name: "revision 3: lengths in bytes", query: "EIO=3", body: "3:4ü"},
	{name: "revision 3: lengths in characters", query: "EIO=3", body: "2:4😀", differs: "[] parse error"},
	{name: "revision 3: no length", query: "EIO=3", body: ":4a"},
	{name: "revision 3: too long a length", query: "EIO=3", body: "2:4a9:4b"},
	{name: "revision 3: base64", query: "EIO=3", body: "8:b4BwgJCA11:b4BwgJCA==\n4:b4-_"},
	{name: "revision 3: bytes that are no UTF-8", query: "EIO=3", body: "6:4\xff\xff\xe2\x82a\xed"},
	{name: "revision 3: an unknown type", query: "EIO=3", body: "2:4a1:7"},
	{name: "revision 3: close in the middle", query: "EIO=3", body: "2:4a1:12:4b"},
	{name: "revision 3: pings", query: "EIO=3", body: "1:26:2probe2:4a"},
	{name: "revision 3: a pong", query: "EIO=3", body: "1:3"},
	{name: "revision 3: binary framing", query: "EIO=3", header: []string{"Content-Type", "application/octet-stream"},
		body: "\x00\x03\xff4\u00fc\x01\x03\xff\x04\x01\x02\x00\x01\x00\xff4123456789"},
	{name: "revision 3: binary framing that looks as if encoded twice", query: "EIO=3", header: []string{"Content-Type", "application/octet-stream"},
		body: "\x00\x05\xff4\u00c3\u00a9"},
	{name: "revision 3: binary framing with base64", query: "EIO=3", header: []string{"Content-Type", "application/octet-stream"}, body: "\x00\x06\xffb4AQID"},
	{name: "revision 3: binary framing of nothing", query: "EIO=3", header: []string{"Content-Type", "application/octet-stream"}, body: ""},
	{name: "revision 3: binary framing with a charset", query: "EIO=3", header: []string{"Content-Type", "application/octet-stream; charset=x"},
		body: "\x00\x02\xff4a", differs: `["a" "end"] `},
	{name: "revision 3: text in octets with a charset", query: "EIO=3", header: []string{"Content-Type", "application/octet-stream; charset=x"}, body: "2:4a"},
	{name: "revision 3: binary framing that is no UTF-8", query: "EIO=3", header: []string{"Content-Type", "application/octet-stream"},
		body: "\x00\x02\xff4\xff", differs: `["�" "end"] `},

	{name: "WebSocket: text and binary", frames: []string{"4a", "binary:\x04\x01", "4"}},
	{name: "WebSocket: base64", frames: []string{"bAQID", "b", "bBwgJCA==\n"}},
	{name: "WebSocket: an empty binary frame", frames: []string{"binary:", "4a"}},
	{name: "WebSocket: an empty text frame", frames: []string{""}},
	{name: "WebSocket: no type", frames: []string{"x"}},
	{name: "WebSocket: close", frames: []string{"4a", "1", "4b"}, differs: `["a"] transport close`},
	{name: "WebSocket: noop, upgrade and open", frames: []string{"6", "5", "0", "4a"}},
	{name: "WebSocket: separators are data", frames: []string{"4a\x1e4b"}},
	{name: "WebSocket, revision 3: text, binary and base64", query: "EIO=3", frames: []string{"4a", "binary:\x04\x01\x02", "b4AQID", "binary:\x04"}},
	{name: "WebSocket, revision 3: what looks as if encoded twice", query: "EIO=3", frames: []string{"4\u00c3\u00a9"}},
	{name: "WebSocket, revision 3: a binary noop", query: "EIO=3", frames: []string{"binary:\x06", "4a"}},
	// V3-06: what is no packet ends the session.
	{name: "WebSocket, revision 3: an empty binary frame", query: "EIO=3", frames: []string{"binary:"}, differs: "[] parse error"},
}

// bring sends what a row says and then one message more, and returns what became of the session.
func (c contestant) bring(row sent) string {
	c.t.Helper()
	query := row.query
	if query == "" {
		query = "EIO=4"
	}
	v3 := strings.HasPrefix(query, "EIO=3")
	var sid string
	if row.frames != nil {
		w := c.upgrade(query+"&transport=websocket", "")
		w.accepted()
		sid = w.open().SID
		for _, f := range append(row.frames, "4end") {
			if data, binary := strings.CutPrefix(f, "binary:"); binary {
				w.frame(binaryFrame, data)
			} else {
				w.text(f)
			}
		}
		defer w.Close()
	} else {
		query += "&transport=polling"
		a := c.do("GET", query, "")
		packet, end := a.body, "4end"
		if v3 {
			_, packet, _ = strings.Cut(a.body, ":")
			end = "4:4end"
		}
		sid = parseOpen(c.t, packet).SID
		query += "&sid=" + sid
		c.do("POST", query+row.extra, row.body, row.header...)
		c.do("POST", query, end)
	}
	for end := time.Now().Add(30 * time.Second); !c.state(sid).over(); {
		if time.Now().After(end) {
			return fmt.Sprintf("%q and no end", c.state(sid).Messages)
		}
		time.Sleep(time.Millisecond)
	}
	f := c.state(sid)
	return fmt.Sprintf("%q %s", f.Messages, f.Closed)
}

func TestPayloadsAreReadAsTheOfficialServerReadsThem(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	theirs, ours := official(t), ours(t)
	for _, row := range wireTable {
		t.Run(row.name, func(t *testing.T) {
			want, got := theirs.bring(row), ours.bring(row)
			if row.differs != "" {
				if want == got {
					t.Errorf("both make %s of it; the table says that they differ", got)
				}
				want = row.differs
			}
			if got != want {
				t.Errorf("ours %s, theirs %s", got, want)
			}
		})
	}
}
