package engineio_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func detached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	})
}

func muted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(mute{w}, r) })
}

// A client that hangs up is noticed at once, also when middleware keeps that from the context of
// the request.
func TestClientGoneWhoseContextIsDetached(t *testing.T) {
	for name, middleware := range map[string]func(http.Handler) http.Handler{
		"detached":             detached,
		"detached, and hidden": func(next http.Handler) http.Handler { return muted(detached(next)) },
	} {
		for _, http2 := range []bool{false, true} {
			r := &rig{t: t, patience: 30 * time.Second, opened: make(chan *session, 1)}
			r.Server = engineio.New(engineio.Options{}, r.open)
			web := httptest.NewUnstartedServer(middleware(r.Server))
			web.EnableHTTP2 = http2
			web.StartTLS()
			res, err := web.Client().Get(web.URL + r.Path() + "?EIO=4&transport=polling")
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			s := r.session()
			ctx, leave := context.WithCancel(t.Context())
			req, err := http.NewRequestWithContext(ctx, "GET", web.URL+r.Path()+"?EIO=4&transport=polling&sid="+s.ID(), nil)
			if err != nil {
				t.Fatal(err)
			}
			go web.Client().Do(req)
			eventually(t, "the request waits", s.Waiting)
			leave()
			if err := s.end(engineio.ReasonTransportError); err == nil || err.Error() != "poll connection closed prematurely" {
				t.Errorf("%s, HTTP/2 %v: error %v", name, http2, err)
			}
			r.Server.Close()
			web.CloseClientConnections()
			web.Close()
		}
	}
}

// The context of the HTTP server ends before the server, behind middleware that hides all but three
// methods.
func TestHiddenPollOutlivesTheBaseContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := newRoad(t, false, engineio.Options{}, muted, func(s *http.Server) {
		s.BaseContext = func(net.Listener) context.Context { return ctx }
	})
	p, s := r.poll()
	got := p.getting(s)
	cancel()
	time.Sleep(20 * time.Millisecond)
	s.alive()
	s.Close()
	(<-got).is(t, 200, "1")
	s.end(engineio.ReasonForcedClose)
}
