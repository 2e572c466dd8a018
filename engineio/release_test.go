package engineio_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A stage holds a waiting request back at the moment where it begins to wait.
type stage struct {
	http.ResponseWriter
	enter, leave chan bool
}

func (s stage) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		s.enter <- true
		<-s.leave
	}
	return nil
}

func (s stage) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// A request that is cancelled at the moment in which the upgrade lets it go ends nothing: the
// session has another transport.
func TestReleasedPollMayBeCancelled(t *testing.T) {
	for _, how := range []string{"the context ends", "the client hangs up"} {
		t.Run(how, func(t *testing.T) {
			enter, leave := make(chan bool), make(chan bool)
			ended := make(chan context.CancelFunc, 1)
			done := make(chan (<-chan struct{}), 1)
			r := newRig(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Stage") == "" {
						next.ServeHTTP(w, r)
						return
					}
					ctx, cancel := context.WithCancel(r.Context())
					defer cancel()
					ended <- cancel
					done <- ctx.Done()
					next.ServeHTTP(stage{w, enter, leave}, r.WithContext(ctx))
				})
			}}})
			for range 20 {
				p, s := r.poll()
				conn := p.start("GET " + r.Path() + "?" + p.query + " HTTP/1.1\r\nHost: engine.test\r\nStage: yes\r\n\r\n")
				cancel, over := <-ended, <-done
				<-enter
				w := p.upgraded()
				eventually(t, "the session is on WebSocket", func() bool { return s.Transport() == engineio.WebSocket })
				if how == "the context ends" {
					cancel()
				} else {
					conn.Close()
				}
				<-over
				leave <- true
				s.send("a")
				w.expect("4a")
				w.text("4b")
				s.got("b")
				s.alive()
				conn.Close()
				w.Close()
			}
		})
	}
}

// failing is a writer that holds an answer back and loses it then.
type failing struct {
	http.ResponseWriter
	enter, leave chan bool
}

func (f failing) Write([]byte) (int, error) {
	f.enter <- true
	<-f.leave
	return 0, io.ErrClosedPipe
}

func (f failing) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// An answer that is lost ends a session on polling. One that has gone over to WebSocket meanwhile
// doesn't need it any more.
func TestLostAnswerOfAPoll(t *testing.T) {
	for _, upgraded := range []bool{false, true} {
		enter, leave := make(chan bool), make(chan bool)
		r := newRig(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Failing") != "" {
					w = failing{w, enter, leave}
				}
				next.ServeHTTP(w, r)
			})
		}}})
		p, s := r.poll()
		conn := p.start("GET " + r.Path() + "?" + p.query + " HTTP/1.1\r\nHost: engine.test\r\nConnection: close\r\nFailing: yes\r\n\r\n")
		eventually(t, "the request waits", s.Waiting)
		s.send("a")
		<-enter
		if !upgraded {
			leave <- true
			if err := s.end(engineio.ReasonTransportError); err != io.ErrClosedPipe {
				t.Errorf("error %v", err)
			}
			continue
		}
		w := p.upgraded()
		eventually(t, "the session is on WebSocket", func() bool { return s.Transport() == engineio.WebSocket })
		leave <- true
		io.Copy(io.Discard, conn) // the request is over
		s.send("b")
		w.expect("4b")
		s.alive()
	}
}

// The end of a session reaches its application first and its client then, because that may be back
// at once.
func TestEndWaitsForTheApplication(t *testing.T) {
	tests := []struct {
		name string
		end  func(s *session)
	}{
		{"Discard", func(s *session) { s.Discard() }},
		{"Send and Discard", func(s *session) { s.Send(engineio.Text("x"), 0); s.Discard() }},
		{"SendLatest and Discard", func(s *session) { s.SendLatest(engineio.Text("x"), engineio.Slot{}, 0); s.Discard() }},
		{"Close", func(s *session) { s.Close() }},
	}
	for _, test := range tests {
		t.Run(test.name+", a poll waits", func(t *testing.T) {
			bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
				p, s := r.poll()
				get := p.getting(s)
				s.slow.Store(int64(200 * time.Millisecond))
				s.onMessage(func(message) {
					test.end(s)
					time.Sleep(200 * time.Millisecond)
				})
				go p.post("4go")
				a := <-get
				if s.closed.Load() == 0 {
					t.Errorf("the client got %d %q before Closed", a.status, a.body)
				}
				if a.body != "1" && a.body != "4x" {
					t.Errorf("the client got %q", a.body)
				}
				s.end(engineio.ReasonForcedClose)
			})
		})
		t.Run(test.name+", on WebSocket", func(t *testing.T) {
			bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
				w, s := r.websocket()
				s.slow.Store(int64(200 * time.Millisecond))
				s.onMessage(func(message) {
					test.end(s)
					time.Sleep(200 * time.Millisecond)
				})
				w.text("4go")
				first, _ := w.next()
				for first == textFrame { // it may have left before the end
					first, _ = w.next()
				}
				if first != closeFrame || s.closed.Load() == 0 {
					t.Errorf("the client got frame %#x, Closed: %d", first, s.closed.Load())
				}
				s.end(engineio.ReasonForcedClose)
			})
		})
		if test.name == "Close" {
			continue // it waits for the next poll
		}
		for _, method := range []string{"GET", "POST"} {
			t.Run(test.name+", a "+method+" comes", func(t *testing.T) {
				bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
					p, s := r.poll()
					s.slow.Store(int64(200 * time.Millisecond))
					s.onMessage(func(message) {
						test.end(s)
						time.Sleep(200 * time.Millisecond)
					})
					go p.post("4go")
					time.Sleep(100 * time.Millisecond)
					a := r.do(method, p.query, "")
					if s.closed.Load() == 0 {
						t.Errorf("the client got %d %q before Closed", a.status, a.body)
					}
					a.refused(t, 400, 1, "Session ID unknown")
					s.end(engineio.ReasonForcedClose)
				})
			})
		}
	}
}

// An application that is about to shut down often cancels the context of its HTTP server first. The
// clients are still there.
func TestPollsOutliveTheBaseContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	opened := make(chan *engineio.Socket, 1)
	ended := make(chan ending, 1)
	engine := engineio.New(engineio.Options{}, func(s *engineio.Socket) engineio.Receiver {
		opened <- s
		return &told{ended}
	})
	defer engine.Close()
	server := httptest.NewUnstartedServer(engine)
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	server.Start()
	defer server.Close()
	r := &rig{t: t, Server: engine, client: server.Client(), patience: 30 * time.Second}
	do := func(method, query string) answer {
		req, _ := http.NewRequest(method, server.URL+engine.Path()+"?EIO=4&transport=polling"+query, nil)
		return r.send(req)
	}
	do("GET", "")
	s := <-opened
	query := "&sid=" + s.ID()
	get := make(chan answer, 1)
	poll := func() {
		go func() { get <- do("GET", query) }()
		eventually(t, "the request waits", s.Waiting)
	}
	poll()
	cancel()
	select {
	case a := <-get:
		t.Fatalf("the context ended and the poll got %d %q", a.status, a.body)
	case e := <-ended:
		t.Fatalf("the context ended and the session with it: %v", e)
	case <-time.After(50 * time.Millisecond):
	}
	s.Send(engineio.Text("a"), 0)
	(<-get).is(t, 200, "4a")
	poll() // its context has ended before it begins
	s.Close()
	(<-get).is(t, 200, "1")
	if e := <-ended; e.reason != engineio.ReasonForcedClose {
		t.Errorf("ended with %v", e)
	}
}

// A client that hangs up ends its session, also when the context has ended before.
func TestClientGoneAfterItsContext(t *testing.T) {
	cancelled := make(chan bool, 1)
	r := newRig(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithCancel(r.Context())
			if r.URL.Query().Get("sid") != "" {
				cancel()
				cancelled <- true
			}
			next.ServeHTTP(w, r.WithContext(ctx))
			cancel()
		})
	}}})
	p, s := r.poll()
	conn := p.start("GET " + r.Path() + "?" + p.query + " HTTP/1.1\r\nHost: engine.test\r\n\r\n")
	<-cancelled
	eventually(t, "the request waits", s.Waiting)
	time.Sleep(20 * time.Millisecond)
	s.alive()
	conn.Close()
	if err := s.end(engineio.ReasonTransportError); err == nil || err.Error() != "poll connection closed prematurely" {
		t.Errorf("error %v", err)
	}
}

// A pause holds a request that brings packets, whatever becomes of its context.
func TestPauseOutlivesTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := newRig(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r.WithContext(ctx)) })
	}}})
	p, s := r.poll()
	s.Pause()
	held := make(chan answer, 1)
	go func() { held <- p.post("4a\x1e4b") }()
	s.got("a")
	cancel()
	time.Sleep(20 * time.Millisecond)
	s.quiet()
	s.Resume()
	s.got("b")
	(<-held).is(t, 200, "ok")
}

type told struct{ ended chan ending }

func (*told) Message([]byte, bool) {}

func (c *told) Closed(reason engineio.Reason, err error) { c.ended <- ending{reason, err} }

// A session that is closed while nobody polls waits for its client, but never longer than for a
// silent one.
func TestClosingAddsNothingToTheHeartbeat(t *testing.T) {
	for _, test := range []struct {
		name         string
		opts         engineio.Options
		closed, ends time.Duration
	}{
		{"no ping has been sent", engineio.Options{}, 20 * time.Second, 45 * time.Second},
		{"a ping is unanswered", engineio.Options{}, 44 * time.Second, 45 * time.Second},
		{"a long heartbeat", engineio.Options{PingInterval: 10 * time.Minute}, 45 * time.Second, 75 * time.Second},
		{"no heartbeat", engineio.Options{PingInterval: -1, PingTimeout: -1}, 45 * time.Second, 75 * time.Second},
		{"revision 3", engineio.Options{AllowEIO3: true}, 44 * time.Second, 45 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, test.opts, func(t *testing.T, r *rig) {
				start := time.Now()
				var s *session
				if test.opts.AllowEIO3 {
					_, s = r.pollV3("")
				} else {
					_, s = r.poll()
				}
				time.Sleep(test.closed)
				s.alive()
				if s.Close() {
					t.Fatal("Close: the session has ended")
				}
				s.end(engineio.ReasonForcedClose)
				if got := time.Since(start).Round(time.Second); got != test.ends {
					t.Errorf("ended after %v, want %v", got, test.ends)
				}
			})
		})
	}
	t.Run("a client that polls is told", func(t *testing.T) {
		bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
			p, s := r.poll()
			time.Sleep(44 * time.Second)
			s.Close()
			synctest.Wait()
			p.get().is(t, 200, "2") // queued before
			p.get().is(t, 200, "6\x1e1")
			s.end(engineio.ReasonForcedClose)
		})
	})
}
