package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

const connectionTooLarge = `{"message":"Connection too large"}`

func TestAuthsOfAllNamespacesCountTogether(t *testing.T) {
	s := start(t, socketio.Options{MaxMemory: 64 << 10})
	for i := range 5 {
		s.Of(fmt.Sprint("/n", i))
	}
	w := s.client(t)
	auth := fmt.Sprintf(`{"x":%q}`, strings.Repeat("x", 20_000))
	w.join("/n0", auth)
	w.join("/n1", auth)
	for range 3 { // what was refused costs nothing
		w.send("0/n2,"+auth, "0/n3,"+auth)
		w.expect("4/n2,"+connectionTooLarge, "4/n3,"+connectionTooLarge)
	}
	w.join("/n3")
	w.send("1/n0,")
	so, _ := s.Of("/").Socket(first(t, s.Of("/")).ID())
	eventually(t, "it is forgotten", func() bool { fixed, _ := held(so); return fixed < 40_000 })
	w.join("/n2", auth)
}

func first(t *testing.T, ns *socketio.Namespace) socket {
	t.Helper()
	for so := range ns.Sockets() {
		return so
	}
	t.Fatal("nobody is there")
	return nil
}

func TestRoomNamesCount(t *testing.T) {
	s := start(t, socketio.Options{MaxMemory: 60_000})
	m := s.member(t)
	long := strings.Repeat("x", 20_000)
	for i := range 2 {
		if err := m.so.Join(fmt.Sprint(i, long)); err != nil {
			t.Fatal(err)
		}
	}
	fixed, _ := held(m.so)
	for _, rooms := range [][]string{{"2" + long + long}, {"short", "2" + long, "3" + long}} {
		if err := m.so.Join(rooms...); !errors.Is(err, socketio.ErrTooManyRooms) {
			t.Error(err)
		}
	}
	if now, _ := held(m.so); now != fixed || len(m.so.Rooms()) != 3 {
		t.Error(now, fixed, len(m.so.Rooms()))
	}
	if err := m.so.Join("short", "0"+long, "1"+long); err != nil { // it is in two of them
		t.Error(err)
	}
	m.so.Leave("0" + long)
	if err := m.so.Join("2" + long); err != nil {
		t.Error(err)
	}
	// Another socket of the connection shares the limit, another connection has its own.
	s.Of("/side")
	m.join("/side")
	if err := first(t, s.Of("/side")).Join("3" + long); !errors.Is(err, socketio.ErrTooManyRooms) {
		t.Error(err)
	}
	if err := s.member(t).so.Join("3" + long); err != nil {
		t.Error(err)
	}
}

// Many inboxes, none of them full: together they are. Nothing is lost, and nobody else waits.
func TestInboxesOfAllNamespacesCountTogether(t *testing.T) {
	const namespaces, size, most = 40, 50_000, 500_000
	s := start(t, socketio.Options{MaxMemory: most})
	hold := make(chan struct{})
	var handled atomic.Int32
	for i := range namespaces {
		socketio.On(s.Of(fmt.Sprint("/n", i)), "x", func(context.Context, socket, string) error {
			<-hold
			handled.Add(1)
			return nil
		})
	}
	echo(s.Of("/"))
	m, other := s.member(t), s.client(t)
	for i := range namespaces {
		m.join(fmt.Sprint("/n", i))
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range 2 * namespaces {
			packet := fmt.Sprintf(`42/n%d,["x",%q]`, i%namespaces, strings.Repeat("x", size))
			if m.conn.Write(context.Background(), 1, []byte(packet)) != nil {
				return
			}
		}
	}()
	eventually(t, "reading pauses", func() bool { return socketio.Paused(m.so) })
	other.settled()
	// One event is taken whole, and those that had been read with it.
	if queued, fixed := socketio.Held(m.so); queued+fixed < most || queued+fixed > most+size+1000+64<<10 {
		t.Errorf("%d bytes are held", queued+fixed)
	}
	close(hold)
	eventually(t, "all are handled", func() bool { return handled.Load() == 2*namespaces })
	receive(t, sent)
	if queued, _ := socketio.Held(m.so); queued != 0 || socketio.Paused(m.so) {
		t.Error(queued, "bytes wait")
	}
	m.settled()
}

// Where rooms have taken all of the memory, events go through one by one.
func TestEventsBesideFullMemory(t *testing.T) {
	s := start(t, socketio.Options{MaxMemory: 16 << 10})
	ns := s.Of("/")
	m := s.member(t)
	for i := 0; ; i++ {
		if err := m.so.Join(fmt.Sprint(i)); err != nil {
			break
		}
	}
	var sum atomic.Int32
	socketio.On(ns, "x", func(_ ctx, _ socket, n int) error { sum.Add(int32(n)); return nil })
	for i := range 100 {
		m.send(fmt.Sprintf(`2["x",%d]`, i))
	}
	eventually(t, "all are handled", func() bool { return sum.Load() == 4950 })
}

// Attachments wait for the events before them, and end the connection only when they are too much
// by themselves.
func TestAttachmentsBesideFullMemory(t *testing.T) {
	told := make(chan string, 10)
	s := start(t, socketio.Options{MaxMemory: 100_000, OnError: func(_ context.Context, so socket, _ string, err error) {
		if e, ok := errors.AsType[*socketio.Error](err); ok {
			told <- so.Namespace().Name() + e.Code
		}
	}})
	hold := make(chan struct{})
	for _, nsp := range []string{"/", "/side"} {
		socketio.On(s.Of(nsp), "x", func(_ ctx, _ socket, args socketio.Args) error {
			<-hold
			told <- fmt.Sprint(args.Len())
			return nil
		})
	}
	m := s.member(t)
	m.join("/side")
	m.send(fmt.Sprintf(`2["x",%q]`, strings.Repeat("x", 60_000)))
	m.send(`52-/side,["x",1]`, "b:"+strings.Repeat("x", 40_000))
	eventually(t, "reading pauses", func() bool { return socketio.Paused(m.so) })
	go m.conn.Write(context.Background(), 2, []byte(strings.Repeat("x", 40_000)))
	close(hold)
	for range 2 {
		if got := receive(t, told); got != "1" {
			t.Error(got)
		}
	}
	m.send(`53-/side,["x",1]`, "b:"+strings.Repeat("x", 50_000), "b:"+strings.Repeat("x", 50_000))
	m.expect(closed)
	for range 2 {
		if got := receive(t, told); got != "/"+socketio.CodeTooLarge && got != "/side"+socketio.CodeTooLarge {
			t.Error(got)
		}
	}
}

// While an answer is waited for, the connection can't be held back.
func TestFullMemoryDuringAnAsk(t *testing.T) {
	event := func(nsp string) string { return fmt.Sprintf(`2%s["x",%q]`, nsp, strings.Repeat("x", 7000)) }
	for name, packets := range map[string][]string{
		"events":      {event(""), event("")},
		"attachments": {`53-["y"]`, "b:" + strings.Repeat("x", 9000)},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, socketio.Options{MaxMemory: 20_000})
			ends := make(chan socketio.Reason, 2)
			for _, nsp := range []string{"/", "/side"} {
				ns := s.Of(nsp)
				ns.OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
				socketio.On(ns, "x", func(ctx ctx, so socket, _ string) error {
					_, err := so.Ask(ctx, "q")
					return err
				})
			}
			m := s.member(t)
			m.join("/side")
			m.send(event(""), event("/side,"))
			for range 2 {
				m.next()
			}
			m.send(packets...)
			m.expect(closed)
			for range 2 {
				if why := receive(t, ends); why != socketio.ReasonInboxFull {
					t.Error(why)
				}
			}
		})
	}
}

// What a connection counts goes with what it holds.
func TestNothingIsCountedForEver(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{})
	s := start(t, o)
	ns := s.Of("/")
	echo(ns)
	side := s.Of("/side")
	side.Use(func(_ ctx, so socket) error {
		var auth struct{ Refuse bool }
		if err := so.Auth(&auth); err != nil || auth.Refuse {
			return &socketio.Error{Message: "no"}
		}
		return so.Join("a", "b", "a")
	})
	socketio.On(side, "x", func(_ ctx, so socket, b []byte) error { return so.Join("c", string(b)) })
	m := s.member(t)
	fixed, queued := held(m.so)
	if want := socketio.SocketCost + len("/"); fixed < want || fixed > want+1000 || queued != 0 {
		t.Error(fixed, queued)
	}
	for i := range 30 {
		m.send(`0/side,{"Refuse":true}`)
		m.expect(`4/side,{"message":"no"}`)
		m.join("/side", `{"a":1}`)
		m.send(`51-/side,["x",{"_placeholder":true,"num":0}]`, "b:bin", `2/side,["unknown"]`, `21["echo"]`)
		m.expect(`31[]`)
		if i%2 == 0 {
			m.send("1/side,")
		} else {
			side.DisconnectSockets()
			m.expect("1/side,")
		}
		eventually(t, "it is forgotten", func() bool {
			now, queued := held(m.so)
			return queued == 0 && now == fixed+len("/side") // the one that it left
		})
	}
}

func TestDefaultMemory(t *testing.T) {
	for name, c := range map[string]struct {
		o    socketio.Options
		want int
	}{
		"nothing set":       {socketio.Options{}, 4 << 20},
		"small limits":      {socketio.Options{MaxPayload: 100, InboxBytes: 100, MaxRooms: 10}, 4 << 20},
		"large payload":     {socketio.Options{MaxPayload: 50 << 20}, 2 * (50<<20 + 1<<20)},
		"large inbox":       {socketio.Options{InboxBytes: 50 << 20}, 2 * (50<<20 + 1_000_000)},
		"many rooms":        {socketio.Options{MaxRooms: 100_000}, 40_000_000},
		"no largest event":  {socketio.Options{MaxPayload: -1}, math.MaxInt},
		"no largest inbox":  {socketio.Options{InboxBytes: -1}, math.MaxInt},
		"no limit of rooms": {socketio.Options{MaxRooms: -1}, math.MaxInt},
		"set":               {socketio.Options{MaxMemory: 1000, MaxPayload: 50 << 20}, 1000},
		"off":               {socketio.Options{MaxMemory: -1}, math.MaxInt},
	} {
		if got := socketio.Memory(c.o); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// What a socket still does after its client has left counts: a client that comes and goes can't
// pile it up.
func TestSocketsAtWorkAfterTheyLeft(t *testing.T) {
	s := start(t, socketio.Options{MaxMemory: 32 << 10})
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	socketio.On(s.Of("/slow"), "x", func(context.Context, socket, socketio.None) error { <-hold; return nil })
	w := s.client(t)
	refused := ""
	for range 32 {
		w.send("0/slow,")
		if refused = w.next(); refused == "4/slow,"+connectionTooLarge {
			break
		}
		w.send(`2/slow,["x"]`, "1/slow,")
	}
	if refused != "4/slow,"+connectionTooLarge {
		t.Error(refused)
	}
	s.client(t).join("/slow")
}
