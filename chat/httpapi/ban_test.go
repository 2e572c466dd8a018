package httpapi_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// The banned get no page and no answer but that, with a session or without; others do, and so does
// the health of the server.
func TestBannedGetNothing(t *testing.T) {
	s := openLimited(t, chat.Limits{})
	token, id, err := s.house.NewSession(t.Context(), "en", "")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := s.house.NewSession(t.Context(), "ko", "")
	if err != nil {
		t.Fatal(err)
	}
	room, _, err := s.house.CreateRoom(t.Context(), chat.Visitor{Identity: id}, chat.NewRoom{Title: "마당"})
	if err != nil {
		t.Fatal(err)
	}
	const home, elsewhere = "192.0.2.1", "198.51.100.1"
	for _, b := range []chat.Ban{{Session: id.ID}, {Network: netip.MustParsePrefix("192.0.2.0/24"), Until: time.Now().Add(time.Hour)}} {
		if _, err := s.house.Ban(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		from, token string
		banned      bool
	}{{home, "", true}, {home, other, true}, {home, token, true}, {elsewhere, token, true}, {elsewhere, other, false}, {elsewhere, "", false}} {
		for _, q := range []string{"GET /", "GET /room", "GET /r/" + room.ID, "GET /gif/x.gif", "POST /room", "POST /room/" + room.ID + "/chat", "GET /room/" + room.ID + "/messages", "DELETE /room/none"} {
			method, path, _ := strings.Cut(q, " ")
			w := s.from(c.from, method, path, c.token, "Accept: application/json", "Origin: http://example.com")
			if banned := w.Code == 403 && strings.Contains(w.Body.String(), `"code":"BANNED"`); banned != c.banned {
				t.Errorf("%s with %q, %s: %d %s", c.from, c.token, q, w.Code, w.Body)
			}
			if set := w.Result().Cookies(); c.banned && len(set) > 0 {
				t.Errorf("%s sets %v", q, set)
			}
		}
		for _, path := range []string{"/healthz", "/readyz", "/assets/page-1.js", "/logo.svg"} {
			if w := s.from(c.from, "GET", path, c.token); w.Code != 200 {
				t.Errorf("%s: status %d", path, w.Code)
			}
		}
	}
	w := s.from(home, "GET", "/", "", asBrowser, "Accept-Language: en")
	d := answer{nil, w.Body.String()}.data(t)
	if w.Code != 403 || d.Error == nil || d.Error.Code != "BANNED" || d.Error.Message != "You can't use this server." || d.Error.RetryAfterMs != 0 {
		t.Errorf("%d %+v", w.Code, d.Error)
	}
	if text := s.log.String(); strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") {
		t.Errorf("the banned write warnings: %s", text)
	}
}
