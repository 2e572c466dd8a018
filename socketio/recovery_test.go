package socketio_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

func TestRecoveryIsOffByDefault(t *testing.T) {
	s := start(t, socketio.Options{})
	w, now, _ := s.enter(t, "/", seat{pid: "somebody", offset: "1"}, "")
	if now.pid != "" {
		t.Error("a private id")
	}
	if err := s.Of("/").Emit("x", "y"); err != nil {
		t.Fatal(err)
	}
	w.expect(`2["x","y"]`)
	so, _ := s.Of("/").Socket(now.sid)
	if so.Recovery() != socketio.RecoveryNone {
		t.Error(so.Recovery())
	}
}

func TestFullRecovery(t *testing.T) {
	for _, nsp := range []string{"/", "/chat"} {
		t.Run(nsp, func(t *testing.T) {
			s := start(t, recovering(socketio.RecoveryOptions{}))
			ns := s.Of(nsp)
			var asked atomic.Int32
			ns.Use(func(context.Context, *socketio.Socket) error { asked.Add(1); return nil })
			name := socketio.NewKey[string]("name")
			kinds := make(chan socketio.Recovery, 10)
			ns.OnConnect(func(_ context.Context, so socket) error { kinds <- so.Recovery(); return nil })
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}

			w, me, _ := s.enter(t, nsp, seat{}, "")
			if len(me.pid) != 20 || len(me.sid) != 20 || me.pid == me.sid || receive(t, kinds) != socketio.RecoveryNone {
				t.Fatal(me)
			}
			so, _ := ns.Socket(me.sid)
			name.Set(so, "kim")
			must(so.Join("a", "b"))
			must(ns.Emit("x", "first"))
			me.offset = offsetOf(t, w.next())
			go so.Ask(t.Context(), "question", "q") // an event that asks carries none
			if p := w.next(); !strings.HasSuffix(p, `0["question","q"]`) {
				t.Error(p)
			}
			must(ns.To("a").Emit("x", "undelivered", []byte("b")))
			s.lost(t, nsp, w, me.sid)

			must(ns.Emit("x", "all"))
			must(ns.To("a").Emit("x", "a"))
			must(ns.To("a", "b").Emit("x", "a and b"))
			must(ns.To(me.sid).Emit("x", "me"))
			must(ns.Emit("x", "bytes", []byte("bin")))
			must(ns.To("c").Emit("no"))
			must(ns.Except("a").Emit("no"))
			must(ns.Except(me.sid).Emit("no"))
			must(ns.To().Emit("no"))
			must(ns.Volatile().Emit("no", "volatile"))

			w, back, missed := s.enter(t, nsp, me, "")
			if back.sid != me.sid || back.pid != me.pid || receive(t, kinds) != socketio.RecoveryFull || asked.Load() != 1 {
				t.Error(back, me, asked.Load())
			}
			want := []string{"undelivered", "b:b", "all", "a", "a and b", "me", "bytes", "b:bin"}
			if got := texts(t, missed); !slices.Equal(got, want) {
				t.Errorf("missed %q\n  want %q", got, want)
			}
			so, _ = ns.Socket(me.sid)
			if v, _ := name.Get(so); v != "kim" || !slices.Equal(so.Rooms(), []string{me.sid, "a", "b"}) || so.Recovery() != socketio.RecoveryFull {
				t.Error(v, so.Rooms(), so.Recovery())
			}
			// Once more, having missed nothing.
			me.offset = offsetOf(t, missed[len(missed)-2])
			s.lost(t, nsp, w, me.sid)
			if _, back, missed = s.enter(t, nsp, me, ""); back.sid != me.sid || len(missed) != 0 {
				t.Error(back, missed)
			}
		})
	}
}

func TestNoRecovery(t *testing.T) {
	for name, c := range map[string]struct {
		options socketio.RecoveryOptions
		end     func(*server, *wire, socket)
		claim   func(seat) string // the auth
		emits   int               // while the client is away
	}{
		"unknown private id": {claim: func(k seat) string { return fmt.Sprintf(`{"pid":"nobody","offset":%q}`, k.offset) }},
		"unknown offset":     {claim: func(k seat) string { return fmt.Sprintf(`{"pid":%q,"offset":"zzz1"}`, k.pid) }},
		"future offset":      {claim: func(k seat) string { return fmt.Sprintf(`{"pid":%q,"offset":"%szz"}`, k.pid, k.offset) }},
		"no offset":          {claim: func(k seat) string { return fmt.Sprintf(`{"pid":%q}`, k.pid) }},
		"wrong types":        {claim: func(seat) string { return `{"pid":5,"offset":{}}` }},
		"left by choice":     {end: func(_ *server, w *wire, _ socket) { w.send("1") }},
		"ended by the server": {end: func(_ *server, w *wire, so socket) {
			so.Disconnect()
			w.expect("1")
		}},
		"too late":  {options: socketio.RecoveryOptions{Duration: time.Nanosecond}},
		"too many":  {options: socketio.RecoveryOptions{MaxPackets: 5}, emits: 6},
		"too large": {options: socketio.RecoveryOptions{MaxBytes: 100}, emits: 6},
		"more sessions": {options: socketio.RecoveryOptions{MaxSessions: 1}, end: func(s *server, w *wire, so socket) {
			w.gone()
			eventually(w.t, "it is gone", func() bool { return !so.Connected() })
			eventually(w.t, "it is kept", func() bool { return socketio.Sessions(s.Of("/")) == 1 })
			other, known, _ := s.enter(w.t, "/", seat{}, "")
			s.lost(w.t, "/", other, known.sid)
			eventually(w.t, "the other one is kept", func() bool { return socketio.Sessions(s.Of("/")) == 1 })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, recovering(c.options))
			ns := s.Of("/")
			w, me, _ := s.enter(t, "/", seat{}, "")
			if err := ns.Emit("x", "y"); err != nil {
				t.Fatal(err)
			}
			me.offset = offsetOf(t, w.next())
			so, _ := ns.Socket(me.sid)
			if c.end == nil {
				c.end = func(_ *server, w *wire, _ socket) { w.gone() }
			}
			if err := so.Join("room"); err != nil {
				t.Fatal(err)
			}
			c.end(s, w, so)
			eventually(t, "the socket is gone", func() bool { _, ok := ns.Socket(me.sid); return !ok })
			for i := range c.emits {
				if err := ns.Emit("while away", i); err != nil {
					t.Fatal(err)
				}
			}
			auth := me.auth()
			if c.claim != nil {
				auth = c.claim(me)
			}
			_, now, missed := s.enter(t, "/", seat{}, auth)
			if now.sid == me.sid || now.pid == me.pid || len(now.pid) != 20 || len(missed) != 0 {
				t.Error(now, me, missed)
			}
			if so, _ := ns.Socket(now.sid); so.Recovery() != socketio.RecoveryNone || len(so.Rooms()) != 1 {
				t.Error(so.Recovery(), so.Rooms())
			}
		})
	}
}

func TestPartialRecovery(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{RestorePartial: true, MaxPackets: 2}))
	ns := s.Of("/")
	name := socketio.NewKey[string]("name")
	w, me, _ := s.enter(t, "/", seat{}, "")
	so, _ := ns.Socket(me.sid)
	name.Set(so, "kim")
	if err := so.Join("a"); err != nil {
		t.Fatal(err)
	}
	ns.Use(func(_ context.Context, so socket) error {
		if so.Recovery() != socketio.RecoveryPartial {
			t.Error(so.Recovery())
		}
		return nil
	})
	s.lost(t, "/", w, me.sid)
	for range 3 {
		if err := ns.Emit("x"); err != nil {
			t.Fatal(err)
		}
	}
	_, now, missed := s.enter(t, "/", me, "")
	if now.sid == me.sid || now.pid == me.pid || len(missed) != 0 {
		t.Error(now, missed)
	}
	so, _ = ns.Socket(now.sid)
	if v, _ := name.Get(so); v != "kim" || !slices.Equal(so.Rooms(), []string{now.sid, "a"}) {
		t.Error(v, so.Rooms())
	}
	if n := socketio.Sessions(ns); n != 1 {
		t.Error(n, "sessions")
	}
}

// Middleware that is asked decides before anything that was missed is told.
func TestMiddlewareOnRecovery(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{RunMiddlewareOnRecovery: true}))
	ns := s.Of("/")
	var denied atomic.Bool
	ids := make(chan string, 10)
	ns.Use(func(_ context.Context, so socket) error {
		ids <- so.ID()
		if denied.Load() {
			return &socketio.Error{Message: "denied"}
		}
		return nil
	})
	w, me, _ := s.enter(t, "/", seat{}, "")
	if err := ns.Emit("x", "y"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	s.lost(t, "/", w, me.sid)
	if err := ns.Emit("x", "missed"); err != nil {
		t.Fatal(err)
	}
	denied.Store(true)
	w, _, got := s.enter(t, "/", me, "")
	if len(got) != 1 || got[0] != `4{"message":"denied"}` {
		t.Fatal(got)
	}
	denied.Store(false)
	w.gone()
	_, back, got := s.enter(t, "/", me, "")
	if back.sid != me.sid || !slices.Equal(texts(t, got), []string{"missed"}) {
		t.Error(back, got)
	}
	for range 3 {
		if id := receive(t, ids); id != me.sid {
			t.Error(id)
		}
	}
}
