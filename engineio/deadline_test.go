package engineio_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A poll that would be cut is answered before, and the session goes on.
func TestPollsUnderDeadlines(t *testing.T) {
	const deadline = 2 * time.Second
	muted := through(func(w http.ResponseWriter, _ *http.Request) (http.ResponseWriter, func()) { return mute{w}, func() {} })
	writeTimeout := func(s *http.Server) { s.WriteTimeout = deadline }
	nothing := func(*http.Server) {}
	same := func(next http.Handler) http.Handler { return next }
	timeouts := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, deadline, "late") }
	contexts := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), deadline)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
			if ctx.Err() == context.DeadlineExceeded {
				w.WriteHeader(http.StatusGatewayTimeout)
			}
		})
	}
	for name, test := range map[string]struct {
		middleware func(http.Handler) http.Handler
		configure  func(*http.Server)
		early      bool // or with the ping
		ping       time.Duration
		warned     bool
	}{
		"a write timeout that can't be lifted":        {muted, writeTimeout, true, 6 * time.Second, true},
		"a write timeout that can":                    {same, writeTimeout, false, 2500 * time.Millisecond, false},
		"no write timeout, and it couldn't be lifted": {muted, nothing, false, 2500 * time.Millisecond, false},
		"http.TimeoutHandler":                         {timeouts, nothing, true, 6 * time.Second, true},
		"a deadline of the context":                   {contexts, nothing, true, 6 * time.Second, true},
		"both":                                        {func(h http.Handler) http.Handler { return timeouts(muted(h)) }, writeTimeout, true, 6 * time.Second, true},
		"pings come sooner":                           {muted, writeTimeout, false, 100 * time.Millisecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRoadInside(t, engineio.Options{PingInterval: test.ping}, test.middleware, test.configure)
				p, s := r.poll()
				want := "2"
				if test.early {
					want = "6"
					p.get().is(t, 200, want)
				}
				p.get().is(t, 200, want)
				s.alive()
				s.send("goes on")
				p.gets("4goes on")
				p.posts("4too")
				s.got("too")
				if got := strings.Count(r.log.String(), "polling requests are answered before their time"); got != 1 && test.warned || got != 0 && !test.warned {
					t.Errorf("log: %s", r.log)
				}
				if s := r.errors.String(); s != "" {
					t.Errorf("net/http logs %s", s)
				}
			})
		})
	}
}
