package socketio_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// atWork is a client that has got an event and whose "work" is being handled.
func (s *server) atWork(t *testing.T) (w *wire, me seat, so socket) {
	t.Helper()
	ns := s.Of("/")
	w, me, _ = s.enter(t, "/", seat{}, "")
	if err := ns.Emit("x", "y"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	w.send(`2["work"]`)
	so, _ = ns.Socket(me.sid)
	eventually(t, "it is at work", func() bool { return socketio.InboxLen(so) == 1 })
	return w, me, so
}

// A client comes back while a handler of its old socket is still at work.
func TestHandover(t *testing.T) {
	for name, taken := range map[string]bool{"after the connection broke": false, "while the connection seems alive": true} {
		t.Run(name, func(t *testing.T) {
			s := start(t, recovering(socketio.RecoveryOptions{HandoverTimeout: time.Hour}))
			ns := s.Of("/")
			state := socketio.NewKey[string]("state")
			calls := make(chan string, 10)
			release := make(chan struct{})
			ns.OnConnect(func(_ context.Context, so socket) error {
				got, _ := state.Get(so)
				calls <- "connect " + got
				return nil
			})
			ns.OnDisconnect(func(socket, socketio.Reason) { calls <- "disconnect" })
			socketio.On(ns, "work", func(_ context.Context, so socket, _ socketio.None) error {
				<-release
				state.Set(so, "late")
				calls <- "worked"
				return nil
			})
			w, me, so := s.atWork(t)
			if !taken {
				s.lost(t, "/", w, me.sid)
			}
			back := s.dial(t)
			back.send("0" + me.auth())
			eventually(t, "the old one has ended", func() bool { return !so.Connected() })
			close(release)
			if p := back.next(); !strings.Contains(p, me.sid) {
				t.Error(p)
			}
			var got []string
			for range 4 {
				got = append(got, receive(t, calls))
			}
			if want := []string{"connect ", "worked", "disconnect", "connect late"}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestHandlersThatDontHandOver(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{HandoverTimeout: time.Millisecond}))
	ns := s.Of("/")
	release := make(chan struct{})
	defer close(release)
	socketio.On(ns, "work", func(context.Context, socket, socketio.None) error { <-release; return nil })
	w, me, _ := s.atWork(t)
	s.lost(t, "/", w, me.sid)
	if _, now, _ := s.enter(t, "/", me, ""); now.sid == me.sid || now.pid == me.pid || len(now.sid) != 20 {
		t.Error("two sockets of one id", now)
	}
}

// What a client missed in all its namespaces goes through one queue.
func TestMissedInManyNamespaces(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{})
	o.MaxQueue = 40_000
	s := start(t, o)
	names := []string{"/a", "/b"}
	known := make(map[string]seat)
	w := s.dial(t)
	for _, name := range names {
		s.Of(name)
		k, _ := w.claim(name, seat{}, "")
		if err := s.Of(name).Emit("x", "first"); err != nil {
			t.Fatal(err)
		}
		k.offset = offsetOf(t, w.next())
		known[name] = k
	}
	w.gone()
	for _, name := range names {
		eventually(t, "the socket is gone", func() bool { return s.Of(name).CountLocalSockets() == 0 })
		if err := s.Of(name).Emit("x", strings.Repeat("y", 15_000)); err != nil {
			t.Fatal(err)
		}
	}
	w = s.dial(t)
	if got, _ := w.claim("/a", known["/a"], ""); got.sid != known["/a"].sid {
		t.Error("the first one doesn't come back", got)
	}
	if got, _ := w.claim("/b", known["/b"], ""); got.sid == known["/b"].sid || len(got.sid) != 20 {
		t.Error("both come back, though that is too much", got)
	}
}

// A client comes back once more while its last attempt, which broke unseen, still waits.
func TestClaimIsTakenOver(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{HandoverTimeout: time.Hour}))
	ns := s.Of("/")
	release := make(chan struct{})
	socketio.On(ns, "work", func(context.Context, socket, socketio.None) error { <-release; return nil })
	w, me, _ := s.atWork(t)
	s.lost(t, "/", w, me.sid)
	claim := "0" + me.auth()
	first, second := s.dial(t), s.dial(t)
	first.send(claim)
	eventually(t, "the first attempt waits", func() bool { return socketio.Claimed(ns, me.pid) })
	second.send(claim)
	first.expect(closed)
	close(release)
	if p := second.next(); !strings.Contains(p, me.sid) {
		t.Error(p)
	}
}

// The queue's room for what a client missed is there again when the middleware has refused it.
func TestRefusedRecoveryOwesNothing(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{RunMiddlewareOnRecovery: true})
	o.MaxQueue = 40_000
	s := start(t, o)
	ns := s.Of("/")
	refuse := false
	ns.Use(func(context.Context, socket) error {
		if refuse {
			refuse = false
			return &socketio.Error{Message: "not now"}
		}
		return nil
	})
	w, me, _ := s.enter(t, "/", seat{}, "")
	if err := ns.Emit("x", "first"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	s.lost(t, "/", w, me.sid)
	if err := ns.Emit("x", strings.Repeat("y", 15_000)); err != nil {
		t.Fatal(err)
	}
	refuse = true
	w, _, before := s.enter(t, "/", me, "")
	if len(before) != 1 || !strings.Contains(before[0], "not now") {
		t.Fatal(before)
	}
	if now, _ := w.claim("/", me, ""); now.sid != me.sid {
		t.Error("it doesn't come back", now)
	}
}
