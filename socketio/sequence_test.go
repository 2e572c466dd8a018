package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// came are the packets that a client got, without their offsets.
func came(c *siotest.Client) (list []string) {
	for _, p := range c.Packets() {
		if p, ok := strings.CutPrefix(p, "←"); ok && !strings.HasPrefix(strings.TrimSpace(p), "0") {
			if i := strings.LastIndex(p, `,"`); i > 0 && strings.HasSuffix(p, `"]`) {
				p = p[:i] + "]"
			}
			list = append(list, strings.TrimSpace(p))
		}
	}
	return list
}

// pass lets everything happen that needs no time, or nearly none: messages wait for others for a
// millisecond.
func pass() {
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
}

// Whatever is said or done behind an event waits while the event is on its way to the log.
func TestNothingOvertakesALoggedEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := logged(t, new(socketio.MemoryBus), socketio.Options{})
		ns := s.Of("/")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		socketio.OnCall(ns, "go", func(ctx context.Context, so socket, _ socketio.None) (string, error) {
			log.hold()
			must(so.Emit("1"))
			must(so.Volatile().Emit("2"))
			must(so.Join("room"))
			must(ns.To("room").Emit("3"))
			so.Leave("room")
			must(ns.To("room").Emit("not in it any more"))
			must(ns.Except("room").Emit("4"))
			must(so.Join("room"))
			must(ns.To("room").Local().Emit("5"))
			if rooms := so.Rooms(); !slices.Equal(rooms, []string{so.ID(), "room"}) {
				t.Errorf("rooms %q", rooms)
			}
			return "ack", nil
		})
		c := siotest.Dial(t, s, "/", siotest.Options{})
		so, _ := ns.Socket(c.ID())
		answered := make(chan struct{})
		go func() { defer close(answered); c.Ask("go") }()
		pass()
		drained, asked := make(chan error, 1), make(chan error, 1)
		go func() { drained <- so.Drain(t.Context()) }()
		go func() { _, err := so.Ask(t.Context(), "question"); asked <- err }()
		pass()
		must(ns.Emit("6"))
		so.Disconnect()
		if so.Connected() || ns.CountLocalSockets() != 0 {
			t.Error("it is still connected")
		}
		must(ns.Emit("too late"))
		pass()
		if got := came(c); len(got) != 0 || len(drained) != 0 {
			t.Errorf("before the log answered: %q", got)
		}
		log.release(nil)
		pass()
		want := []string{`2["1"]`, `2["2"]`, `2["3"]`, `2["4"]`, `2["5"]`, `30["ack"]`, `20["question"]`, `2["6"]`, "1"}
		if got := came(c); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		<-answered
		if err := <-asked; !errors.Is(err, socketio.ErrDisconnected) {
			t.Error(err)
		}
		must(<-drained)
	})
}

// Who enters a room, or comes, behind an event doesn't get it.
func TestComersDontGetWhatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := logged(t, new(socketio.MemoryBus), socketio.Options{})
		ns := s.Of("/")
		old := siotest.Dial(t, s, "/", siotest.Options{})
		so, _ := ns.Socket(old.ID())
		log.hold()
		for _, target := range []socketio.Target{ns.To("room"), ns.To("left", "room"), ns.Except("none"), ns.Except("room")} {
			if err := target.Emit(fmt.Sprint(len(came(old)))); err != nil {
				t.Error(err)
			}
		}
		if err := so.Join("room"); err != nil {
			t.Error(err)
		}
		late := siotest.Dial(t, s, "/", siotest.Options{})
		pass()
		log.release(nil)
		pass()
		if got := len(came(old)); got != 2 {
			t.Errorf("%q, want what excepts rooms alone", came(old))
		}
		if got := came(late); len(got) != 0 {
			t.Errorf("who came later got %q", got)
		}
	})
}

// Events that the log doesn't take are delivered all the same, in order. Whoever got one last can't
// be recovered, whatever the log has.
func TestEventsThatTheLogHasNot(t *testing.T) {
	for name, fail := range map[string]func(*slowLog){
		"refused":        func(b *slowLog) { b.set(false, errLogAway, false) },
		"handed back":    func(b *slowLog) { b.hold() },
		"never answered": func(b *slowLog) { b.hold() },
		"too many":       func(b *slowLog) { b.hold() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mem := new(socketio.MemoryBus)
				o := socketio.Options{}
				if name == "too many" {
					o.Recovery = &socketio.RecoveryOptions{MaxPackets: 2}
				}
				s, log := logged(t, mem, o)
				ns := s.Of("/")
				c := siotest.Dial(t, s, "/", siotest.Options{})
				if err := ns.Emit("kept"); err != nil {
					t.Error(err)
				}
				c.Expect("kept")
				fail(log)
				began := time.Now()
				for i := range 3 {
					if err := ns.Emit("n", i); (err != nil) != (name == "refused") {
						t.Error(err)
					}
				}
				if err := ns.Volatile().Emit("volatile"); (err != nil) != (name == "refused") {
					t.Error(err)
				}
				switch name {
				case "handed back":
					pass()
					log.release(func(m *message) { m.Offset = "" })
				case "too many":
					c.Expect("n", 0)
					c.Expect("n", 1)
					if time.Since(began) > time.Second {
						t.Error("it was waited for")
					}
				}
				if name != "too many" {
					c.Expect("n", 0)
					c.Expect("n", 1)
				}
				c.Expect("n", 2)
				c.Expect("volatile")
				if offset := c.Session()["offset"]; offset != "?" {
					t.Errorf("the offset is %q", offset)
				}
				known := c.Session()
				c.Drop()
				pass()
				if again := siotest.Dial(t, s, "/", siotest.Options{Auth: known}); again.ID() == c.ID() {
					t.Error("it was recovered")
				}
				log.release(nil) // what comes too late is dropped
				log.set(false, nil, false)
				c = siotest.Dial(t, s, "/", siotest.Options{})
				if err := ns.Emit("kept"); err != nil {
					t.Error(err)
				}
				c.Expect("kept")
				if offset := c.Session()["offset"]; offset == "?" {
					t.Error("the log isn't used again")
				}
			})
		})
	}
}

// What other servers say is delivered in the log's order, before own events that the log has later.
func TestOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := new(socketio.MemoryBus)
		a, log := logged(t, mem, socketio.Options{ServerName: "a"})
		b, _ := logged(t, mem, socketio.Options{ServerName: "b"})
		c := siotest.Dial(t, a, "/", siotest.Options{})
		log.hold()
		so, _ := a.Of("/").Socket(c.ID())
		if err := errors.Join(a.Of("/").Emit("1"), b.Of("/").Emit("2"), b.Of("/").To(c.ID()).Volatile().Emit("3")); err != nil {
			t.Error(err)
		}
		pass()
		if got := came(c); !slices.Equal(got, []string{`2["2"]`, `2["3"]`}) {
			t.Errorf("%q", got)
		}
		if err := errors.Join(b.Of("/").SocketsJoin("room"), b.Of("/").To("room").Emit("4"), b.Of("/").DisconnectSockets()); err != nil {
			t.Error(err)
		}
		pass()
		if so.Connected() {
			t.Error("it is connected")
		}
		log.release(nil)
		pass()
		if got := came(c); !slices.Equal(got, []string{`2["2"]`, `2["3"]`, `2["4"]`, `2["1"]`, "1"}) {
			t.Errorf("%q", got)
		}
	})
}

// A connection that the application closes, and a server that shuts down, send first what waits.
func TestEndsWaitForTheLog(t *testing.T) {
	for name, end := range map[string]func(*socketio.Server, socket){
		"CloseConnection": func(_ *socketio.Server, so socket) { so.CloseConnection() },
		"Shutdown":        func(s *socketio.Server, _ socket) { _ = s.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, log := logged(t, new(socketio.MemoryBus), socketio.Options{})
				s.Of("/a")
				c := siotest.Dial(t, s, "/", siotest.Options{})
				other := c.Join("/a", nil)
				so, _ := s.Of("/").Socket(c.ID())
				log.hold()
				if err := errors.Join(s.Of("/").Emit("1"), s.Of("/a").Emit("2")); err != nil {
					t.Error(err)
				}
				go end(s, so)
				pass()
				if !c.Connected() || !other.Connected() {
					t.Error("it has ended")
				}
				log.release(nil)
				c.Expect("1")
				other.Expect("2")
				c.Reason()
				pass()
			})
		})
	}
}

// A store that doesn't answer costs a client that comes back a few seconds, and one line in the
// log.
func TestStoreThatSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logger ledger
		s, log := logged(t, new(socketio.MemoryBus), socketio.Options{Logger: logger.logger()})
		c := siotest.Dial(t, s, "/", siotest.Options{})
		if err := s.Of("/").Emit("x"); err != nil {
			t.Error(err)
		}
		c.Expect("x")
		log.set(false, nil, true)
		for range 3 {
			began := time.Now()
			again := siotest.Dial(t, s, "/", siotest.Options{Auth: c.Session()})
			if again.ID() == c.ID() || time.Since(began) > 10*time.Second {
				t.Error(time.Since(began))
			}
			again.Drop()
		}
		if n := strings.Count(logger.String(), "begin anew"); n != 1 {
			t.Errorf("%d warnings", n)
		}
	})
}

// While an event that clients have may still come into the log, they don't know where they are: it
// would come once more to who comes back. They do when it is there.
func TestDoubtfulEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := new(socketio.MemoryBus)
		a, log := logged(t, mem, socketio.Options{})
		b, _ := logged(t, mem, socketio.Options{})
		c := siotest.Dial(t, a, "/", siotest.Options{})
		say := func(s *socketio.Server, name string) (offset string) {
			t.Helper()
			if err := s.Of("/").Emit(name); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second) // longer than the log may take
			c.Expect(name)
			return c.Session()["offset"]
		}
		if offset := say(b, "0"); offset == "?" {
			t.Error("what is in the log isn't known")
		}
		log.hold()
		for i, s := range []*socketio.Server{a, b} {
			if offset := say(s, fmt.Sprint(i)); offset != "?" {
				t.Errorf("behind a doubtful event the offset is %q", offset)
			}
		}
		log.release(nil)
		pass()
		if offset := say(b, "2"); offset == "?" {
			t.Error("the doubtful event has come, and the offset isn't known")
		}
	})
}
