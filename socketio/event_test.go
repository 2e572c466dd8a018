package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// echo answers the event with its own arguments and marks the end of a test's traffic.
func echo(l socketio.Registry) {
	socketio.OnCall(l, "echo", func(_ ctx, _ socket, a socketio.Args) (socketio.Args, error) { return a, nil })
}

// settled proves that nothing but want came before.
func (w *wire) settled() {
	w.t.Helper()
	w.send(`299["echo","done"]`)
	w.expect(`399["done"]`)
}

type point struct {
	X int    `json:"x"`
	B []byte `json:"b,omitempty"`
}

type move struct {
	socketio.Tuple
	Room string
	X    int
	P    *point
}

func TestPayloads(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	// Each event comes back as the type that its handler decoded.
	socketio.OnCall(ns, "string", func(_ ctx, _ socket, v string) (string, error) { return v, nil })
	socketio.OnCall(ns, "int", func(_ ctx, _ socket, v int) (int, error) { return v, nil })
	socketio.OnCall(ns, "any", func(_ ctx, _ socket, v any) (any, error) { return v, nil })
	socketio.OnCall(ns, "point", func(_ ctx, _ socket, v point) (point, error) { return v, nil })
	socketio.OnCall(ns, "pointer", func(_ ctx, _ socket, v *point) (*point, error) { return v, nil })
	socketio.OnCall(ns, "bytes", func(_ ctx, _ socket, v []byte) ([]byte, error) { return v, nil })
	socketio.OnCall(ns, "tuple", func(_ ctx, _ socket, v move) (move, error) { return v, nil })
	socketio.OnCall(ns, "none", func(ctx, socket, socketio.None) (n socketio.None, err error) { return n, nil })
	w := s.client(t)
	for _, c := range []struct {
		send, want []string
	}{
		{[]string{`21["string","a\n한글😀"]`}, []string{`31["a\n한글😀"]`}},
		{[]string{`21["string"]`}, []string{`31[""]`}},
		{[]string{`21["string",null]`}, []string{`31[""]`}},
		{[]string{`21["int",7,8,9]`}, []string{`31[7]`}},
		{[]string{`21["any",null]`}, []string{`31[null]`}},
		{[]string{`21["any",false]`}, []string{`31[false]`}},
		{[]string{`21["any",[1,{"a":[]}]]`}, []string{`31[[1,{"a":[]}]]`}},
		{[]string{`21["point",{"x":1}]`}, []string{`31[{"x":1}]`}},
		{[]string{`21["pointer"]`}, []string{`31[null]`}},
		{[]string{`21["tuple","r",2,{"x":3}]`}, []string{`31["r",2,{"x":3}]`}},
		{[]string{`21["tuple","r"]`}, []string{`31["r",0,null]`}},
		{[]string{`21["none",1,2]`}, []string{`31[]`}},
		{[]string{`20["echo"]`}, []string{`30[]`}},
		{[]string{`20["echo", 1 , "two",[3]]`}, []string{`30[1 , "two",[3]]`}},
		{
			[]string{`51-1["bytes",{"_placeholder":true,"num":0}]`, "b:xyz"},
			[]string{`61-1[{"_placeholder":true,"num":0}]`, "b:xyz"},
		},
		{
			[]string{`51-1["bytes",{"_placeholder":true,"num":0}]`, "b:"},
			[]string{`61-1[{"_placeholder":true,"num":0}]`, "b:"},
		},
		{
			[]string{`52-1["any",[{"a":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":0}]]`, "b:0", "b:1"},
			[]string{`62-1[[{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]]`, "b:1", "b:0"},
		},
		{
			[]string{`51-1["tuple","r",2,{"x":3,"b":{"_placeholder":true,"num":0}}]`, "b:0"},
			[]string{`61-1["r",2,{"x":3,"b":{"_placeholder":true,"num":0}}]`, "b:0"},
		},
		{
			[]string{`52-1["echo",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`, "b:0", "b:1"},
			[]string{`62-1[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`, "b:0", "b:1"},
		},
	} {
		w.send(c.send...)
		w.expect(c.want...)
	}
	t.Run("a large one", func(t *testing.T) {
		s := start(t, socketio.Options{MaxPayload: 10 << 20, InboxBytes: 10 << 20, MaxQueue: 10 << 20})
		echo(s.Of("/"))
		w := s.client(t)
		text := strings.Repeat("가", 1<<20)
		w.send(`21["echo","` + text + `"]`)
		w.expect(`31["` + text + `"]`)
	})
}

func TestEmitForms(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/chat")
	w := s.dial(t)
	id := w.join("/chat")
	so, ok := ns.Socket(id)
	if !ok {
		t.Fatal("not listed")
	}
	raw, err := socketio.ArgsOf("a", []byte("0"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		emit func() error
		want []string
	}{
		{"no arguments", func() error { return so.Emit("e") }, []string{`2/chat,["e"]`}},
		{"several", func() error { return so.Emit("e", 1, nil, "x", []int{1}) }, []string{`2/chat,["e",1,null,"x",[1]]`}},
		{"bytes", func() error { return so.Emit("e", []byte("b")) }, []string{`51-/chat,["e",{"_placeholder":true,"num":0}]`, "b:b"}},
		{"raw behind bytes", func() error { return so.Emit("e", []byte("b"), raw) }, []string{
			`52-/chat,["e",{"_placeholder":true,"num":0},"a",{"_placeholder":true,"num":1}]`, "b:b", "b:0"}},
		{"raw", func() error { return so.Emit("e", raw, 1) }, []string{`51-/chat,["e","a",{"_placeholder":true,"num":0},1]`, "b:0"}},
		{"typed", func() error { return socketio.NewEvent[point]("e").Emit(so, point{X: 1}) }, []string{`2/chat,["e",{"x":1}]`}},
		{"typed none", func() error { return socketio.NewEvent[socketio.None]("e").Emit(ns, socketio.None{}) }, []string{`2/chat,["e"]`}},
		{"typed tuple", func() error { return socketio.NewEvent[move]("e").Emit(ns.To(id), move{Room: "r"}) }, []string{`2/chat,["e","r",0,null]`}},
		{"typed text", func() error { return socketio.NewEvent[string]("e\"").Emit(so, "<&>") }, []string{`2/chat,["e\"","<&>"]`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.emit(); err != nil {
				t.Fatal(err)
			}
			w.expect(c.want...)
		})
	}
	t.Run("errors", func(t *testing.T) {
		if err := so.Emit("connect"); !errors.Is(err, socketio.ErrReserved) {
			t.Error(err)
		}
		if err := ns.Emit("e", func() {}); err == nil {
			t.Error("a function was encoded")
		}
		for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
			func() {
				defer func() {
					if recover() == nil {
						t.Error(name, "is no reserved name")
					}
				}()
				socketio.NewEvent[int](name)
			}()
		}
	})
}

func TestAcks(t *testing.T) {
	var reported atomic.Pointer[error]
	s := start(t, socketio.Options{OnError: func(_ context.Context, _ socket, _ string, err error) { reported.Store(&err) }})
	ns := s.Of("/")
	echo(ns)
	type mistake struct {
		socketio.Tuple
		Kind string
	}
	fail := func(kind string) error {
		switch kind {
		case "public":
			return &socketio.Error{Code: "taken", Message: "is taken"}
		case "data":
			return &socketio.Error{Code: "taken", Message: "is taken", Data: 1, Err: errors.New("cause")}
		case "wrapped":
			return fmt.Errorf("deep: %w", &socketio.Error{Code: "taken", Message: "is taken"})
		case "secret":
			return errors.New("password is 1234")
		case "panic":
			panic("password is 1234")
		}
		return nil
	}
	socketio.On(ns, "on", func(_ ctx, _ socket, m mistake) error { return fail(m.Kind) })
	socketio.OnCall(ns, "call", func(_ ctx, _ socket, m mistake) (int, error) { return 1, fail(m.Kind) })
	socketio.OnCall(ns, "broken", func(ctx, socket, socketio.None) (any, error) { return func() {}, nil })
	socketio.On(ns, "number", func(ctx, socket, int) error { return nil })

	const taken, internal = `[{"error":{"code":"taken","message":"is taken"}}]`, `[{"error":{"code":"internal","message":"internal error"}}]`
	for _, c := range []struct {
		send, want string
		reports    string
	}{
		{`21["on"]`, `31[]`, ""},
		{`21["call"]`, `31[1]`, ""},
		{`21["on","public"]`, `31` + taken, ""},
		{`21["call","public"]`, `31` + taken, ""},
		{`21["call","wrapped"]`, `31` + taken, ""},
		{`21["call","data"]`, `31[{"error":{"code":"taken","message":"is taken","data":1}}]`, "cause"},
		{`21["on","secret"]`, `31` + internal, "1234"},
		{`21["call","panic"]`, `31` + internal, "1234"},
		{`21["broken"]`, `31` + internal, "func"},
		{`21["number","x"]`, `31[{"error":{"code":"bad_payload","message":"argument 1: want a whole number, got a string"}}]`, "string"},
		{`2["number","x"]`, ``, "string"},
		{`2["on","public"]`, ``, "taken"},
		{`2["call"]`, ``, ""},
		{`21["unknown"]`, ``, ""},
	} {
		t.Run(c.send, func(t *testing.T) {
			reported.Store(nil)
			w := s.client(t)
			w.send(c.send)
			if c.want != "" {
				w.expect(c.want)
			}
			w.settled() // the connection stays
			got := ""
			if err := reported.Load(); err != nil {
				got = (*err).Error()
			}
			if c.reports == "" && got != "" || !strings.Contains(got, c.reports) {
				t.Errorf("reported %q, want %q", got, c.reports)
			}
		})
	}
	t.Run("the form of errors", func(t *testing.T) {
		s := start(t, socketio.Options{EncodeError: func(_ context.Context, _ socket, err error) any {
			return map[string]any{"ok": false, "why": err.Error()}
		}})
		socketio.On(s.Of("/"), "x", func(ctx, socket, int) error { return errors.New("no") })
		w := s.client(t)
		w.send(`21["x"]`)
		w.expect(`31[{"ok":false,"why":"no"}]`)
	})
}

func TestRegistration(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	t.Run("two handlers for an event panic", func(t *testing.T) {
		defer func() {
			if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), `"echo"`) {
				t.Error(p)
			}
		}()
		echo(ns)
	})
	t.Run("later handlers count for those connected", func(t *testing.T) {
		w := s.client(t)
		w.settled()
		socketio.On(ns, "late", func(_ ctx, so socket, v int) error { return so.Emit("late", v) })
		w.send(`2["late",1]`)
		w.expect(`2["late",1]`)
	})
	t.Run("a gateway", func(t *testing.T) {
		ns := s.Of("/gateway")
		ns.Mount(gateway{"hello"})
		w := s.dial(t)
		w.join("/gateway")
		w.expect(`2/gateway,["welcome","hello"]`)
		w.send(`2/gateway,1["greet","kim"]`)
		w.expect(`3/gateway,1["hello kim"]`)
	})
}

type gateway struct{ word string }

func (g gateway) Events(r *socketio.Registrar) {
	r.OnConnect(func(_ ctx, so socket) error { return so.Emit("welcome", g.word) })
	socketio.OnCall(r, "greet", g.greet)
}

func (g gateway) greet(_ ctx, _ socket, name string) (string, error) { return g.word + " " + name, nil }

func TestInterceptors(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	steps := make(chan string, 64)
	for _, name := range []string{"outer", "inner"} {
		ns.Intercept(func(next socketio.Next) socketio.Next {
			return func(c ctx, so socket, in socketio.Incoming) (any, error) {
				steps <- name + " " + in.Name
				return next(c, so, in)
			}
		})
	}
	ns.Intercept(func(next socketio.Next) socketio.Next {
		return func(c ctx, so socket, in socketio.Incoming) (any, error) {
			switch in.Name {
			case "forbidden":
				return nil, &socketio.Error{Code: "forbidden", Message: "no"}
			case "unknown":
				if _, err := next(c, so, in); !errors.Is(err, socketio.ErrNoHandler) {
					t.Error(err)
				}
				return "made up", nil
			case "echo":
				if v, err := in.Args.Values(); err == nil && len(v) == 1 && v[0] == "change me" {
					in.Args, err = socketio.ArgsOf("changed", 1)
					if err != nil {
						t.Error(err)
					}
				}
			}
			return next(c, so, in)
		}
	})
	ns.OnAny(func(_ ctx, so socket, in socketio.Incoming) {
		steps <- fmt.Sprint("any ", in.Name, in.WantsReply)
	})
	w := s.client(t)
	w.send(`21["echo","change me"]`, `22["forbidden"]`, `23["unknown"]`, `24["nobody"]`, `2["nobody"]`)
	w.expect(`31["changed",1]`, `32[{"error":{"code":"forbidden","message":"no"}}]`, `33["made up"]`)
	w.settled()
	for _, want := range []string{"any echotrue", "outer echo", "inner echo", "any forbiddentrue", "outer forbidden", "inner forbidden"} {
		if got := receive(t, steps); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if len(steps) != 12 {
		t.Error(len(steps), "further steps")
	}
}

func TestOrder(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	running := atomic.Int32{}
	socketio.OnCall(ns, "n", func(_ ctx, so socket, n int) (int, error) {
		if running.Add(1) != 1 {
			t.Error("two handlers at a time")
		}
		defer running.Add(-1)
		return n, errors.Join(so.Emit("before", n), ns.Emit("all", n))
	})
	socketio.On(ns, "end", func(_ ctx, so socket, _ socketio.None) error {
		err := so.Emit("last")
		so.CloseConnection()
		return err
	})
	w := s.client(t)
	const count = 500
	for n := range count {
		w.send(fmt.Sprintf(`2%d["n",%d]`, n, n))
	}
	w.send(`2["end"]`)
	for n := range count {
		w.expect(fmt.Sprintf(`2["before",%d]`, n), fmt.Sprintf(`2["all",%d]`, n), fmt.Sprintf(`3%d[%d]`, n, n))
	}
	w.expect(`2["last"]`, "1", closed)
}

func TestConcurrentEvent(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	release := make(chan struct{})
	socketio.NewCall[int, int]("slow").Concurrent().Handle(ns, func(_ ctx, _ socket, n int) (int, error) {
		if n == 1 {
			<-release
		}
		return n, nil
	})
	socketio.NewEvent[socketio.None]("release").Concurrent().Handle(ns, func(ctx, socket, socketio.None) error {
		close(release)
		return nil
	})
	w := s.client(t)
	w.send(`21["slow",1]`, `22["slow",2]`)
	w.expect(`32[2]`)
	w.send(`2["release"]`)
	w.expect(`31[1]`)
}

// An event beside the others waits neither for an earlier one nor for its place in the inbox, but
// for OnConnect.
func TestConcurrentEventBehindAnother(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	release, connected, entered := make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	var open atomic.Bool
	ns.OnConnect(func(ctx, socket) error {
		<-connected
		open.Store(true)
		return nil
	})
	socketio.On(ns, "wait", func(ctx, socket, socketio.None) error {
		entered <- struct{}{}
		<-release
		return nil
	})
	socketio.NewCall[int, bool]("beside").Concurrent().Handle(ns, func(ctx, socket, int) (bool, error) { return open.Load(), nil })
	w := s.dial(t)
	w.join("/")
	w.send(`21["beside",1]`)
	close(connected)
	w.expect(`31[true]`)
	w.send(`2["wait"]`)
	receive(t, entered)
	w.send(`22["wait"]`, `23["beside",2]`)
	w.expect(`33[true]`)
	close(release)
	w.expect(`32[]`)
}

func TestKeys(t *testing.T) {
	type user struct{ name string }
	who, count := socketio.NewKey[*user]("user"), socketio.NewKey[int]("count")
	same := socketio.NewKey[int]("count") // another key of the same name
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	ns.Use(func(_ ctx, so socket) error {
		if _, ok := who.Get(so); ok {
			t.Error("set before")
		}
		who.Set(so, &user{"kim"})
		count.Set(so, 1)
		count.Set(so, 2)
		return nil
	})
	w := s.dial(t)
	so, _ := ns.Socket(w.join("/"))
	if u, ok := who.Get(so); !ok || u.name != "kim" {
		t.Error(u, ok)
	}
	if n, ok := count.Get(so); !ok || n != 2 {
		t.Error(n, ok)
	}
	if _, ok := same.Get(so); ok {
		t.Error("keys of one name are the same key")
	}
}

type receipt struct {
	ID   int `json:"id"`
	then func()
}

func (r receipt) AfterAck() { r.then() }

func TestSent(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	socketio.OnCall(ns, "send", func(_ ctx, so socket, how string) (receipt, error) {
		r := receipt{ID: 1, then: func() {
			if err := so.Emit("behind"); err != nil {
				t.Error(err)
			}
		}}
		switch how {
		case "panic":
			r.then = func() { panic(how) }
		case "error":
			return r, &socketio.Error{Message: "no"}
		}
		return r, so.Emit("before")
	})
	w := s.client(t)
	w.send(`21["send"]`, `22["echo"]`, `2["send"]`, `23["send","panic"]`, `24["send","error"]`)
	w.expect(`2["before"]`, `31[{"id":1}]`, `2["behind"]`, `32[]`, `2["before"]`, `2["behind"]`)
	w.expect(`2["before"]`, `33[{"id":1}]`, `34[{"error":{"code":"","message":"no"}}]`)
	w.settled()
}

// A peer is an Emitter that isn't the library's.
type peer struct{ got chan socketio.Args }

func (p peer) EmitEvent(o socketio.Outgoing) error {
	a, err := o.Args()
	if err == nil {
		p.got <- a
	}
	return err
}

func TestOutgoingToAnotherEmitter(t *testing.T) {
	p := peer{make(chan socketio.Args, 1)}
	if err := socketio.NewEvent[point]("point").Emit(p, point{X: 1, B: []byte("b")}); err != nil {
		t.Fatal(err)
	}
	var got point
	if a := receive(t, p.got); a.Decode(0, &got) != nil || got.X != 1 || string(got.B) != "b" {
		t.Error(got)
	}
	if err := socketio.NewEvent[any]("any").Emit(p, func() {}); err == nil {
		t.Error("a function was encoded")
	}
}

// One client can't make the server send others what ends their connections: a placeholder that
// names no attachment.
func TestForeignPlaceholder(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	failed := make(chan error, 2)
	type mixed struct {
		Free any    `json:"free"`
		Data []byte `json:"data"`
	}
	socketio.On(ns, "typed", func(_ context.Context, _ socket, m mixed) error {
		m.Data = []byte("b")
		failed <- ns.Emit("out", m)
		return nil
	})
	socketio.On(ns, "raw", func(_ context.Context, _ socket, a socketio.Args) error {
		failed <- ns.Emit("out", a, []byte("b"))
		return nil
	})
	w := s.client(t)
	w.send(`2["typed",{"free":{"_placeholder":true,"num":1}}]`, `2["raw",{"_placeholder":true,"num":7}]`)
	for range 2 {
		if err := receive(t, failed); err == nil {
			t.Error("sent")
		}
	}
	w.send(`2["raw",{"_placeholder":false}]`)
	if err := receive(t, failed); err != nil {
		t.Error(err)
	}
	w.expect(`51-["out",{"_placeholder":false},{"_placeholder":true,"num":0}]`, "b:b")
}
