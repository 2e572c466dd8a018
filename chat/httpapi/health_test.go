package httpapi_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
)

func (s *site) code(path string) int {
	w := httptest.NewRecorder()
	s.server.Config.Handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code
}

func TestO2Ready(t *testing.T) {
	var broken atomic.Bool
	s := openPlain(t, func(o *httpapi.Options) {
		o.Ready = func(context.Context) error {
			if broken.Load() {
				return errors.New("the disk is full")
			}
			return nil
		}
	})
	b := s.browser()
	for _, path := range []string{"/healthz", "/readyz"} {
		a := b.get(path)
		a.wants(t, 200)
		if a.body != "ok" {
			t.Errorf("%s = %q", path, a.body)
		}
	}
	broken.Store(true)
	time.Sleep(1100 * time.Millisecond) // an answer is good for a second
	a := b.get("/readyz")
	if f := a.fails(t, 503, chat.Unavailable); !f.Error.Retryable {
		t.Errorf("answer %s", a.body)
	}
	if strings.Contains(a.body, "disk") || !strings.Contains(s.log.String(), `level=WARN msg="not ready" error="the disk is full"`) {
		t.Errorf("the cause belongs in the log: %s", a.body)
	}
	b.get("/healthz").wants(t, 200)
}

// The question is a write: however many ask, it is asked once at a time and once a second, and
// nobody waits for a disk that hangs.
func TestO2ReadyIsAskedOnce(t *testing.T) {
	var asked, fails atomic.Int32
	var hangs atomic.Bool
	s := open(t, func(o *httpapi.Options) {
		o.Ready = func(ctx context.Context) error {
			asked.Add(1)
			if hangs.Load() { // as a disk does, which knows of no context
				time.Sleep(time.Minute)
			}
			time.Sleep(100 * time.Millisecond)
			if fails.Load() > 0 {
				return errors.New("the disk is full")
			}
			return nil
		}
	})
	synctest.Test(t, func(t *testing.T) {
		all := func(status int) {
			t.Helper()
			var crowd sync.WaitGroup
			for range 50 {
				crowd.Go(func() {
					if code := s.code("/readyz"); code != status {
						t.Errorf("status %d, want %d", code, status)
					}
				})
			}
			crowd.Wait()
		}
		all(200)
		time.Sleep(500 * time.Millisecond)
		all(200)
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		fails.Store(1)
		time.Sleep(time.Second)
		all(503)
		time.Sleep(time.Second)
		all(503)
		fails.Store(0)
		time.Sleep(time.Second)
		all(200)
		if n := asked.Load(); n != 4 {
			t.Errorf("asked %d times", n)
		}
		hangs.Store(true)
		time.Sleep(time.Second)
		start := time.Now()
		all(503)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("waited for %v", took)
		}
		all(503)
		if n := asked.Load(); n != 5 {
			t.Errorf("asked %d times", n)
		}
		hangs.Store(false)
		time.Sleep(time.Minute)
		all(200)
	})
	if n := strings.Count(s.log.String(), "not ready"); n != 1 {
		t.Errorf("the log has %d lines", n)
	}
	if strings.Count(s.log.String(), "ready again") != 1 {
		t.Error("the log doesn't say that it is ready again")
	}
}

// Who asked first and went away doesn't spoil the answer of the others.
func TestO2ReadyWithoutTheFirst(t *testing.T) {
	s := open(t, func(o *httpapi.Options) {
		o.Ready = func(ctx context.Context) error { return ctx.Err() }
	})
	ctx, gone := context.WithCancel(t.Context())
	gone()
	s.server.Config.Handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/readyz", nil))
	if code := s.code("/readyz"); code != 200 {
		t.Errorf("status %d", code)
	}
}
