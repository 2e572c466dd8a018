package engineio_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

var errExpired = errors.New("the token has expired")

// endingContext is a ConnContext whose contexts all end with the returned function.
func endingContext() (func(context.Context, *http.Request) context.Context, context.CancelCauseFunc) {
	all, end := context.WithCancelCause(context.Background())
	return func(context.Context, *http.Request) context.Context { return all }, end
}

// ContextEnded implements engineio.ContextReceiver.
func (s *session) ContextEnded(cause error) {
	if s.rig.contextEnded != nil {
		s.rig.contextEnded(s, cause)
	}
}

func TestSessionsEndWithTheirContext(t *testing.T) {
	parent, end := endingContext()
	r := newRig(t, engineio.Options{ConnContext: parent})
	p, waits := r.poll()
	get := p.getting(waits)
	late, comes := r.poll()
	w, ws := r.websocket()
	up, upgraded := r.poll()
	over := up.upgraded()
	end(errExpired)
	for _, s := range []*session{waits, ws, upgraded} {
		if err := s.end(engineio.ReasonContextEnded); err != errExpired {
			t.Errorf("error %v", err)
		}
	}
	(<-get).is(t, 200, "1")
	w.closing()
	over.closing()
	late.get().is(t, 200, "6\x1e1")
	if err := comes.end(engineio.ReasonContextEnded); err != errExpired {
		t.Errorf("error %v", err)
	}
}

// The receiver's last words are sent.
func TestReceiverOfAnEndingContext(t *testing.T) {
	parent, end := endingContext()
	r := newRig(t, engineio.Options{ConnContext: parent})
	cause := make(chan error, 1)
	r.contextEnded = func(s *session, why error) {
		s.send("bye")
		cause <- why
	}
	p, s := r.poll()
	end(nil)
	if err := receive(t, r.patience, "the cause", cause); err != context.Canceled {
		t.Errorf("cause %v", err)
	}
	p.get().is(t, 200, "4bye")
	p.get().is(t, 200, "6\x1e1")
	s.end(engineio.ReasonContextEnded)
}

func TestHandshakeWithAContextThatHasEnded(t *testing.T) {
	var refused []*engineio.ConnectionError
	parent, end := endingContext()
	end(errExpired)
	r := newRig(t, engineio.Options{ConnContext: parent, OnConnectionError: func(e *engineio.ConnectionError) { refused = append(refused, e) }})
	r.do("GET", "EIO=4&transport=polling", "").refused(t, 403, int(engineio.Forbidden), "Forbidden")
	if len(refused) != 1 || refused[0].Name != "CONTEXT_ENDED" || refused[0].Err != errExpired {
		t.Errorf("OnConnectionError was told %v", refused)
	}
	r.none()
}

func TestCauseOfAContextThatHasEndedChoosesItsStatus(t *testing.T) {
	parent, end := endingContext()
	end(&engineio.Refusal{Status: 401, Message: "sign in again", Err: errExpired})
	r := newRig(t, engineio.Options{ConnContext: parent})
	r.do("GET", "EIO=4&transport=polling", "").refused(t, 401, int(engineio.Forbidden), "sign in again")
	r.none()
}

// Both roads lead to a parent that outlives the request of the handshake: the context that is
// given, and the one of the request, with what middleware put there.
func TestContextOfTheHandshakesRequest(t *testing.T) {
	type key struct{}
	stop := make(chan context.CancelFunc, 2)
	r := newRig(t, engineio.Options{
		Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "middleware")))
			})
		}},
		ConnContext: func(_ context.Context, r *http.Request) context.Context {
			ctx, cancel := context.WithCancel(r.Context())
			stop <- cancel
			return ctx
		},
	})
	p, s := r.poll()
	w, ws := r.websocket()
	p.post("4a").is(t, 200, "ok")
	s.got("a")
	for _, s := range []*session{s, ws} {
		s.alive()
		if ctx := s.ConnContext(); ctx.Err() != nil || ctx.Value(key{}) != "middleware" {
			t.Errorf("error %v, value %v", ctx.Err(), ctx.Value(key{}))
		}
	}
	get := p.getting(s)
	(<-stop)()
	(<-stop)()
	(<-get).is(t, 200, "1")
	w.closing()
	s.end(engineio.ReasonContextEnded)
	ws.end(engineio.ReasonContextEnded)
}

// A session that ends otherwise keeps its reason, and leaves nobody who waits for its context: the
// goroutines that watch one of a foreign type are gone.
func TestSessionsThatEndBeforeTheirContext(t *testing.T) {
	before := runtime.NumGoroutine()
	r := newRig(t, engineio.Options{ConnContext: func(ctx context.Context, _ *http.Request) context.Context {
		return foreignContext{ctx, make(chan struct{})}
	}})
	_, s := r.poll()
	s.Discard()
	s.end(engineio.ReasonForcedClose)
	w, ws := r.websocket()
	w.frame(closeFrame, "")
	ws.end(engineio.ReasonTransportClose)
	for range 20 {
		w, s := r.websocket()
		go w.frame(closeFrame, "")
		runtime.Gosched()
		s.Discard()
		receive(t, r.patience, "Closed", s.ended)
	}
	r.client.CloseIdleConnections()
	eventually(t, "nobody waits", func() bool { return runtime.NumGoroutine() < before+20 })
}

// A foreignContext is none of package context's.
type foreignContext struct {
	context.Context
	done chan struct{}
}

func (c foreignContext) Done() <-chan struct{} { return c.done }

// An expiry is one line.
func TestContextWithADeadline(t *testing.T) {
	bubble(t, engineio.Options{ConnContext: func(ctx context.Context, r *http.Request) context.Context {
		ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errExpired)
		context.AfterFunc(ctx, cancel)
		return ctx
	}}, func(t *testing.T, r *rig) {
		w, s := r.websocket()
		began := time.Now()
		for range 2 {
			w.expect("2")
			w.text("3")
		}
		w.closing()
		if err := s.end(engineio.ReasonContextEnded); err != errExpired || time.Since(began) != time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

// What the application makes of the contexts that it gets ends with the session: a timer of a day
// isn't kept for a day.
func TestContextsThatAreGivenEndWithTheSession(t *testing.T) {
	for _, road := range []string{"ctx", "request"} {
		made := make(chan context.Context, 4)
		r := newRig(t, engineio.Options{ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			if road == "request" {
				ctx = r.Context()
			}
			ctx, cancel := context.WithTimeoutCause(ctx, 24*time.Hour, errExpired)
			_ = cancel
			made <- ctx
			return ctx
		}, Headers: func(_ http.Header, r *http.Request) {
			if r.Header.Get("Broken") != "" {
				panic("on purpose")
			}
		}})
		_, s := r.poll()
		ctx := receive(t, r.patience, "a context", made)
		if ctx.Err() != nil {
			t.Error(road, ctx.Err())
		}
		s.Discard()
		s.end(engineio.ReasonForcedClose)
		receive(t, r.patience, "the end of "+road, ctx.Done())
		if context.Cause(ctx) != context.Canceled {
			t.Error(road, context.Cause(ctx))
		}
		r.upgrade("EIO=4&transport=websocket", "", "Broken", "yes")
		receive(t, r.patience, "the end of a refused one", receive(t, r.patience, "a context", made).Done())
	}
}

// A context that only has values is never watched.
func TestContextsOfValuesCostNothing(t *testing.T) {
	type key struct{}
	r := newRig(t, engineio.Options{ConnContext: func(ctx context.Context, r *http.Request) context.Context {
		return context.WithValue(r.Context(), key{}, "value")
	}})
	_, s := r.poll()
	if ctx := s.ConnContext(); ctx.Done() != nil || ctx.Value(key{}) != "value" {
		t.Error(ctx.Done(), ctx.Value(key{}))
	}
}
