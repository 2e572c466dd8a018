package engineio_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// The address of a request is what its header X-From says.
func from(r *http.Request) string { return r.Header.Get("X-From") }

const handshake = "EIO=4&transport=polling"

func TestMaxPendingPerAddress(t *testing.T) {
	var errs refusals
	r := newRig(t, engineio.Options{MaxPendingPerAddress: 2, MaxPending: 100, ClientAddress: from, OnConnectionError: errs.add})
	open := func(address string) *session {
		t.Helper()
		if a := r.do("GET", handshake, "", "X-From", address); a.status != 200 {
			t.Fatalf("%s: %d %s", address, a.status, a.body)
		}
		s := r.session()
		if got := s.Handshake().Address; got != address {
			t.Errorf("Handshake.Address is %q, want %q", got, address)
		}
		return s
	}
	refused := func(address string) {
		t.Helper()
		a := r.do("GET", handshake, "", "X-From", address)
		a.refused(t, 429, 4, "too many pending handshakes")
		if a.header.Get("Retry-After") != "1" {
			t.Error(a.header)
		}
		errs.last(t, engineio.Forbidden, "TOO_MANY_PENDING", "too many pending handshakes")
	}
	for _, group := range [][]string{
		{"192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"},
		{"2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:1"},
		{"", "", ""},
		{"unknown", "unknown", "unknown"},
		{"192.0.2.9:1234", "192.0.2.9:1234", "192.0.2.9:1234"},
	} {
		first := open(group[0])
		open(group[1])
		refused(group[2])
		first.Established()
		last := open(group[2])
		refused(group[2])
		last.Discard()
		open(group[2])
	}
	open("2001:db8:0:1::1")
	open("192.0.2.2")

	if w := r.upgrade("EIO=4&transport=websocket", "", "X-From", "192.0.2.1"); w.res.StatusCode != 429 || w.res.Header.Get("Retry-After") != "1" {
		t.Errorf("upgrade: %s", w.res.Status)
	}
}

// The limit of an address counts handshakes from their beginning, as the one of all does.
func TestMaxPendingPerAddressCountsFromTheBeginning(t *testing.T) {
	const most, many = 3, 30
	asked, release := make(chan struct{}, many), make(chan struct{})
	r := newRig(t, engineio.Options{MaxPendingPerAddress: most, AllowRequest: func(*http.Request) error {
		asked <- struct{}{}
		<-release
		return nil
	}})
	answers := make(chan answer, many)
	var wg sync.WaitGroup
	for range many {
		wg.Go(func() { answers <- r.do("GET", handshake, "") })
	}
	for range many - most {
		(<-answers).refused(t, 429, 4, "too many pending handshakes")
	}
	close(release)
	wg.Wait()
	if len(asked) != most || r.Pending() != most {
		t.Errorf("asked %d times, %d are pending", len(asked), r.Pending())
	}
}

// A visitor gets in also while somebody opens sessions and leaves them: the oldest that was never
// heard of again goes first.
func TestOldestSilentSessionMakesRoom(t *testing.T) {
	const most = 5
	var errs refusals
	r := newRig(t, engineio.Options{MaxPending: most, OnConnectionError: errs.add})
	var polls []*poller
	var sessions []*session
	open := func() {
		t.Helper()
		p, s := r.poll()
		s.send("x") // for its first poll
		polls, sessions = append(polls, p), append(sessions, s)
	}
	for range most - 1 {
		open()
	}
	silent, websocket := r.websocket()
	polls[1].get()            // heard by a poll
	polls[2].posts("4x")      // by a message
	sessions[3].Established() // not pending
	open()                    // takes the place of nobody
	open()                    // takes that of the first one
	sessions[0].end(engineio.ReasonForcedClose)
	polls[0].gone()
	errs.last(t, engineio.UnknownSID, "", "Session ID unknown")
	open() // that of the WebSocket
	websocket.end(engineio.ReasonForcedClose)
	if code := silent.closing(); code != noCode {
		t.Errorf("the WebSocket was closed with %d", code)
	}
	for _, i := range []int{1, 2, 3} {
		sessions[i].alive()
	}
	if r.Pending() != most {
		t.Errorf("%d are pending", r.Pending())
	}
	for _, i := range []int{4, 5, 6} {
		polls[i].get()
	}
	r.do("GET", handshake, "").refused(t, 503, 4, "too many pending handshakes")
	errs.last(t, engineio.Forbidden, "TOO_MANY_PENDING", "too many pending handshakes")
	w := r.upgrade("EIO=4&transport=websocket", "")
	if w.res.StatusCode != 503 {
		t.Errorf("upgrade: %s", w.res.Status)
	}
	errs.last(t, engineio.Forbidden, "TOO_MANY_PENDING", "too many pending handshakes")
}

// What a WebSocket client sends first keeps its place, whatever it is.
func TestPacketKeepsThePlace(t *testing.T) {
	r := newRig(t, engineio.Options{MaxPending: 2})
	w, s := r.websocket()
	w.text("4x")
	s.got("x")
	for range 5 {
		r.poll()
	}
	s.alive()
	if r.Count() != 2 {
		t.Errorf("%d sessions", r.Count())
	}
}

func TestRequestThatCannotBecomeASessionTakesNoPlace(t *testing.T) {
	r := newRig(t, engineio.Options{MaxPending: 1})
	_, s := r.poll()
	r.do("PUT", handshake, "").refused(t, 400, 2, "Bad handshake method")
	r.do("GET", "EIO=4&transport=websocket", "").refused(t, 400, 3, "Bad request")
	r.StopAccepting()
	r.do("GET", handshake, "").refused(t, 503, 4, "Server shutting down")
	s.alive()
}

func TestStormOfAbandonedHandshakes(t *testing.T) {
	const most = 20
	r := newRig(t, engineio.Options{MaxPending: most})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if a := r.do("GET", handshake, ""); a.status != 200 && a.status != 503 && a.status != 400 {
					t.Error(a.status, a.body)
				}
			}
		})
	}
	go func() {
		for range r.opened {
		}
	}()
	wg.Wait()
	eventually(t, "no more than the limit are left", func() bool { return r.Count() <= most && r.Pending() == r.Count() })
	close(r.opened)
}

func TestFullAddressIsTold(t *testing.T) {
	for _, test := range []struct {
		name    string
		address func(*http.Request) string
		want    []string
		never   string
	}{
		{"without a hook", nil, []string{"2 pending handshakes from one address", "set Options.ClientAddress", "address=127.0.0.1", `X-Forwarded-For="192.0.2.1, 10.0.0.1"`}, "raise"},
		{"with one", func(*http.Request) string { return "somewhere" }, []string{"raise Options.MaxPendingPerAddress", "address=somewhere"}, "set Options"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			r := newRig(t, engineio.Options{
				MaxPendingPerAddress: 2, ClientAddress: test.address, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			for range 9 {
				r.do("GET", handshake, "", "X-Forwarded-For", "192.0.2.1, 10.0.0.1")
			}
			text := log.String()
			if strings.Count(text, "level=WARN") != 1 || strings.Contains(text, test.never) {
				t.Errorf("logged %q", text)
			}
			for _, part := range test.want {
				if !strings.Contains(text, part) {
					t.Errorf("%q lacks %q", text, part)
				}
			}
		})
	}
}
