package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A seat is what a client knows of its session.
type seat struct{ sid, pid, offset string }

// enter connects with what a client knows; before are the packets ahead of the answer.
func (s *server) enter(t *testing.T, nsp string, known seat, auth string) (w *wire, now seat, before []string) {
	t.Helper()
	w = s.dial(t)
	head := ""
	if nsp != "/" {
		head = nsp + ","
	}
	if known.pid != "" {
		auth = fmt.Sprintf(`{"pid":%q,"offset":%q}`, known.pid, known.offset)
	}
	w.send("0" + head + auth)
	for {
		p := w.next()
		rest, ok := strings.CutPrefix(p, "0"+head)
		if !ok {
			before = append(before, p)
			if p == closed || strings.HasPrefix(p, "4") {
				return w, now, before
			}
			continue
		}
		var answer struct{ SID, PID string }
		if err := json.Unmarshal([]byte(rest), &answer); err != nil {
			t.Fatal(rest, err)
		}
		return w, seat{answer.SID, answer.PID, known.offset}, before
	}
}

// offsetOf is the last argument of an event.
func offsetOf(t *testing.T, packet string) string {
	t.Helper()
	var args []any
	if err := json.Unmarshal([]byte(packet[strings.IndexByte(packet, '['):]), &args); err != nil {
		t.Fatal(packet, err)
	}
	offset, ok := args[len(args)-1].(string)
	if !ok {
		t.Fatal("no offset in", packet)
	}
	return offset
}

// texts are the second elements of events.
func texts(t *testing.T, packets []string) (list []string) {
	t.Helper()
	for _, p := range packets {
		if strings.HasPrefix(p, "b:") {
			list = append(list, p)
			continue
		}
		var args []any
		if err := json.Unmarshal([]byte(p[strings.IndexByte(p, '['):]), &args); err != nil {
			t.Fatal(p, err)
		}
		list = append(list, fmt.Sprint(args[1]))
	}
	return list
}

// lost breaks a connection and waits until the server has seen it.
func (s *server) lost(t *testing.T, nsp string, w *wire, id string) {
	t.Helper()
	w.gone()
	eventually(t, "the socket is gone", func() bool { _, ok := s.Of(nsp).Socket(id); return !ok })
}

func recovering(o socketio.RecoveryOptions) socketio.Options { return socketio.Options{Recovery: &o} }

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
			so.Disconnect(false)
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
			auth := fmt.Sprintf(`{"pid":%q,"offset":%q}`, me.pid, me.offset)
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

// A client may come back before the server has seen that the old connection is dead.
func TestTakenOver(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{}))
	ns, other := s.Of("/"), s.Of("/other")
	ends := make(chan socketio.Reason, 2)
	for _, n := range []*socketio.Namespace{ns, other} {
		n.OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
	}
	old, me, _ := s.enter(t, "/", seat{}, "")
	old.join("/other")
	if err := ns.Emit("x", "one"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, old.next())
	if err := ns.Emit("x", "two"); err != nil {
		t.Fatal(err)
	}
	before, _ := ns.Socket(me.sid)
	w, back, missed := s.enter(t, "/", me, "")
	if back.sid != me.sid || !slices.Equal(texts(t, missed), []string{"two"}) {
		t.Error(back, missed)
	}
	for range 2 {
		if why := receive(t, ends); why != socketio.ReasonTakenOver {
			t.Error(why)
		}
	}
	now, ok := ns.Socket(me.sid)
	if !ok || now == before || before.Connected() || ns.Len() != 1 || other.Len() != 0 {
		t.Error(ok, before.Connected(), ns.Len(), other.Len())
	}
	for old.next() != closed { // whether "two" has left before the end or not
	}
	// The old socket's late end takes nothing from the new one.
	if err := ns.To(me.sid).Emit("x", "three"); err != nil {
		t.Fatal(err)
	}
	w.expect(`2["x","three",…`)
}

// Many connections claim one session at once: one gets it, and nobody loses the id to another.
func TestManyClaims(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{}))
	ns := s.Of("/")
	w, me, _ := s.enter(t, "/", seat{}, "")
	if err := ns.Emit("x", "y"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	var all sync.WaitGroup
	for range 8 {
		w := s.dial(t)
		all.Go(func() {
			w.send(fmt.Sprintf(`0{"pid":%q,"offset":%q}`, me.pid, me.offset))
			w.next()
		})
	}
	all.Wait()
	eventually(t, "one is left, and it is connected", func() bool {
		live := 0
		for so := range ns.Sockets() {
			if so.ID() == me.sid {
				live++
			}
		}
		so, ok := ns.Socket(me.sid)
		return live == 1 && ok && so.Connected()
	})
}

// Volatile events carry the offset of the event before, so that nothing of theirs is taken for one.
func TestVolatileOffset(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{}))
	ns := s.Of("/")
	w, me, _ := s.enter(t, "/", seat{}, "")
	so, _ := ns.Socket(me.sid)
	if err := so.Emit("x", "regular"); err != nil {
		t.Fatal(err)
	}
	first := offsetOf(t, w.next())
	eventually(t, "all is written", func() bool { return so.Buffered() == 0 })
	for _, e := range []socketio.Target{so.Volatile(), ns.Volatile(), ns.Latest("key")} {
		if err := e.Emit("v", "a text of the user"); err != nil {
			t.Fatal(err)
		}
		if got := offsetOf(t, w.next()); got != first {
			t.Errorf("offset %q, want %q", got, first)
		}
	}
	// The children of a parent have offsets of their own.
	p := s.OfFunc(func(context.Context, string, *socketio.Handshake) bool { return true })
	w.join("/one")
	w.join("/two")
	if err := p.Emit("x", 1); err != nil {
		t.Fatal(err)
	}
	for _, nsp := range []string{"one", "two"} {
		packet := w.next()
		if !strings.HasPrefix(packet, `2/`+nsp+`,["x",1,"`) || strings.Count(packet, ",") != 3 {
			t.Error(packet)
		}
	}
}

// Whatever emits at whatever moment, a client that comes back again and again gets each event once and in order.
func TestNothingIsLostOrDoubled(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{}))
	ns := s.Of("/")
	ns.OnConnect(func(_ context.Context, so socket) error {
		if so.Recovery() == socketio.RecoveryNone {
			return so.Join("r")
		}
		return nil
	})
	w, me, _ := s.enter(t, "/", seat{}, "")
	so, _ := ns.Socket(me.sid)
	eventually(t, "it is in the room", func() bool { return len(so.Rooms()) == 2 })
	const emitters, events = 4, 300
	var all sync.WaitGroup
	for e := range emitters {
		all.Go(func() {
			for i := range events {
				to := []socketio.Target{ns.To("r"), ns.Except("none"), ns.To(me.sid)}[i%3]
				if err := to.Emit("x", fmt.Sprint(e, " ", i)); err != nil {
					t.Error(err)
				}
				if i%10 == 0 {
					time.Sleep(time.Millisecond)
				}
				_ = ns.Volatile().Emit("v", "volatile")
			}
		})
	}
	next, got := make([]int, emitters), 0
	take := func(packet string) {
		me.offset = offsetOf(t, packet)
		if strings.HasPrefix(packet, `2["v"`) {
			return
		}
		var e, i int
		if _, err := fmt.Sscan(texts(t, []string{packet})[0], &e, &i); err != nil {
			t.Fatal(packet, err)
		}
		if i != next[e] {
			t.Fatalf("emitter %d: event %d, want %d", e, i, next[e])
		}
		next[e]++
		got++
	}
	for got < emitters*events {
		for range 50 {
			if got == emitters*events {
				break
			}
			take(w.next())
		}
		w.gone() // what it had received but not read is lost
		var back seat
		var missed []string
		if w, back, missed = s.enter(t, "/", me, ""); back.sid != me.sid {
			t.Fatal("not recovered")
		}
		for _, packet := range missed {
			take(packet)
		}
	}
	all.Wait()
}

func TestHistoryIsForgotten(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{Duration: 20 * time.Millisecond}))
	ns := s.Of("/")
	w, me, _ := s.enter(t, "/", seat{}, "")
	s.lost(t, "/", w, me.sid)
	eventually(t, "the session is dropped", func() bool { return socketio.Sessions(ns) == 0 })
	if err := ns.Emit("x"); err != nil {
		t.Fatal(err)
	}
	if n := socketio.Records(ns); n != 0 {
		t.Error(n, "events are kept for nobody")
	}
}

// When more happens in the middleware than is kept, the client gets a new session with its next connection, never a gap.
func TestTooMuchDuringMiddleware(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{RunMiddlewareOnRecovery: true, MaxPackets: 3}))
	ns := s.Of("/")
	ns.Use(func(_ context.Context, so socket) error {
		for range 5 {
			if so.Recovery() == socketio.RecoveryFull {
				if err := ns.Emit("x"); err != nil {
					return err
				}
			}
		}
		return nil
	})
	w, me, _ := s.enter(t, "/", seat{}, "")
	if err := ns.Emit("x", "y"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	s.lost(t, "/", w, me.sid)
	if _, _, got := s.enter(t, "/", me, ""); !slices.Equal(got, []string{closed}) {
		t.Fatal(got)
	}
	if _, now, _ := s.enter(t, "/", me, ""); now.sid == me.sid {
		t.Error("recovered in spite of a gap")
	}
}

// What a socket sent to the others isn't for it, and what was said in a room before it joined isn't either.
func TestMissedIsWhatItWouldHaveGot(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{Duration: -1, MaxPackets: -1, MaxBytes: -1, MaxSessions: -1}))
	ns := s.Of("/")
	w, me, _ := s.enter(t, "/", seat{}, "")
	so, _ := ns.Socket(me.sid)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(so.Emit("x", "own"))
	me.offset = offsetOf(t, w.next())
	must(ns.To("a").Emit("x", "before it joined"))
	must(so.Join("a"))
	must(ns.To("a").Emit("x", "in a"))
	must(so.Broadcast().Emit("x", "to the others"))
	must(so.To("a").Emit("x", "to the others in a"))
	must(so.Emit("x", "last"))
	s.lost(t, "/", w, me.sid)
	if err := so.Emit("x", "too late"); err != socketio.ErrClosed {
		t.Error(err)
	}
	for range 2 { // the second time as if the answer had been lost
		w, back, missed := s.enter(t, "/", me, "")
		if got := texts(t, missed); back.sid != me.sid || !slices.Equal(got, []string{"in a", "last"}) {
			t.Errorf("missed %q", got)
		}
		s.lost(t, "/", w, me.sid)
	}
}

// Clients of protocol 4 can't recover; what is emitted to one of them carries nothing more.
func TestNoRecoveryForProtocol4(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{})
	o.AllowEIO3 = true
	s := start(t, o)
	w := s.dial(t, "EIO=3")
	w.expect("0")
	for so := range s.Of("/").Sockets() {
		if err := so.Emit("x", "y"); err != nil || so.Recovery() != socketio.RecoveryNone {
			t.Error(err, so.Recovery())
		}
	}
	w.expect(`2["x","y"]`)
}
