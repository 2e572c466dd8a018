package socketio_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// bad panics with a value that panics when it is printed.
func bad() { panic(rogue{text: true}) }

// A badLogger is a slog.Handler that panics in some of its methods.
type badLogger struct{ enabled, handle bool }

func (b badLogger) Enabled(context.Context, slog.Level) bool {
	if b.enabled {
		bad()
	}
	return true
}

func (b badLogger) Handle(context.Context, slog.Record) error {
	if b.handle {
		bad()
	}
	return nil
}

func (b badLogger) WithAttrs([]slog.Attr) slog.Handler { bad(); return b }
func (b badLogger) WithGroup(string) slog.Handler      { bad(); return b }

func badObserver() *socketio.Observer { return observerOfAll(func(string) { bad() }) }

// A badValue has a JSON form that panics, and so does what it is told.
type badValue struct{ X int }

func (badValue) MarshalJSON() ([]byte, error) { bad(); return nil, nil }
func (*badValue) UnmarshalJSON([]byte) error  { bad(); return nil }

type badReply struct{ X int }

func (badReply) AfterAck() { bad() }

// Every hook panics, in whatever goroutine it is called, and the log can't be told or can: the
// connections go on.
func TestHooksThatPanic(t *testing.T) {
	told := new(ledger)
	for name, log := range map[string]*slog.Logger{
		"told": told.logger(), "Enabled panics": slog.New(badLogger{enabled: true}), "Handle panics": slog.New(badLogger{handle: true}),
		"no handler": new(slog.Logger),
	} {
		t.Run(name, func(t *testing.T) { testHooksThatPanic(t, log) })
	}
	for _, what := range []string{
		"Observer panicked", "OnError panicked", "OnRoom panicked", "OnNamespace panicked", "OnAnyOutgoing panicked",
		"badObserver", "goroutine ", // the stack
	} {
		told.says(t, what)
	}
}

func testHooksThatPanic(t *testing.T, log *slog.Logger) {
	s := start(t, socketio.Options{
		Logger: log, Observer: badObserver(), PingInterval: 20 * time.Millisecond,
		OnError:           func(context.Context, *socketio.Socket, string, error) { bad() },
		EncodeError:       func(context.Context, *socketio.Socket, error) any { bad(); return nil },
		OnConnectionError: func(*engineio.ConnectionError) { bad() },
	})
	s.OnNamespace(func(*socketio.Namespace) { bad() })
	s.OfFunc(func(context.Context, string, *socketio.Handshake) bool { bad(); return true })
	ns := s.Of("/")
	echo(ns)
	ns.OnRoom(func(socketio.RoomEvent) { bad() })
	ns.OnAnyOutgoing(func(socketio.Outgoing) { bad() })
	ns.OnDisconnect(func(socket, socketio.Reason) { bad() })
	socketio.On(ns, "panic", func(ctx, socket, socketio.None) error { bad(); return nil })
	socketio.On(ns, "join", func(_ ctx, so socket, _ socketio.None) error { return so.Join("r") })
	socketio.On(ns, "decode", func(ctx, socket, badValue) error { return nil })
	socketio.OnCall(ns, "sent", func(ctx, socket, socketio.None) (badReply, error) { return badReply{1}, nil })
	socketio.OnCall(ns, "encode", func(ctx, socket, socketio.None) (badValue, error) { return badValue{}, nil })
	s.Of("/any").OnAny(func(ctx, socket, socketio.Incoming) { bad() })
	s.Of("/use").Use(func(ctx, socket) error { bad(); return nil })
	s.Of("/connect").OnConnect(func(ctx, socket) error { bad(); return nil })

	w, other := s.client(t), s.client(t)
	w.send(`21["panic"]`, `22["join"]`, `23["decode",1]`, `24["sent"]`, `25["encode"]`, `2["panic"]`)
	failed := `[` + internal + `]`
	w.expect(`31`+failed, `32[]`, `33`+failed, `34[{"X":1}]`, `35`+failed)
	if err := ns.To("r").Emit("x"); err != nil {
		t.Error(err)
	}
	w.expect(`2["x"]`)
	w.send("0/use,")
	w.expect(`4/use,{"message":"internal error"}`)
	w.join("/connect")
	w.expect("1/connect,")
	w.join("/any")
	w.send(`2/any,1["x"]`)
	w.expect(`3/any,1` + failed)
	w.send("0/dynamic,")
	w.expect(`4/dynamic,{"message":"Invalid namespace"}`)
	w.settled()
	time.Sleep(50 * time.Millisecond) // some heartbeats
	w.settled()

	other.send("9") // ends the connection
	other.expect(closed)
	resp, err := http.Get(s.url + "/socket.io/?EIO=4&transport=none")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Error(resp.Status)
	}
	w.settled()
}

// The default OnError logs, whatever it is given.
func TestLoggerThatPanics(t *testing.T) {
	for _, log := range []badLogger{{enabled: true}, {handle: true}} {
		s := start(t, socketio.Options{Logger: slog.New(log)})
		ns := s.Of("/")
		echo(ns)
		socketio.On(ns, "fail", func(ctx, socket, socketio.None) error { return errors.New("no") })
		w := s.client(t)
		w.send(`21["fail"]`, `2["fail"]`)
		w.expect(`31[` + internal + `]`)
		w.settled()
	}
}

// Values that panic when they are encoded are an error of who emits them.
func TestEmitOfAValueThatPanics(t *testing.T) {
	var bus socketio.MemoryBus
	for name, o := range map[string]socketio.Options{
		"alone": {}, "with recovery": {Recovery: &socketio.RecoveryOptions{}}, "with a bus": {Bus: bus.Node()},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, o)
			ns := s.Of("/")
			echo(ns)
			w := s.client(t)
			so := only(t, ns)
			typed, call := socketio.NewEvent[badValue]("typed"), socketio.NewCall[badValue, int]("asked")
			emits := map[string]func() error{
				"typed": func() error { return typed.Emit(ns, badValue{}) },
				"asked": func() error { _, err := call.Ask(t.Context(), so, badValue{}); return err },
				"x":     func() error { return ns.Emit("x", badValue{}) },
				"y":     func() error { return so.Emit("y", []any{badValue{}}) },
				"z":     func() error { return ns.Volatile().Emit("z", badValue{}, []byte("b")) },
				"all": func() (err error) {
					for _, r := range ns.Ask(t.Context(), "all", badValue{}) {
						err = r.Err
					}
					return err
				},
			}
			for event, emit := range emits {
				err := emit()
				if _, ok := errors.AsType[*socketio.PanicError](err); !ok || !strings.Contains(err.Error(), event) {
					t.Error(event, err)
				}
			}
			if _, err := socketio.ArgsOf(badValue{}); err == nil {
				t.Error("no error")
			}
			if err := ns.ServerSideEmit("x", badValue{}); err == nil {
				t.Error("no error")
			}
			if n := socketio.Waiting(so); n != 0 {
				t.Error(n, "questions wait")
			}
			w.settled()
		})
	}
}

// only is the one socket of a namespace.
func only(t *testing.T, ns *socketio.Namespace) *socketio.Socket {
	t.Helper()
	for so := range ns.Sockets() {
		return so
	}
	t.Fatal("no socket")
	return nil
}

// A badContext panics in one of its methods.
type badContext struct {
	context.Context
	method string
}

func (c badContext) in(method string) {
	if c.method == method || c.method == "all" {
		bad()
	}
}

func (c badContext) Deadline() (time.Time, bool) { c.in("Deadline"); return c.Context.Deadline() }
func (c badContext) Done() <-chan struct{}       { c.in("Done"); return c.Context.Done() }
func (c badContext) Err() error                  { c.in("Err"); return c.Context.Err() }
func (c badContext) Value(key any) any           { c.in("Value"); return c.Context.Value(key) }

// A context that panics fails the call that it was given to, which leaves nothing behind.
func TestContextsThatPanic(t *testing.T) {
	for _, method := range []string{"Deadline", "Done", "Err", "Value", "all"} {
		t.Run(method, func(t *testing.T) {
			var bus socketio.MemoryBus
			s, far := start(t, socketio.Options{Bus: bus.Node()}), start(t, socketio.Options{Bus: bus.Node()})
			for _, s := range []*server{s, far} {
				echo(s.Of("/"))
			}
			ns := s.Of("/")
			far.Of("/").OnServerEvent("x", func(ctx context.Context, _ socketio.Args) (any, error) { <-ctx.Done(); return nil, nil })
			calls := map[string]func(c ctx, so socket) error{
				"ask": func(c ctx, so socket) error { _, err := so.Ask(c, "q"); return err },
				"all": func(c ctx, so socket) error {
					for range ns.Ask(c, "q") {
					}
					return nil
				},
				"fetch":   func(c ctx, so socket) error { _, err := ns.FetchSockets(c); return err },
				"count":   func(c ctx, so socket) error { _, err := ns.CountSockets(c); return err },
				"servers": func(c ctx, so socket) error { _, err := ns.ServerSideAsk(c, "x"); return err },
				"drain":   func(c ctx, so socket) error { return so.Drain(c) },
			}
			for name, call := range calls {
				socketio.On(ns, name, func(c ctx, so socket, _ socketio.None) error {
					short, cancel := context.WithTimeout(c, 30*time.Millisecond)
					defer cancel()
					return call(badContext{short, method}, so)
				})
			}
			w := s.client(t)
			for name := range calls {
				w.send(`21["` + name + `"]`)
				for answer := w.next(); !strings.HasPrefix(answer, "31"); answer = w.next() {
				}
			}
			w.settled()
			if n := socketio.Waiting(only(t, ns)); n != 0 {
				t.Error(n, "questions wait")
			}
			if n := socketio.Requests(s.Server); n != 0 {
				t.Error(n, "requests wait")
			}
			far.client(t).settled()
		})
	}
}

func TestConnContextThatPanics(t *testing.T) {
	for _, method := range []string{"Deadline", "Done", "Err", "Value", "all"} {
		t.Run(method, func(t *testing.T) {
			told := newReporter()
			s := start(t, socketio.Options{OnError: told.onError, ConnContext: func(c context.Context, _ *http.Request) context.Context {
				return badContext{c, method}
			}})
			ns := s.Of("/")
			echo(ns)
			over := make(chan struct{}, 8)
			ns.OnConnect(func(c ctx, so socket) error {
				derived, cancel := context.WithTimeout(c, time.Hour)
				context.AfterFunc(derived, func() { cancel(); over <- struct{}{} })
				context.AfterFunc(so.Context(), func() { over <- struct{}{} })
				go func() { <-so.Context().Done(); over <- struct{}{} }()
				return nil
			})
			socketio.On(ns, "value", func(c ctx, _ socket, _ socketio.None) error { c.Value("x"); return nil })
			if method == "Done" || method == "all" {
				if r, _ := get(t, s.url+"/socket.io/?transport=polling&EIO=4"); r.StatusCode != http.StatusInternalServerError {
					t.Error("the handshake is answered with", r.Status)
				}
				return
			}
			w := s.client(t)
			w.settled()
			w.send(`21["value"]`)
			if method == "Value" || method == "all" {
				w.expect(`31[` + internal + `]`)
				told.heard(t, true)
			} else {
				w.expect(`31[]`)
			}
			w.settled()
			w.gone()
			for range 3 {
				receive(t, over)
			}
			s.client(t).settled()
		})
	}
}

// Shutdown derives a context from the one that it is given: package context watches that in a
// goroutine of its own.
func TestShutdownWithAContextThatPanics(t *testing.T) {
	for _, method := range []string{"Deadline", "Done", "Err", "Value", "all"} {
		t.Run(method, func(t *testing.T) {
			s := start(t, socketio.Options{})
			ns := s.Of("/")
			begun, end := make(chan struct{}, 1), make(chan struct{})
			socketio.On(ns, "wait", func(ctx, socket, socketio.None) error { begun <- struct{}{}; <-end; return nil })
			w := s.client(t)
			w.send(`2["wait"]`)
			receive(t, begun)
			c, cancel := context.WithTimeout(t.Context(), time.Minute)
			time.AfterFunc(20*time.Millisecond, cancel)
			defer close(end)
			if err := s.Shutdown(badContext{c, method}); err == nil {
				t.Error("nothing was left")
			}
			w.expect(closed)
			if n := s.CountConnections(); n != 0 {
				t.Error(n, "connections are left")
			}
		})
	}
}

// A badFile panics in one of its methods; a badFS panics when a file of that name is opened.
type badFile struct {
	fs.File
	method string
}

func (f badFile) Stat() (fs.FileInfo, error) {
	if f.method == "Stat" {
		bad()
	}
	return f.File.Stat()
}

func (f badFile) Read(p []byte) (int, error) {
	if f.method == "Read" {
		bad()
	}
	return f.File.Read(p)
}

func (f badFile) Close() error {
	if f.method == "Close" {
		bad()
	}
	return f.File.Close()
}

type badFS struct {
	fs.FS
	name, method string
}

func (b badFS) Open(name string) (fs.File, error) {
	if name != b.name {
		return b.FS.Open(name)
	}
	if b.method == "Open" {
		bad()
	}
	f, err := b.FS.Open(name)
	return badFile{f, b.method}, err
}

func TestClientFilesThatPanic(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"socket.io.js", "socket.io.min.js", "socket.io.min.js.map"} {
		files[name] = &fstest.MapFile{Data: []byte("/* " + name + " */")}
	}
	for _, method := range []string{"Open", "Stat", "Read", "Close"} {
		t.Run(method, func(t *testing.T) {
			told := new(ledger)
			s := start(t, socketio.Options{ClientFiles: badFS{files, "socket.io.min.js", method}, Logger: told.logger()})
			for range 2 {
				for name, status := range map[string]int{"socket.io.min.js": 404, "socket.io.js": 200, "socket.io.min.js.map": 200} {
					resp, err := http.Get(s.url + "/socket.io/" + name)
					if err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					if resp.StatusCode != status {
						t.Error(name, resp.Status)
					}
				}
			}
			told.says(t, "ClientFiles panicked")
		})
	}
}

// A badBus panics in one of its methods, or returns an error that does.
type badBus struct {
	socketio.Bus
	method string
}

func (b badBus) Start(s socketio.BusServer) func() {
	if b.method == "Start" {
		bad()
	}
	stop := b.Bus.Start(s)
	s.Receive(nil)
	switch b.method {
	case "no stop":
		return nil
	case "stop":
		return func() { stop(); bad() }
	}
	return stop
}

func (b badBus) Publish(m *socketio.BusMessage) error {
	switch b.method {
	case "Publish":
		bad()
	case "error":
		return rogue{text: true, is: true}
	case "nil error":
		_ = b.Bus.Publish(m)
		return (*socketio.Error)(nil)
	}
	return b.Bus.Publish(m)
}

func (b badBus) Ask(ctx context.Context, m *socketio.BusMessage) ([]string, error) {
	if b.method == "Ask" {
		bad()
	}
	return b.Bus.Ask(ctx, m)
}

func (b badBus) Peers(ctx context.Context) ([]string, error) {
	if b.method == "Peers" {
		bad()
	}
	return b.Bus.Peers(ctx)
}

func TestBusThatPanics(t *testing.T) {
	for _, method := range []string{"Publish", "error", "nil error", "Ask", "Peers", "stop", "no stop"} {
		t.Run(method, func(t *testing.T) {
			var bus socketio.MemoryBus
			told := new(ledger)
			s := start(t, socketio.Options{Bus: badBus{bus.Node(), method}, Logger: told.logger()})
			far := start(t, socketio.Options{Bus: bus.Node()})
			for _, s := range []*server{s, far} {
				echo(s.Of("/"))
				s.Of("/").OnServerEvent("x", func(context.Context, socketio.Args) (any, error) { return 1, nil })
			}
			w, v := s.client(t), far.client(t)
			err := s.Of("/").Emit("x")
			if fails := method == "Publish" || method == "error"; (err != nil) != fails {
				t.Error(err)
			}
			if err != nil && err.Error() == "" {
				t.Error("no text")
			}
			w.expect(`2["x"]`)
			if err == nil {
				v.expect(`2["x"]`)
			}
			// What the other server asks is answered from goroutines of ours.
			c, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, _ = far.Of("/").ServerSideAsk(c, "x")
			_, _ = far.Of("/").CountSockets(c)
			for range far.Of("/").Except(only(t, far.Of("/")).ID()).Ask(c, "q") {
			}
			_, err = s.Of("/").CountSockets(t.Context())
			if (err != nil) != (method == "Ask") {
				t.Error(err)
			}
			if _, err := s.Peers(t.Context()); (err != nil) != (method == "Peers") {
				t.Error(err)
			}
			if n := socketio.Requests(s.Server) + socketio.Requests(far.Server); n != 0 {
				t.Error(n, "requests wait")
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if method == "stop" {
				told.says(t, "the Bus panicked")
			}
			v.settled()
		})
	}
	t.Run("value of a Key", func(t *testing.T) {
		node := overJSON()
		s, far := start(t, socketio.Options{Bus: node()}), start(t, socketio.Options{Bus: node()})
		echo(far.Of("/"))
		s.Of("/")
		w := far.client(t)
		socketio.NewKey[badValue]("bad").Set(only(t, far.Of("/")), badValue{1})
		socketio.NewKey[int]("good").Set(only(t, far.Of("/")), 1)
		infos, err := s.Of("/").FetchSockets(t.Context())
		if err != nil || len(infos) != 1 || len(infos[0].Data) != 1 {
			t.Error(infos, err)
		}
		w.settled()
	})
	t.Run("Start", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		socketio.New(socketio.Options{Bus: badBus{new(socketio.MemoryBus).Node(), "Start"}, Recovery: &socketio.RecoveryOptions{Duration: time.Millisecond}})
	})
}
