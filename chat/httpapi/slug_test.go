package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// An address that nobody has offers to open a room, to people alone, and looking makes none.
func TestM20AnAddressOffersARoom(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	path := "/r/" + url.PathEscape("독서모임")
	page := b.visit(path)
	if page.StatusCode != http.StatusNotFound || !strings.Contains(page.body, `"view":"offer"`) || !strings.Contains(page.body, `"slug":"독서모임"`) {
		t.Fatalf("%d: %s", page.StatusCode, page.body)
	}
	if p := page.preview(t); p["robots"] != "noindex" || p["og:title"] != "" || p["title"] != "마당" || page.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("shown to others: %v", p)
	}
	if a := b.get(path, "Accept: application/json"); a.StatusCode != http.StatusNotFound || !strings.Contains(a.body, "NO_SUCH_ROOM") {
		t.Errorf("to a program: %d %s", a.StatusCode, a.body)
	}
	for range 3 {
		b.visit(path)
	}
	if n := s.listed(); n != 0 {
		t.Fatalf("%d rooms made by looking", n)
	}

	var made struct {
		Room struct {
			ID, Slug string
			Mine     bool
		}
		URL string
		Dup bool
	}
	b.postJSON("/room", `{"title":"독서 모임","slug":"독서모임"}`).decode(t, &made)
	if made.URL != path || made.Dup || !made.Room.Mine || made.Room.Slug != "독서모임" {
		t.Errorf("%+v", made)
	}
	s.browser().postJSON("/room", `{"title":"x","slug":"독서모임"}`).decode(t, &made)
	if made.URL != path || !made.Dup || made.Room.Mine {
		t.Errorf("for the second: %+v", made)
	}
	if a := s.browser().postForm("/room", "title=x", "slug=독서모임"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != path {
		t.Errorf("by a form: %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	page = s.browser().visit(path)
	p := page.preview(t)
	if page.StatusCode != 200 || !strings.Contains(page.body, `"view":"room"`) || p["og:title"] != "독서 모임" || !strings.HasSuffix(p["canonical"], path) {
		t.Errorf("the room: %d %v", page.StatusCode, p)
	}
	if a := b.postJSON("/room", `{"title":"x","slug":"운영자"}`); a.StatusCode != 422 || !strings.Contains(a.body, `"BAD_SLUG"`) || !strings.Contains(a.body, `"field":"slug"`) {
		t.Errorf("reserved: %d %s", a.StatusCode, a.body)
	}
}

// A room whose door or name isn't for everybody shows nothing at its own address either.
func TestM20PrivateRoomsShowNothing(t *testing.T) {
	s := openPlain(t)
	for _, q := range []string{`{"title":"비밀","slug":"secret-a","password":"correct horse"}`, `{"title":"비밀","slug":"secret-b","listed":false}`} {
		s.browser().postJSON("/room", q)
	}
	for _, path := range []string{"/r/secret-a", "/r/secret-b"} {
		page := s.browser().visit(path)
		if p := page.preview(t); page.StatusCode != 200 || p["robots"] != "noindex" || p["og:title"] != "" || p["title"] != "마당" {
			t.Errorf("%s: %d %v", path, page.StatusCode, p)
		}
	}
}

// However it is typed, a room has one address.
func TestM20OneAddress(t *testing.T) {
	s := openPlain(t)
	owner := s.browser()
	owner.postJSON("/room", `{"title":"Moim","slug":"Moim"}`)
	owner.postJSON("/room", `{"title":"독서","slug":"독서모임"}`)
	korean := "/r/" + url.PathEscape("독서모임")
	for typed, want := range map[string]string{
		"/r/Moim": "/r/moim", "/r/MO%49M?e=1": "/r/moim?e=1", "/r/%6doim": "/r/moim",
		strings.ToLower(korean): korean, "/r/" + url.PathEscape(norm.NFD.String("독서모임")): korean,
		"/r/Nobody": "/r/nobody",
	} {
		a := s.browser().visit(typed)
		if a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != want {
			t.Errorf("%s: %d %s, want %s", typed, a.StatusCode, a.Header.Get("Location"), want)
		}
	}
	for _, path := range []string{"/r/moim", korean} {
		if a := s.browser().visit(path); a.StatusCode != 200 || a.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
	// The address of an id leads there too, and what is no address leads to the lobby.
	id := owner.open(`{"title":"셋"}`)
	if a := s.browser().visit("/r/" + id); a.StatusCode != 200 {
		t.Errorf("by id: %d", a.StatusCode)
	}
	for _, bad := range []string{"/r/admin", "/r/a%20b", "/r/%2f%2fevil.example", "/r/..%2f", "/r/" + strings.Repeat("a", 51), "/r/AAAAAAAAAAAAAAAAAAAAAA"} {
		if a := s.browser().visit(bad); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/?e=no_such_room" {
			t.Errorf("%s: %d %s", bad, a.StatusCode, a.Header.Get("Location"))
		}
	}
}
