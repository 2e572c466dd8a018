package interop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// patience is the longest wait for something that has to happen.
const patience = 30 * time.Second

var errSilent = fmt.Errorf("neither a packet nor a close within %v", patience)

// wire is a WebSocket session that sends and reads packets as they are.
type wire struct {
	t    *testing.T
	conn *websocket.Conn
}

func dial(t *testing.T, srv *server) *wire {
	t.Helper()
	w := &wire{t: t}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	w.conn, _, err = websocket.Dial(ctx, "ws"+strings.TrimPrefix(srv.url(), "http")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.conn.CloseNow() })
	w.conn.SetReadLimit(16 << 20)
	w.want("0{")
	return w
}

// join opens the main namespace.
func (w *wire) join() *wire {
	w.t.Helper()
	w.send("40")
	w.want(`40{"sid":"`)
	w.want(`42["welcome","/"]`)
	return w
}

// send writes strings as text frames and byte slices as binary ones. The server may have
// closed the session in between: what counts is read afterwards.
func (w *wire) send(frames ...any) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, f := range frames {
		switch f := f.(type) {
		case string:
			w.conn.Write(ctx, websocket.MessageText, []byte(f))
		case []byte:
			w.conn.Write(ctx, websocket.MessageBinary, f)
		}
	}
}

// read returns the next packet, without the server's pings, or the error that ended the session.
func (w *wire) read() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		_, data, err := w.conn.Read(ctx)
		if ctx.Err() != nil {
			return "", errSilent
		}
		if string(data) == "2" && err == nil {
			w.send("3")
			continue
		}
		return string(data), err
	}
}

func (w *wire) want(prefix string) {
	w.t.Helper()
	if got, err := w.read(); err != nil || !strings.HasPrefix(got, prefix) {
		w.t.Fatalf("got %.200q, %v; want %.200q", got, err, prefix)
	}
}

// closed reads until the server has ended the session.
func (w *wire) closed() {
	w.t.Helper()
	for {
		got, err := w.read()
		switch {
		case err == nil && (got == "1" || got == "41"):
		case err == nil:
			w.t.Fatalf("got %.200q, want the session to be closed", got)
		case errors.Is(err, errSilent):
			w.t.Fatal(err)
		default:
			return
		}
	}
}

// settled sees the session either closed or still answering.
func (w *wire) settled() {
	w.t.Helper()
	w.send(`428["ack"]`)
	for {
		got, err := w.read()
		if errors.Is(err, errSilent) {
			w.t.Fatal(err)
		}
		if err != nil || got == "438[]" {
			return
		}
	}
}

// alive shows that the session works: an acknowledgement comes back. Used on the session of a
// case and, after each case, on one that had nothing to do with it.
func (w *wire) alive(t *testing.T) {
	t.Helper()
	w.send(`427["ack","still here"]`)
	if got, err := w.read(); err != nil || got != `437["still here"]` {
		t.Fatalf("an undisturbed session got %.200q, %v", got, err)
	}
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// What happens after the frames of a case.
const (
	closes   = "closes"   // the server ends the session
	goesOn   = "goes on"  // nothing is answered, the session works
	survives = "survives" // either of both, or an answer: no rule says which
)

func TestMalformedPackets(t *testing.T) {
	const placeholder = `{"_placeholder":true,"num":0}`
	tests := []struct {
		name   string
		frames []any
		want   string // one of the constants above, or the packet that comes back
	}{
		{"unknown engine packet", []any{"9"}, closes},
		{"empty text frame", []any{""}, closes},
		{"text without packet type", []any{"hello"}, closes},
		{"ping from the client", []any{"2"}, closes},
		{"noop and unasked pong", []any{"6", "3"}, goesOn},
		{"message without packet", []any{"4"}, closes},
		{"unknown packet type", []any{"49"}, closes},
		{"type 7", []any{`47["echo"]`}, closes},

		{"event without payload", []any{"42"}, survives},
		{"event with an object", []any{"42{}"}, closes},
		{"event with an empty list", []any{"42[]"}, closes},
		{"event with a name of null", []any{"42[null]"}, closes},
		{"event with a name of true", []any{"42[true]"}, closes},
		{"event with a number as name", []any{"42[1]"}, goesOn},
		{"unfinished JSON", []any{`42["echo"`}, closes},
		{"text after JSON", []any{`42["echo"]x`}, closes},
		{"single quotes", []any{`42['echo']`}, closes},
		{"JSON with a control character", []any{"42[\"echo\",\"a\nb\"]"}, closes},
		{"reserved event", []any{`42["connect"]`}, closes},
		{"reserved event disconnecting", []any{`42["disconnecting"]`}, closes},
		{"reserved event newListener", []any{`42["newListener"]`}, closes},
		{"event named __proto__", []any{`42["__proto__",{"__proto__":1}]`}, goesOn},
		{"event named constructor", []any{`421["constructor"]`}, goesOn},
		{"duplicate names", []any{`42["echo",{"a":1,"a":2}]`}, `42["echo",{"a":2}]`},
		{"numbers at the edge", []any{`42["echo",1e308,-0,12345678901234567890]`}, `42["echo",1e308,-0,12345678901234567890]`},
		{"number that no float holds", []any{`42["echo",1e999]`}, survives},
		{"lone surrogate", []any{`42["echo","a\ud800b"]`}, survives},
		{"surrogates in the wrong order", []any{`42["echo","\udc00\ud800"]`}, survives},
		{"escaped zero", []any{`42["echo","\u0000"]`}, `42["echo","\u0000"]`},
		{"nested 100 deep", []any{`42["echo",` + nested(100) + `]`}, `42["echo",` + nested(100) + `]`},
		{"nested 5,000 deep", []any{`42["echo",` + nested(5000) + `]`}, survives},
		{"opened 400,000 deep", []any{`42["echo",` + strings.Repeat("[", 400_000)}, closes},
		{"argument of another type", []any{`423["join",{"a":1}]`}, survives},
		{"argument missing", []any{`42["join"]`, `42["say"]`, `42["shout",null]`}, survives},
		{"kick with nonsense", []any{`42["kick",{"whole":true}]`}, `41`},

		{"ack of nothing", []any{`4312345["x"]`}, goesOn},
		{"ack without id", []any{`43["x"]`}, goesOn},
		{"ack with an object", []any{`431{}`}, closes},
		{"ack without payload", []any{`431`}, survives},
		{"negative ack id", []any{`42-1["ack"]`}, closes},
		{"ack id of 400 digits", []any{"42" + strings.Repeat("9", 400) + `["ack"]`}, survives},
		{"ack id beyond 64 bits", []any{`4299999999999999999999["ack"]`}, survives},
		{"connect error from the client", []any{`44{"message":"x"}`}, closes},

		{"second connect", []any{"40"}, closes},
		{"auth of text", []any{`40/chat,"x"`}, closes},
		{"auth of a list", []any{`40/chat,[1]`}, closes},
		{"number where auth belongs", []any{`40/chat,1`}, survives},
		{"auth with bad JSON", []any{`40/chat,{`}, closes},
		{"namespace without slash", []any{`40chat,`}, closes},
		{"unknown namespace", []any{`40/nowhere,`}, `44/nowhere,{"message":"Invalid namespace"}`},
		{"namespace __proto__", []any{`40/__proto__,`}, `44/__proto__,{"message":"Invalid namespace"}`},
		{"almost a dynamic namespace", []any{`40/dyn-1/../2,`}, `44/dyn-1/../2,{"message":"Invalid namespace"}`},
		{"line break in a namespace", []any{"40/dyn-1\n,"}, "44/dyn-1\n,{\"message\":\"Invalid namespace\"}"},
		{"namespace of 100 KB", []any{"40/" + strings.Repeat("n", 100_000) + ","}, survives},
		{"event for a namespace not joined", []any{`42/chat,["echo"]`}, closes},
		{"event for an unknown namespace", []any{`42/nowhere,["echo"]`}, closes},
		{"disconnect of a namespace not joined", []any{`41/chat,`}, survives},

		{"binary without header", []any{[]byte{1}}, closes},
		{"empty binary without header", []any{[]byte{}}, closes},
		{"no attachments announced", []any{`450-["echo"]`}, closes},
		{"attachment count missing", []any{`45["echo",` + placeholder + `]`}, closes},
		{"attachment count without dash", []any{`451["echo",` + placeholder + `]`}, closes},
		{"attachment count no number", []any{`45x-["echo",` + placeholder + `]`}, closes},
		{"eleven attachments", []any{`4511-["echo",` + placeholder + `]`}, closes},
		{"a billion attachments", []any{`451000000000-["echo",` + placeholder + `]`}, closes},
		{"attachments beyond 64 bits", []any{`4599999999999999999999-["echo",` + placeholder + `]`}, closes},
		{"text instead of an attachment", []any{`451-["echo",` + placeholder + `]`, `42["echo"]`}, closes},
		{"placeholder out of range", []any{`451-["echo",{"_placeholder":true,"num":1}]`, []byte{1}}, closes},
		{"placeholder negative", []any{`451-["echo",{"_placeholder":true,"num":-1}]`, []byte{1}}, closes},
		{"placeholder of text", []any{`451-["echo",{"_placeholder":true,"num":"0"}]`, []byte{1}}, closes},
		{"one attachment too many", []any{`451-["join",` + placeholder + `]`, []byte{1}, []byte{2}}, closes},
		{"binary ack of nothing", []any{`461-99[` + placeholder + `]`, []byte{1}}, goesOn},
		{"placeholder in a text event", []any{`42["echo",{"_placeholder":true,"num":0}]`}, survives},

		{"message over the limit", []any{`42["echo","` + strings.Repeat("x", 1_000_000) + `"]`}, closes},
		{"attachment over the limit", []any{`451-["echo",` + placeholder + `]`, make([]byte, 1_000_001)}, closes},
	}

	srv := start(t, "0", "ALLOW_EIO3=0")
	witness := dial(t, srv).join()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := dial(t, srv).join()
			w.send(test.frames...)
			switch test.want {
			case closes:
				w.closed()
			case goesOn:
				w.alive(t)
			case survives:
				w.settled()
			default:
				got, err := w.read()
				if err != nil || !equal(got, test.want) {
					t.Errorf("got %.200q, %v; want %.200q", got, err, test.want)
				}
			}
			witness.alive(t)
		})
	}
	dial(t, srv).join().alive(t)
}

// equal compares two packets: what stands before the JSON to the letter, the JSON by value.
func equal(got, want string) bool {
	cut := func(s string) (string, any) {
		at := strings.IndexAny(s, "[{")
		if at < 0 {
			return s, nil
		}
		var v any
		if err := json.Unmarshal([]byte(s[at:]), &v); err != nil {
			return s, err.Error()
		}
		return s[:at], v
	}
	head, value := cut(got)
	wantHead, wantValue := cut(want)
	return head == wantHead && reflect.DeepEqual(value, wantValue)
}

// TestUnfinished leaves packets without their attachments and namespaces without an answer.
func TestUnfinished(t *testing.T) {
	srv := start(t, "0")
	witness := dial(t, srv).join()
	for range 50 {
		w := dial(t, srv).join()
		w.send(`455-["echo",{"_placeholder":true,"num":0}]`, make([]byte, 1000))
		w.conn.CloseNow()
	}
	witness.alive(t)
}
