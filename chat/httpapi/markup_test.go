package httpapi_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/corpus"
)

// shape is a page without its texts: tags with the names of their attributes.
func shape(page string) string {
	return strings.Join(tag.FindAllString(value.ReplaceAllString(page, ""), -1), "\n")
}

var (
	tag   = regexp.MustCompile(`<[^>]*>`)
	value = regexp.MustCompile(`="[^"]*"`)
)

// What looks like markup is text as a room's name, from its beginning and by a change of it, in its
// page, in its preview and in the list.
func TestS1RoomNamesAreText(t *testing.T) {
	s := openLimited(t, chat.Limits{ChangesPerMinute: -1, RequestsPerSecond: -1, CreatesPerAddress: -1, AddressRoomDay: -1, RoomsPerIdentity: -1})
	s.server.Start()
	owner := s.browser()
	id := owner.open(`{"title":"plain"}`)
	pages := map[string]string{"/": "", "/room/" + id: "", "/r/" + id: ""}
	for path := range pages {
		pages[path] = shape(owner.visit(path).body)
	}
	named := 0
	for _, text := range corpus.Markup() {
		title := string([]rune(text)[:min(50, len([]rune(text)))])
		if a := owner.api("PATCH", "/room/"+id, `{"title":`+quoted(title)+`}`); a.StatusCode != 200 {
			if a.StatusCode != 422 || strings.ContainsAny(a.body, "<>&") {
				t.Errorf("%q: %d %s", title, a.StatusCode, a.body)
			}
			continue
		}
		named++
		for path, want := range pages {
			if got := shape(owner.visit(path).body); got != want {
				t.Errorf("%q makes markup of %s:\n%s", title, path, got)
			}
		}
	}
	if named < 180 {
		t.Errorf("only %d names", named)
	}
	made := owner.open(`{"title":"<b>","password":"s3cret"}`)
	if got, want := shape(s.browser().visit("/room/"+made).body), pages["/"]; strings.Count(got, "<b") != strings.Count(want, "<b") {
		t.Errorf("a locked room's page has %s", got)
	}
}

// As the name in an address it is refused, or it is letters and digits; and a page that offers such
// a room has no more markup than another.
func TestS1SlugsAreText(t *testing.T) {
	s := openLimited(t, chat.Limits{RequestsPerSecond: -1, CreatesPerAddress: -1, AddressRoomDay: -1, RoomsPerIdentity: -1})
	s.server.Start()
	b := s.browser()
	offered := shape(b.visit("/r/plain").body)
	plain := regexp.MustCompile(`^[\p{L}\p{M}\p{Nd}_-]+$`)
	for _, text := range corpus.Markup() {
		text = strings.ReplaceAll(text, "안녕", "반가워") // what no log of a test holds
		a := b.visit("/r/" + url.PathEscape(text))
		switch {
		case a.StatusCode == 404 && strings.Contains(a.body, `"view":"offer"`):
			if got := shape(a.body); got != offered {
				t.Errorf("%q makes markup of an offer: %s", text, got)
			}
		case slices.Contains([]int{303, 308, 400, 404}, a.StatusCode):
			if strings.ContainsAny(a.Header.Get("Location"), "<>\"'") {
				t.Errorf("%q leads to %s", text, a.Header.Get("Location"))
			}
		default:
			t.Errorf("%q: %d", text, a.StatusCode)
		}
		a = b.postJSON("/room", `{"title":"plain","slug":`+quoted(text)+`}`)
		var made struct {
			Room struct{ Slug string }
			URL  string
		}
		a.decode(t, &made)
		switch {
		case a.StatusCode == 422 && !strings.ContainsAny(a.body, "<>&"):
		case a.StatusCode == 201 && plain.MatchString(made.Room.Slug):
			if page := b.visit(made.URL); page.StatusCode != 200 || strings.Contains(page.body, text) && strings.ContainsAny(text, "<>") {
				t.Errorf("%q is shown as %d", text, page.StatusCode)
			}
		case a.StatusCode == 201 && text == "": // none
		default:
			t.Errorf("%q: %d %s", text, a.StatusCode, a.body)
		}
	}
}

// A device is called by what we know of browsers, whatever it calls itself, and a tag is letters
// and digits, whatever the passphrase.
func TestS1DevicesAndTagsAreText(t *testing.T) {
	s := openLimited(t, chat.Limits{RequestsPerSecond: -1, TagChanges: -1, TagChangesPerAddress: -1})
	s.server.Start()
	b := s.browser()
	b.visit("/")
	known := regexp.MustCompile(`^[A-Za-z]*( Internet)?( · [A-Za-z]+)?$`)
	tags := regexp.MustCompile(`^[0-9a-z]{6}$`)
	for i, text := range corpus.Markup() {
		agent := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f { // no header has them
				return ' '
			}
			return r
		}, text)
		b.visit("/", "User-Agent: "+agent+" Firefox/140.0 Linux")
		a := b.get("/api/v1/me/devices", "Accept: application/json")
		a.wants(t, 200)
		var all struct{ Devices []struct{ Label string } }
		a.decode(t, &all)
		if len(all.Devices) != 1 || !known.MatchString(all.Devices[0].Label) {
			t.Fatalf("%q: %s", text, a.body)
		}
		if i%10 > 0 { // each costs 19 MiB
			continue
		}
		if a := b.api("PUT", "/api/v1/me/tag", `{"passphrase":`+quoted(text)+`}`); a.StatusCode == 200 {
			if m := a.me(t); !tags.MatchString(m.Me.Tag) {
				t.Errorf("%q has the tag %q", text, m.Me.Tag)
			}
		} else if a.StatusCode != 422 {
			t.Errorf("%q: %d %s", text, a.StatusCode, a.body)
		}
	}
}
