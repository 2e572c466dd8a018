package engineio_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// Handshakes that an application takes its time for count from their beginning.
func TestMaxPending(t *testing.T) {
	const most, many = 3, 40
	asked, release := make(chan struct{}, many), make(chan struct{})
	r := newRig(t, engineio.Options{
		MaxPending:   most,
		AllowRequest: func(*http.Request) error { asked <- struct{}{}; <-release; return nil },
	})
	answers := make(chan answer, many)
	var wg sync.WaitGroup
	for range many {
		wg.Go(func() { answers <- r.do("GET", "EIO=4&transport=polling", "") })
	}
	for range many - most {
		(<-answers).refused(t, 503, 4, "too many pending handshakes")
	}
	close(release)
	wg.Wait()
	for range most {
		if a := <-answers; a.status != 200 {
			t.Error(a.status, a.body)
		}
	}
	if len(asked) != most || r.Pending() != most {
		t.Errorf("asked for %d, %d are pending", len(asked), r.Pending())
	}
	for range most {
		s := r.session()
		s.send("x")
		r.do("GET", "EIO=4&transport=polling&sid="+s.ID(), "") // it has answered
	}
	refused := func() {
		t.Helper()
		r.do("GET", "EIO=4&transport=polling", "").refused(t, 503, 4, "too many pending handshakes")
	}
	refused()
	r.mu.Lock()
	first, second := r.all[0], r.all[1]
	r.mu.Unlock()
	first.Established()
	first.Established() // counts once
	p, _ := r.poll()
	p.posts("4x")
	refused()
	second.Discard()
	first.Discard()
	// This takes no place.
	r.do("PUT", "EIO=4&transport=polling", "").refused(t, 400, 2, "Bad handshake method")
	p, _ = r.poll()
	p.posts("4x")
	refused()
}

func TestStopAccepting(t *testing.T) {
	var errs refusals
	r := newRig(t, engineio.Options{
		CORS: &engineio.CORS{Origins: []string{"*"}}, OnConnectionError: errs.add,
	})
	p, s := r.poll()
	r.StopAccepting()
	for _, query := range []string{"EIO=4&transport=polling", "EIO=4&transport=polling&sid="} {
		a := r.do("GET", query, "", "Origin", "https://chat.test")
		a.refused(t, 503, 4, "Server shutting down")
		if a.header.Get("Retry-After") != "1" || a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Error(a.header)
		}
		errs.last(t, engineio.Forbidden, "SHUTTING_DOWN", "Server shutting down")
	}
	if w := r.upgrade("EIO=4&transport=websocket", ""); w.res.StatusCode != 503 {
		t.Error(w.res.Status)
	}
	errs.last(t, engineio.Forbidden, "SHUTTING_DOWN", "Server shutting down")
	if a := r.do("OPTIONS", "EIO=4&transport=polling", "", "Origin", "https://chat.test", "Access-Control-Request-Method", "GET"); a.status != 204 {
		t.Error("preflight:", a.status)
	}
	p.posts("4still here")
	s.got("still here")
	p.upgraded()
}
