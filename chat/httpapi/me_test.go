package httpapi_test

import (
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

func (b *browser) api(method, path, body string, headers ...string) answer {
	b.s.t.Helper()
	return b.do(method, path, strings.NewReader(body), append(headers, "Content-Type: application/json", "Accept: application/json")...)
}

type meAnswer struct {
	Me struct {
		ID, Name, Tag string
		NameIdx       *int
	}
	Same bool
}

func (a answer) me(t *testing.T) meAnswer {
	t.Helper()
	a.wants(t, 200)
	var m meAnswer
	a.decode(t, &m)
	return m
}

func TestMe(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	b.api("PATCH", "/api/v1/me", `{"nickname":"민수"}`).wants(t, 401)
	b.api("GET", "/api/v1/me", "").wants(t, 401)
	b.visit("/")
	b.api("PATCH", "/api/v1/me", `{"nickname":"민수","check":true}`).wants(t, 200)
	if m := b.api("GET", "/api/v1/me", "").me(t); m.Me.NameIdx == nil {
		t.Errorf("a check has changed %+v", m)
	}
	if m := b.api("PATCH", "/api/v1/me", `{"nickname":"민수"}`).me(t); m.Me.Name != "민수" || m.Me.NameIdx != nil {
		t.Errorf("changed to %+v", m)
	}
	if page := b.visit("/"); !strings.Contains(page.body, `"name":"민수"`) {
		t.Error("the page doesn't know the name")
	}
	for body, want := range map[string]string{`{"nickname":"admin"}`: "BAD_NICK", `{"nickname":"` + strings.Repeat("a", 21) + `"}`: "BAD_NICK",
		`{}`: "BAD_REQUEST", `{"nickname":7}`: "BAD_REQUEST"} {
		if a := b.api("PATCH", "/api/v1/me", body); a.StatusCode < 400 || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s", body, a.StatusCode, a.body)
		}
	}
	if a := b.api("PATCH", "/api/v1/me", `{"nickname":"x"}`, "Origin: https://evil.example"); a.StatusCode != 403 {
		t.Errorf("another site changes the name: %d", a.StatusCode)
	}
}

// A link leads another browser to the same visitor, once, and looking at it uses nothing up.
func TestS3LinkToAnotherDevice(t *testing.T) {
	s := openPlain(t)
	b, phone := s.browser(), s.browser()
	b.visit("/")
	b.api("PATCH", "/api/v1/me", `{"nickname":"민수"}`).wants(t, 200)
	made := b.api("POST", "/api/v1/me/link", `{}`)
	made.wants(t, 200)
	var link struct {
		URL string
		QR  []string
	}
	made.decode(t, &link)
	address, secret, ok := strings.Cut(link.URL, "#")
	if !ok || address != s.server.URL+"/link" || len(secret) != 43 || len(link.QR) < 25 || len(link.QR[0]) != len(link.QR) {
		t.Fatalf("link %+v", link)
	}
	page := phone.visit("/link") // a messenger's preview does that too
	page.wants(t, 200)
	if phone.cookie("sid") != "" || page.Header.Get("X-Robots-Tag") != "noindex" || strings.Contains(page.body, secret) {
		t.Errorf("the page of a link: %v", page.Header)
	}
	if m := phone.api("POST", "/api/v1/link", `{"secret":"`+secret+`"}`).me(t); m.Me.Name != "민수" || m.Same || phone.cookie("sid") != "" {
		t.Errorf("leads to %+v", m)
	}
	phone.api("POST", "/api/v1/link", `{"secret":"`+secret+`","take":true}`, "User-Agent: Mozilla/5.0 (iPhone; CPU) Version/18 Safari/604").me(t)
	if phone.identity() != b.identity() || phone.cookie("sid") == b.cookie("sid") {
		t.Errorf("the phone is %+v", phone.identity())
	}
	s.browser().api("POST", "/api/v1/link", `{"secret":"`+secret+`","take":true}`).wants(t, 410)
	list := b.api("GET", "/api/v1/me/devices", "")
	var devices struct {
		Devices []struct {
			ID, Label string
			This      bool
		}
	}
	list.decode(t, &devices)
	if len(devices.Devices) != 2 || !devices.Devices[0].This || devices.Devices[1].Label != "Safari · iPhone" {
		t.Fatalf("devices %s", list.body)
	}
	b.api("DELETE", "/api/v1/me/devices/"+devices.Devices[1].ID, "").wants(t, 200)
	phone.api("GET", "/api/v1/me", "").wants(t, 401)
}

func TestS3TagReplacesTheToken(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	b.visit("/")
	was := b.cookie("sid")
	m := b.api("PUT", "/api/v1/me/tag", `{"passphrase":"s3cret 참깨"}`).me(t)
	if len(m.Me.Tag) != 6 || b.cookie("sid") == was {
		t.Errorf("tag %q", m.Me.Tag)
	}
	if again := b.api("GET", "/api/v1/me", "").me(t); again.Me.Tag != m.Me.Tag {
		t.Errorf("tag %q", again.Me.Tag)
	}
	if _, err := s.house.Visitor(t.Context(), was); chat.CodeOf(err) != chat.Unauthorized {
		t.Errorf("the old token: %v", err)
	}
	if m := b.api("PUT", "/api/v1/me/tag", `{"passphrase":""}`).me(t); m.Me.Tag != "" {
		t.Errorf("tag %q", m.Me.Tag)
	}
}

func TestS3ForgetMeHere(t *testing.T) {
	for _, body := range []string{`{"all":false}`, `{"all":true}`} {
		s := openPlain(t)
		b := s.browser()
		b.visit("/")
		token := b.cookie("sid")
		b.api("POST", "/api/v1/me/forget", body).wants(t, 200)
		if b.cookie("sid") != "" {
			t.Error("the cookie is left")
		}
		if _, err := s.house.Visitor(t.Context(), token); chat.CodeOf(err) != chat.Unauthorized {
			t.Errorf("the token: %v", err)
		}
		b.visit("/")
		if b.cookie("sid") == "" || b.cookie("sid") == token {
			t.Error("nobody new came")
		}
	}
}
