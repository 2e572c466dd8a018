package socketio_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

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
	if !ok || now == before || before.Connected() || ns.CountLocalSockets() != 1 || other.CountLocalSockets() != 0 {
		t.Error(ok, before.Connected(), ns.CountLocalSockets(), other.CountLocalSockets())
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
			w.send("0" + me.auth())
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

// Volatile events carry an offset too, so that nothing of theirs is taken for one.
func TestVolatileOffset(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{}))
	ns := s.Of("/")
	w, me, _ := s.enter(t, "/", seat{}, "")
	so, _ := ns.Socket(me.sid)
	if err := so.Emit("x", "regular"); err != nil {
		t.Fatal(err)
	}
	last := offsetOf(t, w.next())
	eventually(t, "all is written", func() bool { return so.BufferedBytes() == 0 })
	for _, e := range []socketio.Target{so.Volatile(), ns.Volatile(), ns.Latest("key")} {
		if err := e.Emit("v", "a text of the user"); err != nil {
			t.Fatal(err)
		}
		got := offsetOf(t, w.next())
		if got <= last || got[:3] != last[:3] {
			t.Errorf("offset %q behind %q", got, last)
		}
		last = got
	}
	// The children of a parent have offsets of their own.
	p := s.OfFunc(func(context.Context, string, *socketio.Handshake) bool { return true })
	w.join("/one")
	w.join("/two")
	if err := p.All().Emit("x", 1); err != nil {
		t.Fatal(err)
	}
	for _, nsp := range []string{"one", "two"} {
		packet := w.next()
		if !strings.HasPrefix(packet, `2/`+nsp+`,["x",1,"`) || strings.Count(packet, ",") != 3 {
			t.Error(packet)
		}
	}
}

// Whatever emits at whatever moment, a client that comes back again and again gets each event once
// and in order.
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

// When more happens in the middleware than is kept, the client gets a new session with its next
// connection, never a gap.
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

// What a socket sent to the others isn't for it, and what was said in a room before it joined isn't
// either.
func TestNamesOfRoomsCountAsBytes(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{MaxBytes: 10_000}))
	ns := s.Of("/")
	s.enter(t, "/", seat{}, "")
	names := make([]string, 200)
	for i := range names {
		names[i] = strings.Repeat("r", 100)
	}
	for _, to := range []socketio.Target{ns.To(names[:50]...), ns.To(names...), ns.Except(names...)} {
		if err := to.Emit("x"); err != nil {
			t.Fatal(err)
		}
	}
	if n := socketio.Records(ns); n != 0 {
		t.Error(n, "events are kept")
	}
}

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

// A session that is dropped while its client is in the middleware, with all events that are kept,
// isn't continued with a gap.
func TestDroppedDuringMiddleware(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{RunMiddlewareOnRecovery: true, MaxSessions: 1}))
	ns := s.Of("/")
	var id atomic.Value
	asked, answer := make(chan bool), make(chan bool)
	ns.Use(func(_ context.Context, so socket) error {
		if so.Recovery() == socketio.RecoveryFull && so.ID() == id.Load() {
			asked <- true
			<-answer
		}
		return nil
	})
	w, me, _ := s.enter(t, "/", seat{}, "")
	id.Store(me.sid)
	if err := ns.Emit("x", "y"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	s.lost(t, "/", w, me.sid)
	done := make(chan []string)
	go func() {
		_, _, got := s.enter(t, "/", me, "")
		done <- got
	}()
	receive(t, asked)
	other, known, _ := s.enter(t, "/", seat{}, "")
	if err := ns.Emit("x", "missed"); err != nil {
		t.Fatal(err)
	}
	known.offset = offsetOf(t, other.next())
	s.lost(t, "/", other, known.sid) // the second session: the first one is dropped
	eventually(t, "one is dropped", func() bool { return socketio.Sessions(ns) == 1 })
	other, _, _ = s.enter(t, "/", known, "")
	other.send("1")
	eventually(t, "none is left", func() bool { return socketio.Sessions(ns) == 0 })
	if err := ns.Emit("x", "missed too"); err != nil {
		t.Fatal(err)
	}
	answer <- true
	if got := receive(t, done); !slices.Equal(got, []string{closed}) {
		t.Error(got)
	}
}

// Clients that come and go behind one that never returns leave no more than the sessions that can
// be continued.
func TestContinuedSessionsAreForgotten(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{Duration: -1}))
	ns := s.Of("/")
	first, known, _ := s.enter(t, "/", seat{}, "")
	s.lost(t, "/", first, known.sid)
	w, me, _ := s.enter(t, "/", seat{}, "")
	if err := ns.Emit("x", "y"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	for range 150 {
		s.lost(t, "/", w, me.sid)
		var back seat
		if w, back, _ = s.enter(t, "/", me, ""); back.sid != me.sid {
			t.Fatal("not recovered")
		}
	}
	if n := socketio.Ended(ns); n > 70 {
		t.Error(n, "sessions are held")
	}
}

// A middleware that seats a recovered socket again hides nothing that it missed in the room from
// the next recovery.
func TestSeatedAgainByMiddleware(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{RunMiddlewareOnRecovery: true}))
	ns := s.Of("/")
	ns.Use(func(_ context.Context, so socket) error { return so.Join("r") })
	w, me, _ := s.enter(t, "/", seat{}, "")
	if err := ns.To("r").Emit("x", "first"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	s.lost(t, "/", w, me.sid)
	if err := ns.To("r").Emit("x", "missed"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time as if the answer had been lost
		w, back, missed := s.enter(t, "/", me, "")
		if back.sid != me.sid || !slices.Equal(texts(t, missed), []string{"missed"}) {
			t.Error(back, missed)
		}
		s.lost(t, "/", w, me.sid)
	}
}

// A client whose connection isn't read may be dead for longer than events are kept: then it isn't
// told that nothing is missing.
func TestDeadWhilePaused(t *testing.T) {
	for _, resumes := range []bool{false, true} {
		t.Run(fmt.Sprint("resumes ", resumes), func(t *testing.T) {
			t.Parallel()
			o := recovering(socketio.RecoveryOptions{Duration: 50 * time.Millisecond})
			o.PingInterval, o.PingTimeout, o.InboxEvents = 20*time.Millisecond, time.Second, 1
			s := start(t, o)
			ns := s.Of("/")
			release := make(chan struct{})
			socketio.On(ns, "wait", func(context.Context, socket, socketio.None) error { <-release; return nil })
			w, me, _ := s.enter(t, "/", seat{}, "")
			so, _ := ns.Socket(me.sid)
			if err := ns.Emit("x", "first"); err != nil {
				t.Fatal(err)
			}
			me.offset = offsetOf(t, w.next())
			w.send(`2["wait"]`)
			eventually(t, "it is paused", func() bool { return socketio.Paused(so) })
			if err := ns.Emit("x", "into the void"); err != nil {
				// what the client gets of it counts for nothing here
				t.Fatal(err)
			}
			eventually(t, "the event is forgotten", func() bool { return socketio.Records(ns) == 0 })
			if resumes {
				close(release)
				eventually(t, "it is read again", func() bool { return !socketio.Paused(so) })
			} else {
				defer close(release)
			}
			if _, back, missed := s.enter(t, "/", me, ""); back.sid == me.sid || len(missed) != 0 {
				t.Error("recovered with a gap", missed)
			}
		})
	}
}

// A hesitant parser takes its time.
type hesitant struct{ socketio.Parser }

func (p hesitant) Encode(x *socketio.Packet) ([]byte, [][]byte, error) {
	time.Sleep(time.Millisecond)
	return p.Parser.Encode(x)
}

// Events that are encoded at the same time don't overtake each other for ever.
func TestManyEmitAtOnce(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{})
	o.Parser = hesitant{socketio.ParserJSON}
	s := start(t, o)
	var emits sync.WaitGroup
	for range 40 {
		emits.Go(func() {
			for range 5 {
				if err := s.Of("/").Emit("news", "x"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { defer close(done); emits.Wait() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("emits that don't return")
	}
}
