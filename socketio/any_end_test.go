package socketio_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

// A faultyBus may lose messages, and its server may die.
type faultyBus struct {
	socketio.Bus
	mu   sync.Mutex
	lose func(*socketio.BusMessage) error // guarded by mu; errLost: without a word
	die  func()                           // guarded by mu
	self socketio.BusServer               // guarded by mu
}

var errLost = errors.New("lost")

func (b *faultyBus) Start(s socketio.BusServer) (stop func()) {
	stop = sync.OnceFunc(b.Bus.Start(s))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.die, b.self = stop, s
	return stop
}

func (b *faultyBus) Publish(m *socketio.BusMessage) error {
	b.mu.Lock()
	lose := b.lose
	b.mu.Unlock()
	if lose != nil && m.Kind == socketio.BusTunnel {
		if err := lose(m); err == errLost {
			return nil
		} else if err != nil {
			return err
		}
	}
	return b.Bus.Publish(m)
}

func (b *faultyBus) losing(f func(*socketio.BusMessage) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lose = f
}

// kill ends the server for the others, in the middle of anything.
func (b *faultyBus) kill() {
	b.mu.Lock()
	die := b.die
	b.mu.Unlock()
	die()
}

func faultyFleet(t *testing.T, o socketio.Options) (*fleet, []*faultyBus) {
	t.Helper()
	node := overMemory()
	var buses []*faultyBus
	return newFleet(t, 3, o, func() socketio.Bus {
		b := &faultyBus{Bus: node()}
		buses = append(buses, b)
		return b
	}), buses
}

// gone checks that all servers but the one that is dead don't know the session.
func (s *session) gone(servers ...int) {
	s.t.Helper()
	for _, server := range servers {
		eventually(s.t, "the session is unknown", func() bool {
			a := s.do(server, "POST", "3")
			return a.status == 400 && a.body == unknown
		})
	}
}

func (f *fleet) quiet(servers ...int) {
	f.t.Helper()
	for _, i := range servers {
		eventually(f.t, "no tunnels", func() bool { return socketio.Tunnels(f.servers[i]) == 0 })
	}
}

// busy waits until a server forwards so much.
func (f *fleet) busy(server, n int) {
	f.t.Helper()
	eventually(f.t, "a tunnel", func() bool { return socketio.Tunnels(f.servers[server]) == n })
}

func TestOwnerDies(t *testing.T) {
	t.Run("poll", func(t *testing.T) {
		f, buses := faultyFleet(t, socketio.Options{})
		s := f.open(0, "EIO=4").join(1)
		poll := s.later(1, "GET", "")
		f.busy(1, 1)
		buses[0].kill()
		if a := poll(); a.status != 400 || a.body != unknown {
			t.Errorf("the poll: %v", a)
		}
		s.gone(1, 2)
		f.quiet(1, 2)
	})
	t.Run("POST", func(t *testing.T) {
		f, buses := faultyFleet(t, socketio.Options{})
		s := f.open(0, "EIO=4").join(1)
		body, rest := io.Pipe()
		done := make(chan answer, 1)
		go func() {
			a, err := s.try(context.Background(), 1, "POST", body)
			if err != nil {
				a.body = err.Error()
			}
			done <- a
		}()
		rest.Write([]byte("4"))
		f.busy(1, 1)
		buses[0].kill()
		if a := <-done; a.status != 400 || a.body != unknown {
			t.Errorf("the POST: %v", a)
		}
		rest.Close()
		s.gone(1, 2)
		f.quiet(1, 2)
	})
	t.Run("probe", func(t *testing.T) {
		f, buses := faultyFleet(t, socketio.Options{})
		s := f.open(0, "EIO=4").join(1)
		conn := s.dial(2)
		buses[0].kill()
		if got := s.read(conn); got != closed {
			t.Errorf("got %q", got)
		}
		s.gone(1, 2)
		f.quiet(1, 2)
	})
	t.Run("WebSocket", func(t *testing.T) {
		f, buses := faultyFleet(t, socketio.Options{})
		s := f.open(0, "EIO=4").join(1)
		conn := s.dial(2)
		s.write(conn, "5")
		buses[0].kill()
		if got := s.read(conn); got != closed {
			t.Errorf("got %q", got)
		}
		s.gone(1, 2)
		f.quiet(1, 2)
	})
	t.Run("an upgrade of a session that has gone", func(t *testing.T) {
		f, buses := faultyFleet(t, socketio.Options{})
		s := f.open(0, "EIO=4").join(1)
		buses[0].kill()
		s.gone(1)
	})
}

// A taking server that dies takes no more with it than the transports that went through it.
func TestTakingServerDies(t *testing.T) {
	f, buses := faultyFleet(t, socketio.Options{})
	polling, upgraded := f.open(0, "EIO=4").join(1), f.open(0, "EIO=4").join(1)
	other := f.open(0, "EIO=4").join(2)
	conn := upgraded.dial(1)
	f.write(conn, "5")
	poll := polling.later(1, "GET", "")
	f.busy(1, 2)
	buses[1].kill()
	f.fronts[1].CloseClientConnections()
	f.servers[1].Close()
	if a := poll(); a.status != 0 && a.status != 502 && a.status != 400 {
		t.Errorf("the poll: %v", a)
	}
	if got := f.read(conn); got != closed {
		t.Errorf("the WebSocket: %q", got)
	}
	polling.gone(0, 2)
	upgraded.gone(0, 2)
	if a := other.do(2, "POST", `420["echo",1]`); a.body != "ok" {
		t.Errorf("another session: %v", a)
	}
	f.quiet(0, 1, 2)
}

// What is lost on the way ends both ends of a tunnel, and no more.
func TestLostTunnelMessages(t *testing.T) {
	nth := func(n int, err error) func(*socketio.BusMessage) error {
		return func(*socketio.BusMessage) error {
			if n--; n == 0 {
				return err
			}
			return nil
		}
	}
	f, buses := faultyFleet(t, socketio.Options{})
	t.Run("the way there fails", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(1)
		buses[1].losing(nth(1, socketio.ErrSlow))
		if a := s.do(1, "POST", "40"); a.status != 502 {
			t.Errorf("%v", a)
		}
		if a := s.do(1, "POST", `420["echo",1]`); a.body != "ok" {
			t.Errorf("the session: %v", a)
		}
	})
	t.Run("the way back fails", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(1)
		buses[0].losing(nth(1, socketio.ErrSlow))
		if a := s.do(1, "POST", `420["echo",1]`); a.status != 502 {
			t.Errorf("%v", a)
		}
	})
	for _, lost := range []string{"there", "back"} {
		t.Run("a part of the way "+lost, func(t *testing.T) {
			s := f.open(0, "EIO=4").join(1)
			conn := s.dial(1)
			s.write(conn, "5")
			bus := buses[1]
			if lost == "back" {
				bus = buses[0]
			}
			bus.losing(func(m *socketio.BusMessage) error {
				if m.Event == "data" && m.Count == 4 {
					return errLost
				}
				return nil
			})
			stop := make(chan struct{})
			var writer sync.WaitGroup
			writer.Go(func() { // what is lost shows with the next
				for conn.Write(t.Context(), wstest.Text, []byte(`420["echo",1]`)) == nil {
					select {
					case <-time.After(10 * time.Millisecond):
					case <-stop:
						return
					}
				}
			})
			for s.read(conn) != closed {
			}
			close(stop)
			writer.Wait()
			s.gone(1, 2)
			f.quiet(0, 1)
		})
	}
	for _, b := range buses {
		b.losing(nil)
	}
	f.quiet(0, 1, 2)
}

// A lost answer isn't waited for without end, by the request and by its tunnel.
func TestLostAnswers(t *testing.T) {
	o := socketio.Options{
		PingInterval: time.Second, PingTimeout: time.Second, WriteTimeout: time.Second, BodyTimeout: time.Second, UpgradeTimeout: time.Second,
	}
	f, buses := faultyFleet(t, o)
	for _, method := range []string{"POST", "GET"} {
		t.Run(method, func(t *testing.T) {
			s := f.open(0, "EIO=4").join(1)
			buses[0].losing(func(*socketio.BusMessage) error { return errLost })
			if a := s.do(1, method, map[string]string{"POST": "3"}[method]); a.status != 502 {
				t.Errorf("%v", a)
			}
			f.quiet(1)
			buses[0].losing(nil)
		})
	}
	t.Run("upgrade", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(1)
		buses[0].losing(func(*socketio.BusMessage) error { return errLost })
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		conn, err := wstest.Dial(ctx, f.front(1)+"/socket.io/?transport=websocket&EIO=4&sid="+s.sid, nil, nil)
		if err == nil {
			conn.CloseNow()
		}
		if err == nil || ctx.Err() != nil {
			t.Errorf("the upgrade ends with %v", err)
		}
		f.quiet(1)
		buses[0].losing(nil)
	})
	f.quiet(0, 1)
}

// A server that the others take for gone is told so of each tunnel: it may be there again.
func TestTunnelOfAServerThatIsBack(t *testing.T) {
	for name, at := range map[string]int{"the owner took the other for gone": 0, "the other took the owner for gone": 1} {
		t.Run(name, func(t *testing.T) {
			f, buses := faultyFleet(t, socketio.Options{PingInterval: time.Hour})
			s := f.open(0, "EIO=4").join(1)
			f.quiet(0, 1) // of what joined
			poll := s.later(1, "GET", "")
			f.busy(0, 1)
			buses[at].self.Receive(&socketio.BusMessage{Kind: socketio.BusLeft, From: f.servers[1-at].Name()})
			if a := poll(); a.status != 502 && a.status != 400 {
				t.Errorf("the poll: %v", a)
			}
			f.quiet(0, 1)
		})
	}
}

func TestShutdownOfATakingServer(t *testing.T) {
	f, _ := faultyFleet(t, socketio.Options{})
	polling, upgraded := f.open(0, "EIO=4").join(1), f.open(0, "EIO=4").join(1)
	f.quiet(0, 1) // of what joined
	conn := upgraded.dial(1)
	f.write(conn, "5")
	poll := polling.later(1, "GET", "")
	f.busy(1, 2)
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		done <- f.servers[1].Shutdown(ctx)
	}()
	if a := poll(); a.status != 200 || a.body != "6" {
		t.Errorf("the poll: %v", a)
	}
	if got := f.read(conn); got != closed {
		t.Errorf("the WebSocket: %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if a := polling.do(2, "POST", `420["echo",1]`); a.body != "ok" {
		t.Errorf("the session goes on: %v", a)
	}
	if a := polling.do(2, "GET", ""); a.body != "430[1]" {
		t.Errorf("the session goes on: %v", a)
	}
	upgraded.gone(0, 2)
	f.quiet(0, 1, 2)
}

func TestShutdownOfAnOwner(t *testing.T) {
	f, _ := faultyFleet(t, socketio.Options{})
	s := f.open(0, "EIO=4").join(1)
	upgraded := f.open(0, "EIO=4").join(1)
	f.quiet(0, 1) // of what joined
	conn := upgraded.dial(2)
	f.write(conn, "5")
	poll := s.later(1, "GET", "")
	f.busy(1, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.servers[0].Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if a := poll(); a.status != 200 || !strings.Contains(a.body, "1") {
		t.Errorf("the poll: %v", a)
	}
	if got := f.read(conn); got != closed && got != "41" {
		t.Errorf("the WebSocket: %q", got)
	}
	s.gone(1, 2)
	f.quiet(0, 1, 2)
}

// A client that doesn't read holds up nobody, and little waits for it.
func TestAnyServerSlowReader(t *testing.T) {
	ended := make(chan socketio.Reason, 2)
	f, _ := faultyFleet(t, socketio.Options{WriteTimeout: time.Second, MaxQueue: -1})
	root := f.servers[0].Of("/")
	root.OnDisconnect(func(_ socket, why socketio.Reason) { ended <- why })
	socketio.On(root, "flood", func(_ ctx, s socket, _ socketio.None) error {
		for range 40 {
			if err := s.Emit("flood", strings.Repeat("x", 1_000_000)); err != nil {
				return err
			}
		}
		return nil
	})
	slow, quick := f.open(0, "EIO=4").join(1), f.open(0, "EIO=4").join(1)
	full, free := slow.dial(1), quick.dial(1)
	f.write(full, "5")
	f.write(free, "5")
	f.write(full, `42["flood"]`)
	for range 20 {
		f.write(free, `421["echo",2]`)
		if got := f.read(free); got != `431[2]` {
			t.Fatalf("%q", got)
		}
	}
	select {
	case why := <-ended:
		if why != socketio.ReasonTransportError {
			t.Errorf("the end: %q", why)
		}
	case <-time.After(patience):
		t.Error("the slow client isn't given up")
	}
	if n := socketio.MostUnread(f.servers[1]); n > 256<<10 {
		t.Errorf("%d bytes wait", n)
	}
}
