package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

type timed struct {
	Wait time.Duration            `json:"wait"`
	List []time.Duration          `json:"list"`
	By   map[string]time.Duration `json:"by"`
	Big  json.Number              `json:"big"`
	Sum  [2]byte                  `json:"sum"`
	Zero int                      `json:"zero,omitempty"`
	Gone int                      `json:"gone,omitzero"`
}

func TestNumbers(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	socketio.OnCall(ns, "timed", func(_ ctx, _ socket, v timed) (timed, error) { return v, nil })
	socketio.OnCall(ns, "duration", func(_ ctx, _ socket, v time.Duration) (time.Duration, error) { return v + time.Second, nil })
	socketio.OnCall(ns, "number", func(_ ctx, _ socket, v json.Number) (any, error) {
		return map[string]any{"n": v, "d": time.Second}, nil
	})
	w := s.client(t)
	for _, c := range [][2]string{
		{
			`21["timed",{"wait":5,"list":[1,-2],"by":{"a":3},"big":9007199254740993,"sum":"AQI="}]`,
			`31[{"wait":5,"list":[1,-2],"by":{"a":3},"big":9007199254740993,"sum":"AQI=","zero":0}]`,
		},
		{`21["timed",{"big":"12"}]`, `31[{"wait":0,"list":[],"by":{},"big":12,"sum":"AAA=","zero":0}]`},
		{`21["timed",{"sum":[1,2]}]`, `31[{"error":{"code":"bad_payload",…`},
		{`21["timed",{"wait":"5s"}]`, `31[{"error":{"code":"bad_payload",…`},
		{`21["timed",{"wait":5.0,"list":[1e0,-0],"by":{"a":3.00},"zero":1e3,"big":1.0}]`, `31[{"wait":5,"list":[1,0],"by":{"a":3},"big":1.0,"sum":"AAA=","zero":1000}]`},
		{`21["timed",{"zero":5.5}]`, `31[{"error":{"code":"bad_payload",…`},
		{`21["timed",{"zero":9223372036854775808.0}]`, `31[{"error":{"code":"bad_payload",…`},
		{`21["duration",1.5e3]`, `31[1000001500]`},
		{`21["duration",1500]`, `31[1000001500]`},
		{`21["duration"]`, `31[1000000000]`},
		{`21["number",1.50]`, `31[{"d":1000000000,"n":1.50}]`},
		{`21["number","one"]`, `31[{"error":{"code":"bad_payload",…`},
	} {
		w.send(c[0])
		w.expect(c[1])
	}
	if err := ns.Emit("e", time.Minute, &timed{}, json.Number("7"), []any{json.Number("8")}); err != nil {
		t.Fatal(err)
	}
	w.expect(`2["e",60000000000,{"wait":0,"list":[],"by":{},"big":0,"sum":"AAA=","zero":0},7,[8]]`)
	if err := ns.Emit("e", json.Number("x")); err == nil {
		t.Error("a word became a number")
	}
	var auth struct{ Big json.Number }
	so, _ := ns.Socket(s.dial(t).join("/", `{"Big":12345678901234567890}`))
	if err := so.Auth(&auth); err != nil || auth.Big != "12345678901234567890" {
		t.Error(auth, err)
	}
}

type rawBesideBinary struct {
	A json.RawMessage `json:"a"`
	B []byte          `json:"b"`
}

// Raw JSON doesn't know which bytes its placeholders stand for.
func TestRawJSONHoldsNoBinary(t *testing.T) {
	told := make(chan error, 1)
	s := start(t, socketio.Options{OnError: func(_ ctx, _ socket, _ string, err error) { told <- err }})
	ns := s.Of("/")
	socketio.OnCall(ns, "mixed", func(_ ctx, _ socket, v rawBesideBinary) (rawBesideBinary, error) { return v, nil })
	socketio.OnCall(ns, "raw", func(_ ctx, _ socket, v json.RawMessage) (json.RawMessage, error) { return v, nil })
	socketio.OnCall(ns, "decode", func(_ ctx, _ socket, a socketio.Args) (v json.RawMessage, err error) { return v, a.Decode(0, &v) })
	w := s.client(t)
	for _, packets := range [][]string{
		{`52-1["mixed",{"a":{"_placeholder":true,"num":0},"b":{"_placeholder":true,"num":1}}]`, "b:AA", "b:BB"},
		{`51-1["raw",{"x":[{"_placeholder":true,"num":0}]}]`, "b:AA"},
		{`51-1["decode",{"_placeholder":true,"num":0}]`, "b:AA"},
	} {
		w.send(packets...)
		if err := receive(t, told); !strings.Contains(err.Error(), "take socketio.Args or any") {
			t.Error(err)
		}
		w.expect(`31[{"error":{"code":"bad_payload",…`)
	}
	w.send(`51-1["mixed",{"a":{"x":1},"b":{"_placeholder":true,"num":0}}]`, "b:BB")
	w.expect(`61-1[{"a":{"x":1},"b":{"_placeholder":true,"num":0}}]`, "b:BB")
	w.send(`51-1["raw",[7],{"_placeholder":true,"num":0}]`, "b:AA")
	w.expect(`31[[7]]`)
	w.send(`21["raw",{"_placeholder":true,"num":0}]`) // without attachments it is any object
	w.expect(`31[{"_placeholder":true,"num":0}]`)
}

// Nobody gets bytes where the server put none: neither through raw JSON nor through an object that
// a client made.
func TestForgedPlaceholder(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	w := s.client(t)
	forged := map[string]any{"_placeholder": true, "num": 0}
	own, err := socketio.ArgsOf(forged)
	if err != nil {
		t.Fatal(err)
	}
	for name, emit := range map[string]func() error{
		"raw JSON": func() error { return ns.Emit("x", json.RawMessage(`{"_placeholder":true,"num":0}`), []byte("secret")) },
		"raw JSON behind": func() error {
			return ns.Emit("x", []byte("secret"), struct{ J json.RawMessage }{json.RawMessage(`[{"num":0,"_placeholder":true}]`)})
		},
		"a tree": func() error { return ns.Emit("x", []any{forged}, []byte("secret")) },
		"Args":   func() error { return ns.Emit("x", own, []byte("secret")) },
		"a struct": func() error {
			return ns.Emit("x", rawBesideBinary{json.RawMessage(`{"_placeholder":true,"num":0}`), []byte("secret")})
		},
		"ArgsOf": func() error { _, err := socketio.ArgsOf(forged, []byte("secret")); return err },
	} {
		if err := emit(); err == nil || !strings.Contains(err.Error(), "placeholder") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ns.Emit("y", forged, json.RawMessage(`{"_placeholder":true,"num":9}`)); err != nil {
		t.Error(err)
	}
	w.expect(`2["y",{"_placeholder":true,"num":0},{"_placeholder":true,"num":9}]`)
	// A client may name an attachment twice, or not at all: a relay sends each place its bytes.
	w.send(`51-1["echo",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":0}]]`, "b:twice")
	w.expect(`62-1[{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]`, "b:twice", "b:twice")
	w.send(`52-1["echo",{"_placeholder":true,"num":1}]`, "b:unused", "b:used")
	w.expect(`61-1[{"_placeholder":true,"num":0}]`, "b:used")
	w.settled()
}

type (
	optional struct {
		*socketio.Tuple
		Room  string
		Local func() `json:"-"`
		Count int    `json:"count"`
		inner int
	}
	piped struct {
		socketio.Tuple
		C chan int
	}
	piping struct{ C chan int }
)

func TestPointersStandForArguments(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	socketio.OnCall(ns, "tuple", func(_ ctx, _ socket, v *optional) (*optional, error) {
		v.inner = v.Count
		return v, nil
	})
	socketio.OnCall(ns, "none", func(_ ctx, _ socket, v *socketio.None) (*socketio.None, error) { return v, nil })
	socketio.OnCall(ns, "args", func(_ ctx, _ socket, v *socketio.Args) (*socketio.Args, error) { return v, nil })
	w := s.client(t)
	for _, c := range [][2]string{
		{`21["tuple","r",2]`, `31["r",2]`}, {`21["tuple"]`, `31["",0]`}, {`21["none",1]`, `31[]`}, {`21["args",1,"b"]`, `31[1,"b"]`},
	} {
		w.send(c[0])
		w.expect(c[1])
	}
	args, err := socketio.ArgsOf("x", []byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Emit("e", &move{Room: "r", X: 2}, &args, &socketio.None{}, optional{Room: "o"}); err != nil {
		t.Fatal(err)
	}
	w.expect(`51-["e","r",2,null,"x",{"_placeholder":true,"num":0},"o",0]`, "b:b")
	if err := ns.Emit("e", (*move)(nil)); err == nil || !strings.Contains(err.Error(), "nil *socketio_test.move") {
		t.Error(err)
	}
}

func TestRegistrationPanics(t *testing.T) {
	ns := start(t, socketio.Options{}).Of("/")
	for want, register := range map[string]func(){
		`a nil handler for the event "x"`:                              func() { socketio.On[string](ns, "x", nil) },
		`a nil handler for the event "y"`:                              func() { socketio.NewCall[string, int]("y").Handle(ns, nil) },
		`event "chan" can't carry chan int: chan int has no JSON form`: func() { socketio.NewEvent[chan int]("chan") },
		`event "q" can't carry []func()`:                               func() { socketio.NewCall[[]func(), int]("q") },
		`event "r" can't carry map[string]complex128`:                  func() { socketio.NewCall[int, map[string]complex128]("r") },
		`can't carry socketio_test.piped: argument 1: chan int`:        func() { socketio.NewEvent[piped]("t") },
		`can't carry *socketio_test.piped: argument 1: chan int`:       func() { socketio.NewEvent[*piped]("t") },
		`the reply of "ch" can't be written: socketio_test.piping at /C: chan int has no JSON form`: func() {
			socketio.OnCall(ns, "ch", func(_ ctx, _ socket, v piping) (piping, error) { return v, nil })
		},
		`the event "s" can't be read into fmt.Stringer: fmt.Stringer is an interface with methods`: func() {
			socketio.On(ns, "s", func(ctx, socket, fmt.Stringer) error { return nil })
		},
		`"disconnect" is a reserved event name`: func() { socketio.On(ns, "disconnect", func(ctx, socket, string) error { return nil }) },
	} {
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), want) {
					t.Errorf("panic with %v; want %s", p, want)
				}
			}()
			register()
		}()
	}
	// What may work isn't refused.
	socketio.On(ns, "piping", func(ctx, socket, piping) error { return nil })
	socketio.NewEvent[fmt.Stringer]("stringer")
	socketio.NewEvent[error]("error")
	socketio.OnCall(ns, "any", func(_ ctx, _ socket, v map[[2]int]any) (any, error) { return v, nil })
	socketio.OnCall(ns, "reader", func(context.Context, socket, socketio.Args) (error, error) { return nil, errors.New("no") })
}

func TestArgsString(t *testing.T) {
	long := strings.Repeat("가", 100)
	for _, c := range []struct {
		values []any
		want   string
	}{
		{nil, `[]`},
		{[]any{1, "b", nil}, `[1,"b",null]`},
		{[]any{[]byte("a")}, `[{"_placeholder":true,"num":0}] with 1 attachment`},
		{[]any{[]byte("a"), []byte("b")}, `[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}] with 2 attachments`},
		{[]any{long}, `["` + long[:3*66] + `…`},
		{[]any{long, []byte("a")}, `["` + long[:3*66] + `… with 1 attachment`},
	} {
		a, err := socketio.ArgsOf(c.values...)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(a); got != c.want {
			t.Errorf("%s; want %s", got, c.want)
		}
	}
}

func TestKeyDelete(t *testing.T) {
	s := start(t, socketio.Options{})
	user, age := socketio.NewKey[string]("user"), socketio.NewKey[int]("age")
	so, _ := s.Of("/").Socket(s.dial(t).join("/"))
	user.Delete(so) // nothing to delete yet
	user.Set(so, "kim")
	age.Set(so, 30)
	user.Delete(so)
	if v, ok := user.Get(so); ok {
		t.Error(v)
	}
	if v, ok := age.Get(so); v != 30 || !ok {
		t.Error(v, ok)
	}
	user.Set(so, "lee")
	if v, ok := user.Get(so); v != "lee" || !ok {
		t.Error(v, ok)
	}
}

// What package fmt prints is for logs, and never what is guarded.
func TestStrings(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/chat")
	id := s.dial(t).join("/chat")
	so, _ := ns.Socket(id)
	if got, want := fmt.Sprintf("%v, %v", ns, so.Context()), "/chat, context of socket "+id; got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

type farewell struct {
	Text   string `json:"text"`
	socket *socketio.Socket
}

func (f farewell) AfterAck() { f.socket.Disconnect() }

// The idiom cb("bye"); socket.disconnect() of Node, and the port of it that loses the ack.
func TestDisconnectBehindAck(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	socketio.OnCall(ns, "sent", func(_ ctx, so socket, _ socketio.None) (farewell, error) { return farewell{"bye", so}, nil })
	socketio.OnCall(ns, "inside", func(_ ctx, so socket, _ socketio.None) (string, error) {
		so.Disconnect()
		return "bye", nil
	})
	w := s.client(t)
	w.send(`27["sent"]`)
	w.expect(`37[{"text":"bye"}]`, `1`)
	w.join("/")
	w.send(`27["inside"]`)
	w.expect(`1`)
	w.join("/")
}
