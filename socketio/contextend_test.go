package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

var errExpired = errors.New("the token has expired")

// until is a ConnContext whose contexts all end with the returned function.
func until() (func(context.Context, *http.Request) context.Context, context.CancelCauseFunc) {
	all, end := context.WithCancelCause(context.Background())
	return func(context.Context, *http.Request) context.Context { return all }, end
}

// The application ends the parent of all contexts, and with it the connection.
func TestConnectionsEndWithTheirContext(t *testing.T) {
	parent, end := until()
	s := start(t, socketio.Options{ConnContext: parent, Recovery: &socketio.RecoveryOptions{}})
	ns, other := s.Of("/"), s.Of("/other")
	why := make(chan error, 4)
	for _, ns := range []*socketio.Namespace{ns, other} {
		ns.OnDisconnect(func(so socket, r socketio.Reason) {
			if r != socketio.ReasonContextEnded {
				t.Error(r)
			}
			why <- context.Cause(so.Context())
		})
	}
	handled, causes, entered := make(chan string, 4), make(chan error, 1), make(chan struct{})
	socketio.On(ns, "wait", func(c ctx, so socket, _ socketio.None) error {
		close(entered)
		<-c.Done()
		causes <- context.Cause(c)
		eventually(t, "the socket has ended", func() bool { return !so.Connected() })
		return nil
	})
	socketio.On(ns, "late", func(ctx, socket, socketio.None) error { handled <- "late"; return nil })
	// This context is asked, while the other isn't.
	other.OnConnect(func(_ ctx, so socket) error { return so.Context().Err() })
	w := s.client(t)
	w.join("/other")
	w.send(`2["wait"]`, `2["late"]`)
	receive(t, entered)
	request := s.poll(t, "EIO=4")
	request("POST", "40")
	request("GET", "")
	end(errExpired)
	if err := receive(t, causes); err != errExpired {
		t.Error("the handler's cause:", err)
	}
	for range 3 {
		if err := receive(t, why); err != errExpired {
			t.Error("the socket's cause:", err)
		}
	}
	// So official clients show "io server disconnect" and don't come back with the same token.
	w.expect("1", "1/other,", closed)
	if got := request("GET", ""); got != "41" {
		t.Errorf("polling: %q", got)
	}
	if n := socketio.Sessions(ns) + socketio.Sessions(other); n != 0 {
		t.Error(n, "sessions may come back")
	}
	if len(handled) != 0 {
		t.Error("what waited was handled")
	}
	if r, _ := get(t, s.url+"/socket.io/?transport=polling&EIO=4"); r.StatusCode != http.StatusForbidden {
		t.Error("the next handshake:", r.Status)
	}
}

// A middleware that waits is told, and its client isn't let in.
func TestContextThatEndsDuringMiddleware(t *testing.T) {
	parent, end := until()
	s := start(t, socketio.Options{ConnContext: parent})
	entered, cause := make(chan struct{}), make(chan error, 1)
	s.Of("/").Use(func(c ctx, _ socket) error {
		close(entered)
		<-c.Done()
		cause <- context.Cause(c)
		return nil
	})
	s.Of("/").OnConnect(func(ctx, socket) error { t.Error("let in"); return nil })
	w := s.dial(t)
	w.send("0")
	receive(t, entered)
	end(errExpired)
	if err := receive(t, cause); err != errExpired {
		t.Error(err)
	}
	w.expect(closed)
}

// The expiry of a token is one line.
func TestTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := siotest.NewServer(t, socketio.Options{ConnContext: func(c context.Context, _ *http.Request) context.Context {
			c, cancel := context.WithDeadlineCause(c, time.Now().Add(time.Hour), errExpired)
			_ = cancel // c ends with the connection
			return c
		}})
		ns := s.Of("/")
		began := time.Now()
		ns.OnConnect(func(c ctx, so socket) error {
			for _, c := range []ctx{c, so.Context()} {
				if at, ok := c.Deadline(); !ok || !at.Equal(began.Add(time.Hour)) {
					t.Error("deadline", at, ok)
				}
			}
			return nil
		})
		ends := make(chan error, 1)
		ns.OnDisconnect(func(so socket, _ socketio.Reason) {
			ends <- errors.Join(so.Context().Err(), context.Cause(so.Context()))
		})
		c := siotest.Dial(t, s, "/", siotest.Options{Patience: 2 * time.Hour})
		if why := c.Reason(); why != socketio.ReasonContextEnded || time.Since(began) != time.Hour {
			t.Error(why, "after", time.Since(began))
		}
		if err := <-ends; !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errExpired) {
			t.Error(err)
		}
		c.Close()
	})
}

// What ConnContext made of the context that it got ends with the connection, but not before its
// last handler.
func TestTimersOfTokensEndWithTheConnection(t *testing.T) {
	made := make(chan ctx, 4)
	s := start(t, socketio.Options{ConnContext: func(c context.Context, _ *http.Request) context.Context {
		c, cancel := context.WithTimeoutCause(c, 24*time.Hour, errExpired)
		_ = cancel
		made <- c
		return c
	}})
	ns := s.Of("/")
	echo(ns)
	release, entered := make(chan struct{}), make(chan struct{}, 2)
	wait := func(c ctx, so socket, _ socketio.None) error {
		entered <- struct{}{}
		<-release
		lives(t, "a handler", c)
		return nil
	}
	socketio.On(ns, "wait", wait)
	socketio.NewEvent[socketio.None]("beside").Concurrent().Handle(ns, wait)
	over := make(chan socketio.Reason, 1)
	ns.OnDisconnect(func(_ socket, why socketio.Reason) { over <- why })
	for _, event := range []string{"wait", "beside", "echo", ""} {
		w := s.dial(t)
		parent := receive(t, made)
		if event != "" {
			w.join("/")
			w.send(`2["` + event + `"]`)
		}
		works := event == "wait" || event == "beside"
		if works {
			receive(t, entered)
		}
		w.gone()
		if event == "beside" {
			receive(t, over)
		}
		if works {
			eventually(t, "the client has left", func() bool { return s.CountConnections() == 0 })
			lives(t, "the connection", parent)
			release <- struct{}{}
		}
		receive(t, parent.Done())
		if event == "wait" || event == "echo" {
			receive(t, over)
		}
	}
}

// A socket that ended before keeps its reason, and nothing of it waits for a context that lives on:
// package context watches one of a foreign type from a goroutine for each child.
func TestContextsThatOutliveTheirSockets(t *testing.T) {
	for _, foreign := range []bool{false, true} {
		all, end := context.WithCancelCause(context.Background())
		s := start(t, socketio.Options{ConnContext: func(context.Context, *http.Request) context.Context {
			if foreign {
				return foreignContext{all}
			}
			return all
		}})
		ns := s.Of("/")
		echo(ns)
		before, asked := runtime.NumGoroutine(), false
		ns.Use(func(c ctx, _ socket) error { return c.Err() })
		ns.OnConnect(func(c ctx, so socket) error {
			if asked = !asked; !asked {
				return nil
			}
			return errors.Join(c.Err(), so.Context().Err())
		})
		ended := make(chan socket, 32)
		ns.OnDisconnect(func(so socket, _ socketio.Reason) { ended <- so })
		for range 32 {
			w := s.client(t)
			w.settled()
			w.send("1")
			w.gone()
		}
		eventually(t, "nobody waits", func() bool { return runtime.NumGoroutine() < before+32 && len(ended) == 32 })
		end(errExpired)
		for range 32 {
			if c := (<-ended).Context(); c.Err() != context.Canceled || context.Cause(c) != context.Canceled {
				t.Error(c.Err(), context.Cause(c))
			}
		}
	}
}

// A foreignContext is none of package context's.
type foreignContext struct{ context.Context }

func (c foreignContext) Done() <-chan struct{} {
	if c.Context.Err() != nil {
		return c.Context.Done()
	}
	return forever
}

func (c foreignContext) Value(any) any { return nil }

var forever = make(chan struct{})

// Shutdown waits for handlers with a context that lives, as long as its own does.
func TestContextsEndWithThePatienceOfShutdown(t *testing.T) {
	for name, end := range map[string]func(*server) error{
		"Close":    func(s *server) error { return s.Close() },
		"Shutdown": func(s *server) error { return s.Shutdown(t.Context()) },
		"in time": func(s *server) error {
			c, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errExpired)
			defer cancel()
			return s.Shutdown(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, socketio.Options{})
			ns := s.Of("/")
			entered, ends, release := make(chan struct{}, 3), make(chan error, 3), make(chan struct{})
			wait := func(c ctx, so socket, _ socketio.None) error {
				entered <- struct{}{}
				select {
				case <-c.Done():
				case <-release:
				}
				ends <- context.Cause(c)
				return nil
			}
			socketio.On(ns, "wait", wait)
			socketio.NewEvent[socketio.None]("beside").Concurrent().Handle(ns, wait)
			w := s.client(t)
			w.send(`2["beside"]`, `2["wait"]`)
			other := s.client(t)
			other.send(`2["beside"]`)
			for range 3 {
				receive(t, entered)
			}
			other.gone()
			result := make(chan error, 1)
			go func() { result <- end(s) }()
			if name == "Shutdown" {
				time.Sleep(20 * time.Millisecond) // passing too early proves nothing wrong
				close(release)
			}
			for range 3 {
				err := receive(t, ends)
				switch name {
				case "Shutdown":
					if err != nil {
						t.Error(err)
					}
				case "in time":
					if !errors.Is(err, errExpired) {
						t.Error(err)
					}
					fallthrough
				default:
					if !errors.Is(err, socketio.ErrShutdown) {
						t.Error(err)
					}
				}
			}
			if err := receive(t, result); name != "in time" && err != nil {
				t.Error(err)
			}
		})
	}
}

// Who asks a context behind Close gets the answer at once, whether he asked before or not.
func TestContextsHaveEndedBehindClose(t *testing.T) {
	withCancel, _ := until()
	for name, connContext := range map[string]func(context.Context, *http.Request) context.Context{"no parent": nil, "a parent": withCancel} {
		for _, asked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, asked before: %v", name, asked), func(t *testing.T) {
				s := siotest.NewServer(t, socketio.Options{ConnContext: connContext})
				began, closed, told := make(chan ctx), make(chan struct{}), make(chan [2]error)
				socketio.On(s.Of("/"), "x", func(c ctx, _ socket, _ int) error {
					if asked {
						c.Done()
					}
					began <- c
					<-closed
					told <- [2]error{context.Cause(c), c.Err()}
					return nil
				})
				siotest.Dial(t, s, "/", siotest.Options{}).Emit("x", 1)
				receive(t, began)
				s.Close()
				close(closed)
				if got := receive(t, told); !errors.Is(got[0], socketio.ErrShutdown) || !errors.Is(got[1], context.Canceled) {
					t.Errorf("cause %v, error %v", got[0], got[1])
				}
			})
		}
	}
}

// The context of a socket tells that it was the server that closed, whether somebody asked before
// or does behind the end.
func TestSocketContextAfterShutdown(t *testing.T) {
	for name, end := range map[string]func(*socketio.Server) error{
		"Close": (*socketio.Server).Close, "Shutdown": func(s *socketio.Server) error { return s.Shutdown(t.Context()) },
	} {
		for _, asked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, asked before: %v", name, asked), func(t *testing.T) {
				s := siotest.NewServer(t, socketio.Options{ConnContext: func(c context.Context, _ *http.Request) context.Context {
					c, cancel := context.WithTimeout(c, time.Hour)
					_ = cancel
					return c
				}})
				ns := s.Of("/")
				ns.OnConnect(func(_ ctx, so socket) error {
					if asked {
						return so.Context().Err()
					}
					return nil
				})
				told := make(chan [2]error, 1)
				ns.OnDisconnect(func(so socket, _ socketio.Reason) { told <- [2]error{context.Cause(so.Context()), so.Context().Err()} })
				kim := siotest.Dial(t, s, "/", siotest.Options{})
				so, _ := ns.Socket(kim.ID())
				if err := end(s); err != nil {
					t.Fatal(err)
				}
				if got := receive(t, told); got != [2]error{socketio.ErrShutdown, context.Canceled} {
					t.Errorf("cause %v, error %v", got[0], got[1])
				}
				if cause := context.Cause(so.Context()); cause != socketio.ErrShutdown {
					t.Error(cause)
				}
			})
		}
	}
}

// A middleware that is at work learns why its client is closed, as a handler does.
func TestContextOfMiddlewareEndsWithClose(t *testing.T) {
	for name, end := range map[string]func(*socketio.Server) error{
		"Close": (*socketio.Server).Close,
		"Shutdown": func(s *socketio.Server) error {
			c, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			return s.Shutdown(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, socketio.Options{})
			entered, causes := make(chan struct{}), make(chan error, 2)
			s.Of("/").Use(func(c ctx, so socket) error {
				close(entered)
				<-so.Context().Done()
				causes <- context.Cause(so.Context())
				<-c.Done()
				causes <- context.Cause(c)
				return nil
			})
			s.dial(t).send("0")
			receive(t, entered)
			if err := end(s.Server); err != nil {
				t.Error(err)
			}
			for range 2 {
				if cause := receive(t, causes); !errors.Is(cause, socketio.ErrShutdown) {
					t.Error(cause)
				}
			}
		})
	}
}
