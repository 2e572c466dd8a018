package engineio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// numbered is a message of about a kilobyte that carries its number.
func numbered(i int) string { return fmt.Sprintf("%08d%s", i, strings.Repeat("x", 1000)) }

// fill sends numbered messages until the queue takes no more and returns how many it took.
func (s *session) fill() (taken int) {
	s.rig.t.Helper()
	for {
		if taken == 1 && s.Transport() == engineio.WebSocket {
			// One leaves for sure; the others may all be sent before anybody has come to write
			// them.
			eventually(s.rig.t, "the first is written", func() bool { return s.BufferedBytes() == 0 })
		}
		switch err := s.Send(engineio.Text(numbered(taken)), 0); err {
		case nil:
			taken++
		case engineio.ErrSlow:
			return taken
		default:
			s.rig.t.Fatalf("Send after %d messages: %v", taken, err)
		}
	}
}

// readNumbered reads numbered messages until the connection ends and returns how many came; they
// must be whole, in order and start with the first.
func (w *wire) readNumbered() (n int) {
	w.t.Helper()
	for ; ; n++ {
		first, packet, err := w.read()
		if err != nil || first == closeFrame {
			return n
		}
		if packet != "4"+numbered(n) {
			w.t.Fatalf("packet %d is %q", n, head(packet))
		}
	}
}

func TestSlowReaders(t *testing.T) {
	t.Run("WebSocket: closed, others undisturbed, a prefix arrives", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		slow, s := r.websocket()
		good, other := r.websocket()
		taken := s.fill()
		if err := s.Send(engineio.Text("x"), 0); err != engineio.ErrClosed {
			t.Errorf("Send after ErrSlow: %v", err)
		}
		other.send("undisturbed")
		good.expect("4undisturbed")
		if err := s.end(engineio.ReasonSlow); !errors.Is(err, engineio.ErrSlow) {
			t.Errorf("error %v", err)
		}
		if n := slow.readNumbered(); n == 0 || n > taken {
			t.Errorf("%d of %d messages arrived", n, taken)
		}
		good.text("4alive")
		other.got("alive")
	})
	t.Run("polling", func(t *testing.T) {
		r := newRig(t, engineio.Options{MaxQueue: 10_500})
		p, s := r.poll()
		if taken := s.fill(); taken < 9 || taken > 10 {
			t.Errorf("%d messages in 10500 bytes", taken)
		}
		s.end(engineio.ReasonSlow)
		p.gone()
	})
	t.Run("order is kept after the network was full", func(t *testing.T) {
		r := newRig(t, engineio.Options{MaxQueue: 64 << 20})
		w, s := r.websocket()
		const total = 20_000
		for i := range total {
			s.send(numbered(i))
		}
		if s.BufferedBytes() == 0 {
			t.Fatal("the network took everything; this test needs more")
		}
		go func() {
			s.Drain(t.Context())
			s.Close()
		}()
		if n := w.readNumbered(); n != total {
			t.Errorf("%d messages of %d", n, total)
		}
		s.end(engineio.ReasonForcedClose)
	})
	t.Run("revision 3: pings that nobody reads the answers of", func(t *testing.T) {
		r := newRig(t, engineio.Options{AllowEIO3: true, MaxQueue: 1000})
		w := r.upgrade("EIO=3&transport=websocket", "")
		w.open()
		s := r.session()
		pings := strings.Repeat(string(mask(textFrame, "2")), 10_000)
		go func() {
			for {
				if _, err := io.WriteString(w.Conn, pings); err != nil {
					return
				}
			}
		}()
		s.end(engineio.ReasonSlow)
	})
	t.Run("a write that takes too long", func(t *testing.T) {
		r := newRig(t, engineio.Options{WriteTimeout: 100 * time.Millisecond, MaxQueue: 64 << 20})
		w, s := r.websocket()
		for i := range 20_000 {
			if s.Send(engineio.Text(numbered(i)), 0) != nil {
				break
			}
		}
		// Drain must not take the end for success.
		if err := s.Drain(t.Context()); err != engineio.ErrClosed {
			t.Errorf("Drain: %v", err)
		}
		if err := s.end(engineio.ReasonTransportError); err == nil {
			t.Error("no error")
		}
		w.readNumbered()
	})
}

func TestDrain(t *testing.T) {
	stopped := errors.New("stopped")
	over, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	t.Run("WebSocket", func(t *testing.T) {
		r := newRig(t, engineio.Options{MaxQueue: 64 << 20})
		w, s := r.websocket()
		if err := s.Drain(t.Context()); err != nil || s.BufferedBytes() != 0 {
			t.Errorf("empty: %v, %d bytes", err, s.BufferedBytes())
		}
		for i := range 20_000 {
			s.send(numbered(i))
		}
		if err := s.Drain(over); err != stopped {
			t.Errorf("Drain with a context that is over: %v", err)
		}
		done := make(chan error, 3)
		for range cap(done) {
			go func() { done <- s.Drain(t.Context()) }()
		}
		go io.Copy(io.Discard, w)
		for range cap(done) {
			if err := receive(t, r.patience, "Drain", done); err != nil {
				t.Errorf("Drain: %v", err)
			}
		}
		if n := s.BufferedBytes(); n != 0 {
			t.Errorf("%d bytes are buffered after Drain", n)
		}
	})
	t.Run("polling", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		p, s := r.poll()
		s.send("a", "binary:b")
		if n := s.BufferedBytes(); n < 2+2*128 || n > 100+2*128 {
			t.Errorf("%d bytes are buffered", n)
		}
		if err := s.Drain(over); err != stopped {
			t.Errorf("Drain: %v", err)
		}
		done := make(chan error, 1)
		go func() { done <- s.Drain(t.Context()) }()
		p.gets("4a", "bYg==")
		if err := receive(t, r.patience, "Drain", done); err != nil || s.BufferedBytes() != 0 {
			t.Errorf("Drain: %v, %d bytes", err, s.BufferedBytes())
		}
	})
	t.Run("the session ends", func(t *testing.T) {
		_, s := newRig(t, engineio.Options{}).poll()
		s.send("a")
		done := make(chan error, 1)
		go func() { done <- s.Drain(t.Context()) }()
		s.Discard()
		if err := <-done; err != engineio.ErrClosed {
			t.Errorf("Drain: %v", err)
		}
		if err := s.Drain(t.Context()); err != engineio.ErrClosed {
			t.Errorf("Drain after the end: %v", err)
		}
	})
}

func TestFlags(t *testing.T) {
	t.Run("Corked waits for Flush", func(t *testing.T) {
		w, s := newRig(t, engineio.Options{}).websocket()
		s.send("first")
		w.expect("4first")
		eventually(t, "nobody writes any more", func() bool { return s.BufferedBytes() == 0 })
		for i := range 3 {
			s.Send(engineio.Text(fmt.Sprint(i)), engineio.Corked)
		}
		time.Sleep(20 * time.Millisecond)
		if s.BufferedBytes() == 0 {
			t.Error("it was sent before Flush")
		}
		s.Flush()
		w.expect("40", "41", "42")
		s.Flush()
	})
	for name, disabled := range map[string]bool{"Later": false, "Later without adaptive flush": true} {
		t.Run(name+" keeps the order", func(t *testing.T) {
			w, s := newRig(t, engineio.Options{DisableAdaptiveFlush: disabled}).websocket()
			for i := range 1000 {
				s.Send(engineio.Text(fmt.Sprint(i)), engineio.Flags(i%3/2)*engineio.Later)
			}
			for i := range 1000 {
				w.expect(fmt.Sprint("4", i))
			}
			s.Send(engineio.Text("alone"), engineio.Later)
			w.expect("4alone")
		})
	}
	t.Run("one message for many sockets", func(t *testing.T) {
		r := newRig(t, engineio.Options{AllowEIO3: true, PerMessageDeflate: true})
		m := engineio.NewMessage(append(make([]byte, engineio.Prefix), `51-["é"]`...), []byte{1})
		p, polling := r.poll()
		a, first := r.websocket()
		b, second := r.websocket()
		old := r.upgrade("EIO=3&transport=websocket", "")
		old.open()
		for _, s := range []*session{polling, first, second, r.session()} {
			if err := s.Send(m, 0); err != nil {
				t.Fatal(err)
			}
		}
		p.gets(`451-["é"]`, "bAQ==")
		a.expect(`451-["é"]`, "binary:\x01")
		b.expect(`451-["é"]`, "binary:\x01")
		old.expect(`451-["é"]`, "binary:\x04\x01")
	})
	t.Run("senders don't disturb each other's order", func(t *testing.T) {
		w, s := newRig(t, engineio.Options{MaxQueue: 64 << 20}).websocket()
		const senders, each = 8, 500
		for n := range senders {
			go func() {
				for i := range each {
					s.Send(engineio.Text(fmt.Sprintf("%d:%d", n, i)), engineio.Flags(i%2)*engineio.Later)
					if i%7 == 0 {
						s.Flush()
					}
				}
			}()
		}
		var next [senders]int
		for range senders * each {
			var n, i int
			_, packet := w.next()
			if _, err := fmt.Sscanf(packet, "4%d:%d", &n, &i); err != nil || i != next[n] {
				t.Fatalf("packet %q, want number %d", packet, next[n])
			}
			next[n]++
		}
	})
}

// A message that doesn't wait takes what waits for company with it.
func TestDirectBehindLater(t *testing.T) {
	bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
		w, s := r.websocket()
		for range 3 {
			s.Send(engineio.Text("warm"), 0)
			w.expect("4warm")
			synctest.Wait() // it counts as written
			start := time.Now()
			s.Send(engineio.Text("later"), engineio.Later)
			s.Send(engineio.Text("now"), 0)
			w.expect("4later", "4now")
			if waited := time.Since(start); waited > 0 {
				t.Errorf("it waits for %v", waited)
			}
		}
	})
}

// A burst is no fault of a client that reads: more than fits into the queue, and faster than it is
// written.
func TestBurstBeyondTheQueue(t *testing.T) {
	if !eventLoop {
		t.Skip("where a goroutine writes that may block nobody knows whether the client keeps up")
	}
	for range 20 {
		w, s := newRig(t, engineio.Options{MaxQueue: 2000}).websocket()
		read := make(chan struct{})
		go func() { defer close(read); io.Copy(io.Discard, w.Conn) }()
		m := engineio.Text(strings.Repeat("x", 20))
		var senders sync.WaitGroup
		for range 4 {
			senders.Go(func() {
				for i := range 500 {
					if err := s.Send(m, 0); err != nil {
						t.Errorf("after %d: %v", i, err)
						return
					}
				}
			})
		}
		senders.Wait()
		w.Conn.Close()
		<-read
	}
}
