package httpapi_test

import (
	"encoding/json"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
)

// An address has so many requests, whatever they are, and others aren't the worse for it.
func TestD1RequestsOfAnAddress(t *testing.T) {
	s := openLimited(t, chat.Limits{RequestsPerSecond: 2, Offences: -1, OffencesPerAddress: -1})
	const flood, other = "192.0.2.1", "192.0.2.2"
	for i, path := range []string{"/", "/room", "/nothing", "/room/none/messages"} {
		if w := s.from(flood, "GET", path, ""); w.Code == 429 {
			t.Fatalf("request %d: status %d", i, w.Code)
		}
	}
	for _, path := range []string{"/", "/room", "/nothing", "/room/none/messages"} {
		w := s.from(flood, "GET", path, "")
		var f wire.Failure
		if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || w.Code != 429 || f.Error.Code != "RATE_LIMITED" ||
			f.Error.Limit != "requests-per-second" || f.Error.N != 2 || f.Error.RetryAfterMs < 1000 || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if w := s.from(other, "GET", path, ""); w.Code == 429 {
			t.Errorf("%s of another address: %d", path, w.Code)
		}
		for _, path := range []string{"/healthz", "/readyz", "/robots.txt"} {
			if w := s.from(flood, "GET", path, ""); w.Code != 200 {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
	}
	// A page asks for many images at once.
	const viewer = "192.0.2.3"
	for i := range 20 {
		if w := s.from(viewer, "GET", "/gif/x.gif", ""); w.Code == 429 {
			t.Fatalf("image %d: status %d", i, w.Code)
		}
	}
	if w := s.from(viewer, "GET", "/", ""); w.Code != 429 {
		t.Errorf("behind 20 images: status %d", w.Code)
	}
}
