package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

func names(p *socketio.Parent) []string {
	var list []string
	for _, n := range p.Children() {
		list = append(list, n.Name())
	}
	slices.Sort(list)
	return list
}

func TestDynamicNamespaces(t *testing.T) {
	s := start(t, socketio.Options{})
	byPattern := s.OfRegexp(regexp.MustCompile(`^/room-\d+$`))
	byFunc := s.OfFunc(func(_ context.Context, name string, h *socketio.Handshake) bool {
		var auth struct{ Token string }
		if err := h.Auth(&auth); err != nil {
			t.Error(err)
		}
		if name == "/panic" {
			panic(name)
		}
		return auth.Token == "secret" || h.Query().Get("token") == "secret"
	})
	where := func(word string) func(ctx, socket) error {
		return func(_ ctx, so socket) error { return so.Emit(word, so.Namespace().Name()) }
	}
	byPattern.Use(where("use"))
	byPattern.OnConnect(where("pattern"))
	byFunc.OnConnect(where("func"))

	t.Run("by pattern", func(t *testing.T) {
		w := s.dial(t)
		w.send("0/room-1,")
		w.expect(`2/room-1,["use","/room-1"]`, `0/room-1,{"sid":…`, `2/room-1,["pattern","/room-1"]`)
		if got := names(byPattern); !slices.Equal(got, []string{"/room-1"}) {
			t.Error(got)
		}
	})
	t.Run("by function", func(t *testing.T) {
		w := s.dial(t)
		w.send(`0/x,{"Token":"secret"}`)
		w.expect(`0/x,{"sid":…`, `2/x,["func","/x"]`)
		w = s.dial(t, "EIO=4", "token=secret")
		w.send(`0/y,`)
		w.expect(`0/y,{"sid":…`, `2/y,["func","/y"]`)
		w.send(`0/room-2,`)
		// The first that matches is taken.
		w.expect(`2/room-2,["use","/room-2"]`, `0/room-2,{"sid":…`, `2/room-2,["pattern","/room-2"]`)
	})
	t.Run("nobody matches", func(t *testing.T) {
		w := s.dial(t)
		w.send("0/z,")
		w.expect(`4/z,{"message":"Invalid namespace"}`)
		w.send("0/panic,")
		w.expect(`4/panic,{"message":"Invalid namespace"}`)
		w.join("/")
	})
	t.Run("a child made by Of", func(t *testing.T) {
		n := s.Of("/room-77")
		if !slices.Contains(byPattern.Children(), n) {
			t.Error("it is no child")
		}
	})
	t.Run("handlers of parent and child", func(t *testing.T) {
		socketio.OnCall(byPattern, "who", func(ctx, socket, socketio.None) (string, error) { return "parent", nil })
		w := s.dial(t)
		w.join3("/room-1")
		w.send(`2/room-1,1["who"]`)
		w.expect(`3/room-1,1["parent"]`)
		socketio.OnCall(s.Of("/room-1"), "who", func(ctx, socket, socketio.None) (string, error) { return "child", nil })
		w.send(`2/room-1,1["who"]`)
		w.expect(`3/room-1,1["child"]`)
	})
	t.Run("an event of the parent reaches all children", func(t *testing.T) {
		a, b := s.dial(t), s.dial(t)
		a.join3("/room-8")
		b.join3("/room-9")
		if err := byPattern.All().Emit("x", 1); err != nil {
			t.Fatal(err)
		}
		for so := range s.Of("/room-9").Sockets() {
			if err := errors.Join(so.Join("r"), byPattern.All().To("r").Emit("y"), byPattern.All().Except("r").Emit("z")); err != nil {
				t.Fatal(err)
			}
		}
		a.expect(`2/room-8,["x",1]`, `2/room-8,["z"]`)
		b.expect(`2/room-9,["x",1]`, `2/room-9,["y"]`)
	})
	t.Run("a race makes one child", func(t *testing.T) {
		var all sync.WaitGroup
		wires := make([]*wire, 8)
		for i := range wires {
			wires[i] = s.dial(t)
		}
		for _, w := range wires {
			all.Go(func() { w.send("0/room-100,") })
		}
		all.Wait()
		for _, w := range wires {
			w.expect(`2/room-100,["use","/room-100"]`, `0/room-100,…`)
		}
		if n := s.Of("/room-100").CountLocalSockets(); n != len(wires) {
			t.Error(n)
		}
	})
}

// A parent is all of its children.
func TestParentTargets(t *testing.T) {
	s := start(t, socketio.Options{})
	p := s.OfRegexp(regexp.MustCompile(`^/p\d$`))
	w := s.dial(t)
	w.join("/p1")
	w.join("/p2")
	outside := s.client(t)
	echo(s.Of("/"))
	children := func(format string) (packets []string) {
		return []string{fmt.Sprintf(format, 1), fmt.Sprintf(format, 2)}
	}
	for _, c := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"Emit", func() error { return p.All().Emit("x", 1) }, children(`2/p%d,["x",1]`)},
		{"EmitEvent", func() error { return socketio.NewEvent[int]("x").Emit(p.All(), 1) }, children(`2/p%d,["x",1]`)},
		{"Local", func() error { return p.All().Local().Emit("x") }, children(`2/p%d,["x"]`)},
		{"Volatile", func() error { return p.All().Volatile().Emit("x") }, children(`2/p%d,["x"]`)},
		{"Latest", func() error { return p.All().Latest("key").Emit("x") }, children(`2/p%d,["x"]`)},
		{"Uncompressed", func() error { return p.All().Uncompressed().Emit("x") }, children(`2/p%d,["x"]`)},
		{"SocketsJoin", func() error { return errors.Join(p.All().SocketsJoin("a", "b"), p.All().To("b").Emit("x")) }, children(`2/p%d,["x"]`)},
		{"SocketsLeave", func() error {
			return errors.Join(p.All().SocketsLeave("a"), p.All().To("a").Emit("x"), p.All().Except("a").Emit("y"))
		}, children(`2/p%d,["y"]`)},
		{"CountLocalSockets", func() error { return wrong(p.All().CountLocalSockets(), nil) }, nil},
		{"CountSockets", func() error { return wrong(p.All().CountSockets(t.Context())) }, nil},
		{"FetchSockets", func() error {
			infos, err := p.All().FetchSockets(t.Context())
			return wrong(len(infos), err)
		}, nil},
		{"Ask", func() error {
			c, cancel := context.WithCancel(t.Context())
			cancel()
			n := 0
			for range p.All().Ask(c, "q") {
				n++
			}
			return wrong(n, nil)
		}, children(`2/p%d,0["q"]`)},
		{"AskEach", func() error {
			c, cancel := context.WithCancel(t.Context())
			cancel()
			n := 0
			for range sum.AskAll(c, p.All(), nil) {
				n++
			}
			return wrong(n, nil)
		}, children(`2/p%d,1["sum",[]]`)},
		{"DisconnectSockets", func() error { return p.All().DisconnectSockets() }, children("1/p%d,")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(); err != nil {
				t.Fatal(err)
			}
			w.expect(c.want...)
		})
	}
	outside.settled()
	if n := p.All().CountLocalSockets(); n != 0 {
		t.Error(n, "are left")
	}
}

// wrong is an error unless both children count.
func wrong(n int, err error) error {
	if err == nil && n != 2 {
		err = fmt.Errorf("%d instead of 2", n)
	}
	return err
}

// join3 joins a namespace of TestDynamicNamespaces and reads what its hooks send.
func (w *wire) join3(nsp string) {
	w.t.Helper()
	w.send("0" + nsp + ",")
	w.expect(fmt.Sprintf(`2%s,["use",%q]`, nsp, nsp), "0"+nsp+`,…`, fmt.Sprintf(`2%s,["pattern",%q]`, nsp, nsp))
}

func TestCleanupOfEmptyChildren(t *testing.T) {
	for _, on := range []bool{true, false} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			s := start(t, socketio.Options{KeepEmptyNamespaces: !on})
			s.Of("/fixed")
			p := s.OfRegexp(regexp.MustCompile(`^/d`))
			var refuse atomic.Bool
			refuse.Store(true)
			p.Use(func(_ ctx, so socket) error {
				if refuse.Load() && so.Namespace().Name() == "/denied" {
					return &socketio.Error{Message: "no"}
				}
				return nil
			})
			left := func(want ...string) {
				t.Helper()
				if !on {
					want = []string{"/d", "/denied"}[:len(names(p))]
				}
				eventually(t, fmt.Sprint("children ", want), func() bool { return slices.Equal(names(p), want) })
			}
			a, b := s.dial(t), s.dial(t)
			a.join("/d")
			b.join("/d")
			a.send("1/d,")
			b.send("0/denied,")
			b.expect(`4/denied,{"message":"no"}`)
			left("/d") // while one is in it
			b.send("1/d,")
			left()
			a.join("/d")
			left("/d")
			refuse.Store(false)
			b.join("/denied")
			left("/d", "/denied")
			a.join("/fixed")
			a.send("1/fixed,")
			a.join("/fixed")
		})
	}
}

func TestOnNamespace(t *testing.T) {
	s := start(t, socketio.Options{})
	var mu sync.Mutex
	var told []string
	list := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(told)
	}
	s.Of("/early")
	p := s.OfRegexp(regexp.MustCompile(`^/d-\d$`))
	held, release := make(chan struct{}), make(chan struct{})
	s.OnNamespace(func(n *socketio.Namespace) {
		mu.Lock()
		told = append(told, n.Name())
		mu.Unlock()
		if s.Of(n.Name()) != n {
			t.Error("Of gives another namespace")
		}
		switch n.Name() {
		case "/panic":
			panic("boom")
		case "/held":
			close(held)
			<-release
		case "/a":
			s.Of("/b") // may make others
		}
		n.Use(func(_ ctx, so socket) error { return so.Emit("ready") })
	})
	early := list()
	slices.Sort(early)
	if !slices.Equal(early, []string{"/", "/early"}) {
		t.Errorf("told of %q at first", early)
	}
	s.Of("/panic")
	s.Of("/a")
	s.Of("/a")
	if got := list()[2:]; !slices.Equal(got, []string{"/panic", "/a", "/b"}) {
		t.Errorf("told of %q", got)
	}
	w := s.dial(t)
	for range 2 { // the second one is made again
		w.send("0/d-1,")
		w.expect(`2/d-1,["ready"]`, `0/d-1,…`)
		w.send("1/d-1,")
		eventually(t, "no child", func() bool { return len(p.Children()) == 0 })
	}
	if got := list()[5:]; !slices.Equal(got, []string{"/d-1", "/d-1"}) {
		t.Errorf("told of %q", got)
	}

	// A client that comes while the function is at work waits for it.
	var made sync.WaitGroup
	made.Go(func() { s.Of("/held") })
	receive(t, held)
	w.send("0/held,", "0/b,")
	w.expect(`2/b,["ready"]`, `0/b,…`)
	close(release)
	w.expect(`2/held,["ready"]`, `0/held,…`)
	made.Wait()
}
