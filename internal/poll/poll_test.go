package poll_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/poll"
)

const patience = 30 * time.Second

// hidden is a TCP connection that doesn't look like one, as the connections of wrapping listeners.
type hidden struct{ *net.TCPConn }

// kinds are the ways to connect. On Linux the first is read by an event loop, the others by a
// goroutine.
var kinds = []struct {
	name string
	tcp  bool
	make func(t *testing.T) (server, client net.Conn)
}{
	{"TCP", true, tcpPair},
	{"hidden TCP", true, func(t *testing.T) (net.Conn, net.Conn) {
		server, client := tcpPair(t)
		return hidden{server.(*net.TCPConn)}, client
	}},
	{"pipe", false, func(t *testing.T) (net.Conn, net.Conn) { return net.Pipe() }},
}

func tcpPair(t *testing.T) (server, client net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return server, client
}

// A reader is the handler of a connection. It keeps what came and scribbles over the buffer, as a
// handler may.
type reader struct {
	conn   poll.Conn
	onData func([]byte)
	ended  chan error
	busy   atomic.Int32
	closed atomic.Int32
	broken atomic.Bool

	mu  sync.Mutex
	got []byte // guarded by mu
}

func (r *reader) Data(p []byte) {
	if r.busy.Add(1) != 1 || r.closed.Load() != 0 {
		r.broken.Store(true)
	}
	r.mu.Lock()
	r.got = append(r.got, p...)
	r.mu.Unlock()
	if r.onData != nil {
		r.onData(p)
	}
	clear(p)
	r.busy.Add(-1)
}

func (r *reader) Closed(err error) {
	if r.busy.Load() != 0 || r.closed.Add(1) != 1 {
		r.broken.Store(true)
		return
	}
	r.conn.Close()
	r.ended <- err
}

func (r *reader) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func (r *reader) is(t *testing.T, want string) {
	t.Helper()
	eventually(t, "everything arrives", func() bool { return r.size() >= len(want) })
	r.mu.Lock()
	defer r.mu.Unlock()
	if string(r.got) != want {
		t.Fatalf("%d bytes arrived that are not the %d that were sent", len(r.got), len(want))
	}
}

// end waits for Closed.
func (r *reader) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(patience):
		t.Fatal("Closed isn't called")
		return nil
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("it doesn't come true that %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// each runs a test with every kind of connection. The connection isn't started.
func each(t *testing.T, test func(t *testing.T, r *reader, client net.Conn, tcp bool)) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			var poller poll.Poller
			server, client := kind.make(t)
			r := &reader{conn: poller.Conn(server), ended: make(chan error, 1)}
			client.SetDeadline(time.Now().Add(patience))
			defer func() {
				client.Close()
				r.conn.Close()
				poller.Close()
				if r.broken.Load() {
					t.Error("Data ran twice at once, or something came after Closed")
				}
			}()
			test(t, r, client, kind.tcp)
		})
	}
}

// noise is that many bytes which don't repeat.
func noise(n int) string {
	p := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(p)
	return string(p)
}

func TestReadsInOrder(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
		sent := noise(1 << 20)
		go func() {
			for p := sent[5:]; len(p) > 0; {
				n := min(1+rand.IntN(100_000), len(p))
				io.WriteString(client, p[:n])
				p = p[n:]
			}
			client.Close()
		}()
		r.conn.Start(r, []byte(sent[:5]))
		if err := r.end(t); err != io.EOF {
			t.Errorf("Closed: %v", err)
		}
		r.is(t, sent)
	})
}

func TestPauseAndResume(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
		r.onData = func([]byte) {
			r.conn.Pause()
			r.conn.Pause()
		}
		r.conn.Start(r, nil)
		io.WriteString(client, "a")
		r.is(t, "a")
		go io.WriteString(client, "b")
		time.Sleep(50 * time.Millisecond)
		r.is(t, "a")
		r.conn.Resume()
		r.conn.Resume()
		r.is(t, "ab")
	})
}

func TestPauseBeforeStart(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
		r.conn.Pause()
		r.conn.Start(r, nil)
		go io.WriteString(client, "a")
		time.Sleep(50 * time.Millisecond)
		if n := r.size(); n != 0 {
			t.Errorf("%d bytes came during the pause", n)
		}
		r.conn.Resume()
		r.is(t, "a")
	})
}

func TestPausesLoseNothing(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
		sent := noise(4 << 20)
		go io.WriteString(client, sent)
		r.conn.Start(r, nil)
		for r.size() < len(sent) && r.closed.Load() == 0 {
			r.conn.Pause()
			time.Sleep(time.Duration(rand.IntN(50)) * time.Microsecond)
			r.conn.Resume()
			time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
		}
		r.is(t, sent)
	})
}

func TestClose(t *testing.T) {
	tests := map[string]func(r *reader, client net.Conn){
		"while quiet":  func(r *reader, _ net.Conn) { r.conn.Close() },
		"twice":        func(r *reader, _ net.Conn) { r.conn.Close(); r.conn.Close() },
		"while paused": func(r *reader, _ net.Conn) { r.conn.Pause(); r.conn.Close() },
		"inside Data":  func(r *reader, client net.Conn) { io.WriteString(client, "close") },
		"then Resume":  func(r *reader, _ net.Conn) { r.conn.Close(); r.conn.Pause(); r.conn.Resume() },
	}
	for name, closing := range tests {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *reader, client net.Conn, tcp bool) {
				r.onData = func([]byte) { r.conn.Close() }
				r.conn.Start(r, nil)
				closing(r, client)
				if err := r.end(t); tcp && !errors.Is(err, net.ErrClosed) {
					t.Errorf("Closed: %v", err)
				}
				if _, err := client.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("the peer reads %v", err)
				}
				if err := r.conn.Write([]byte("late"), time.Second); err == nil {
					t.Error("Write succeeds")
				}
				if n, err := r.conn.TryWrite([]byte("late")); n != 0 || err == nil {
					t.Errorf("TryWrite: %d %v", n, err)
				}
			})
		})
	}
	t.Run("before Start", func(t *testing.T) {
		each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
			r.conn.Close()
			r.conn.Start(r, nil)
			r.end(t)
		})
	})
	t.Run("without Start", func(t *testing.T) {
		each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
			r.conn.Close()
			if _, err := client.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("the peer reads %v", err)
			}
		})
	})
}

func TestThePeerResets(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, tcp bool) {
		if !tcp {
			return // a pipe has no reset
		}
		r.conn.Start(r, nil)
		client.(*net.TCPConn).SetLinger(0)
		client.Close()
		if err := r.end(t); err == nil || err == io.EOF || errors.Is(err, net.ErrClosed) {
			t.Errorf("Closed: %v", err)
		}
	})
}

func TestTryWriteAhead(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
		ahead := func(p string) {
			t.Helper()
			_, err := r.conn.TryWriteAhead([]byte(p))
			if err == poll.ErrWouldBlock { // that of a goroutine
				err = r.conn.WriteSoon([]byte(p))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		r.conn.Start(r, nil)
		got := make(chan string)
		go func() {
			for range 3 {
				p := make([]byte, 4)
				io.ReadFull(client, p)
				got <- string(p)
			}
		}()
		ahead("he")
		if err := r.conn.Write([]byte("ad"), patience); err != nil {
			t.Fatal(err)
		}
		if p := <-got; p != "head" {
			t.Errorf("%q arrives", p)
		}
		ahead("wait") // and nothing follows
		if p := <-got; p != "wait" {
			t.Errorf("%q arrives", p)
		}
		ahead("last")
		r.conn.Close()
		if p := <-got; p != "last" {
			t.Errorf("%q arrives", p)
		}
		r.end(t)
		if _, err := r.conn.TryWriteAhead([]byte("x")); err == nil {
			t.Error("it writes behind the end")
		}
	})
}

func TestWriting(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, tcp bool) {
		r.conn.Start(r, nil)
		sent := []byte(noise(16 << 20))
		n, err := r.conn.TryWrite(sent)
		if err != poll.ErrWouldBlock || n == len(sent) {
			t.Fatalf("TryWrite: %d %v", n, err)
		}
		done := make(chan error, 1)
		go func() {
			err := r.conn.Write(sent[n:], patience)
			if err == nil {
				// The kernel has room again soon.
				eventually(t, "WriteSoon has room", func() bool { return r.conn.WriteSoon([]byte("soon")) == nil })
			}
			done <- err
		}()
		got := make([]byte, len(sent)+4)
		if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got[:len(sent)], sent) || string(got[len(sent):]) != "soon" {
			t.Errorf("the peer got something else: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("Write: %v", err)
		}
		// Reading goes on meanwhile and after.
		io.WriteString(client, "a")
		r.is(t, "a")
	})
}

func TestReadingGoesOnWhileAWriteWaits(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
		r.conn.Start(r, nil)
		done := make(chan error, 1)
		go func() { done <- r.conn.Write(make([]byte, 64<<20), patience) }()
		time.Sleep(20 * time.Millisecond)
		io.WriteString(client, "a")
		r.is(t, "a")
		r.conn.Close()
		if err := <-done; err == nil {
			t.Error("Write succeeds although the connection was closed")
		}
		r.end(t)
	})
}

func TestWriteTimeout(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
		r.conn.Start(r, nil)
		start := time.Now()
		err := r.conn.Write(make([]byte, 64<<20), 50*time.Millisecond)
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) < 50*time.Millisecond {
			t.Errorf("Write: %v after %v", err, time.Since(start))
		}
	})
}

func TestWriteToAPeerThatHasGone(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, _ bool) {
		r.conn.Start(r, nil)
		done := make(chan error, 1)
		go func() { done <- r.conn.Write(make([]byte, 64<<20), patience) }()
		time.Sleep(20 * time.Millisecond)
		client.Close()
		if err := <-done; err == nil {
			t.Error("Write succeeds")
		}
		r.end(t)
	})
}

func TestFinish(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, tcp bool) {
		if !tcp {
			r.conn.Start(r, nil)
			r.conn.Finish(time.Hour) // a pipe can't end one side
			r.end(t)
			return
		}
		r.conn.Start(r, nil)
		r.conn.Pause()
		io.WriteString(client, noise(100_000)) // unread input would turn a close into a reset
		r.conn.WriteSoon([]byte("last words"))
		r.conn.Finish(time.Hour)
		if got, err := io.ReadAll(client); string(got) != "last words" || err != nil {
			t.Errorf("the peer reads %q, %v", got, err)
		}
		if r.closed.Load() != 0 {
			t.Error("closed before the peer closed its side")
		}
		client.Close()
		if err := r.end(t); err != io.EOF {
			t.Errorf("Closed: %v", err)
		}
	})
}

func TestFinishWaitsNoLongerThanItsTimeout(t *testing.T) {
	each(t, func(t *testing.T, r *reader, client net.Conn, tcp bool) {
		r.conn.Start(r, nil)
		start := time.Now()
		r.conn.Finish(50 * time.Millisecond)
		if err := r.end(t); err == nil || tcp && time.Since(start) < 50*time.Millisecond {
			t.Errorf("Closed: %v after %v", err, time.Since(start))
		}
	})
}

func TestPollerCloseBeforeTheConnections(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			var poller poll.Poller
			server, client := kind.make(t)
			r := &reader{conn: poller.Conn(server), ended: make(chan error, 1)}
			r.conn.Start(r, nil)
			poller.Close()
			poller.Close()
			r.conn.Close()
			r.end(t)
			client.Close()
		})
	}
}

// TestManyConnections opens and closes connections from both sides at once; each is told of its end
// once.
func TestManyConnections(t *testing.T) {
	var (
		poller poll.Poller
		all    sync.WaitGroup
	)
	defer poller.Close()
	for n := range 16 {
		open := poller.Conn
		if n%2 != 0 {
			open = poller.Parked
		}
		all.Go(func() {
			for i := range 60 {
				server, client := tcpPair(t)
				r := &reader{conn: open(server), ended: make(chan error, 1)}
				r.conn.Start(r, nil)
				sent := noise(rand.IntN(100_000))
				switch i % 4 {
				case 0:
					io.WriteString(client, sent)
					client.Close()
					r.end(t)
					r.is(t, sent)
				case 1:
					go io.WriteString(client, sent)
					r.conn.Close()
				case 2:
					go client.Close()
					go r.conn.Close()
				case 3:
					go r.conn.Pause()
					go r.conn.Write([]byte(sent), time.Second)
					r.conn.Finish(time.Millisecond)
				}
				if i%4 != 0 {
					r.end(t)
				}
				client.Close()
				if r.broken.Load() {
					t.Error("Data ran twice at once, or something came after Closed")
				}
			}
		})
	}
	all.Wait()
}

// TestManyPollers ends pollers while their connections start and end. Descriptors are numbers that
// are used again at once: a stray write or a late event of one poller would reach a connection of
// another.
func TestManyPollers(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 60 {
				var poller poll.Poller
				server, client := tcpPair(t)
				r := &reader{conn: poller.Conn(server), ended: make(chan error, 1)}
				if i%2 == 0 {
					poller.Close() // accepted before, started after
					r.conn.Start(r, nil)
					r.conn.Close()
					r.end(t)
					client.Close()
					continue
				}
				r.conn.Start(r, nil)
				sent := noise(1000)
				io.WriteString(client, sent)
				r.is(t, sent)
				go poller.Close()
				client.Close()
				r.end(t)
				r.is(t, sent)
			}
		})
	}
	all.Wait()
}
