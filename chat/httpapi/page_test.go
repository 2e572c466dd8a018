package httpapi_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/madang-chat/madang/chat/httpapi"
)

func TestLobby(t *testing.T) {
	s := openPlain(t)
	owner := s.browser()
	owner.open(`{"title":"</script><img src=x onerror=alert(1)>","password":"s3cret-pass"}`)
	owner.open(`{"title":"hidden","listed":false}`)

	a := s.browser().visit("/", "Accept-Language: en-GB,en;q=0.9,ko;q=0.8")
	a.wants(t, 200)
	d := a.data(t)
	if d.View != "lobby" || d.Lang != "en" || d.Theme != "auto" || d.Me.ID == "" || d.Me.Name == "" {
		t.Errorf("data = %+v", d)
	}
	if len(d.Words["ko"]) != 2 || len(d.Words["ko"][0]) != len(d.Words["en"][0]) {
		t.Error("the words of names are missing")
	}
	for _, name := range []string{"title", "max", "message", "bytes", "password", "upload"} {
		if d.Limits[name] == nil {
			t.Errorf("no limit %s in %v", name, d.Limits)
		}
	}
	if len(d.Rooms) != 1 || d.Rooms[0]["title"] != "</script><img src=x onerror=alert(1)>" ||
		d.Rooms[0]["password"] != true || d.Rooms[0]["mine"] == true {
		t.Errorf("rooms = %v", d.Rooms)
	}
	if strings.Contains(a.body, "<img") || strings.Contains(a.body, "s3cret-pass") {
		t.Error("the page holds what it mustn't")
	}
	if !strings.Contains(a.body, `<b>Madang</b>`) {
		t.Errorf("no name stands there until the script has come: %s", a.body)
	}
	if !strings.Contains(a.body, `<html lang="en" data-theme="auto">`) {
		t.Errorf("language and theme aren't set: %s", a.body)
	}
	if d := owner.visit("/").data(t); d.Rooms[0]["mine"] != true || d.Lang != "ko" {
		t.Errorf("the owner sees %v in %s", d.Rooms, d.Lang)
	}
}

func TestLobbyAlerts(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	for _, c := range []struct {
		query, code, text string
		status            int
	}{
		{"?e=no_such_room", "NO_SUCH_ROOM", "존재하지 않는 방입니다.", 404},
		{"?e=wrong_password", "WRONG_PASSWORD", "비밀번호가 틀렸습니다.", 403},
		{"?e=closed", "CLOSED", "방이 닫혔어요.", 410},
	} {
		a := b.visit("/" + c.query)
		a.wants(t, 200)
		if e := a.data(t).Error; e == nil || e.Code != c.code || e.Message != c.text || e.Status != c.status {
			t.Errorf("%s = %+v", c.query, e)
		}
	}
	for _, query := range []string{"?e=%3Cscript%3E", "?e=nothing-known", "?error=Pay+here", "?e=internal", "?e=room_full"} {
		a := b.visit("/" + query)
		a.wants(t, 200)
		if e := a.data(t).Error; e != nil || strings.Contains(a.body, "Pay") || strings.Contains(a.body, "nothing-known") {
			t.Errorf("%s = %+v", query, e)
		}
	}
}

func TestCreatePage(t *testing.T) {
	s := openPlain(t)
	a := s.browser().visit("/room")
	a.wants(t, 200)
	if d := a.data(t); d.View != "create" {
		t.Errorf("view = %s", d.View)
	}
}

func TestRoomPage(t *testing.T) {
	s := openPlain(t)
	owner := s.browser()
	id := owner.open(`{"title":"마당","max":2}`)
	locked := owner.open(`{"title":"locked","password":"pass word"}`)
	guest := s.browser()
	for _, path := range []string{"/room/", "/r/"} {
		a := guest.visit(path + id)
		a.wants(t, 200)
		if d := a.data(t); d.View != "room" || d.Room["_id"] != id || d.Room["mine"] == true {
			t.Errorf("data = %+v", d)
		}
		a = guest.visit(path + locked)
		a.wants(t, 200)
		if d := a.data(t); d.View != "gate" || d.Room["_id"] != locked || d.Room["password"] != true {
			t.Errorf("data = %+v", d)
		}
		if d := owner.visit(path + locked).data(t); d.View != "room" || d.Room["mine"] != true {
			t.Errorf("the owner sees %+v", d)
		}
	}

	a := guest.visit("/room/nowhere")
	a.wants(t, 303)
	if at := a.Header.Get("Location"); at != "/?e=no_such_room" {
		t.Errorf("Location = %s", at)
	}
	guest.get("/room/nowhere").fails(t, 404, "NO_SUCH_ROOM")
}

// The page of a full room waits for a seat, so a link to it brings that page and not the lobby.
func TestFullRoomPage(t *testing.T) {
	s := openPlain(t)
	owner := s.browser()
	id := owner.open(`{"title":"마당","max":2}`)
	locked := owner.open(`{"title":"locked","max":2,"password":"s3cret-pass"}`)
	inside := s.browser()
	for _, b := range []*browser{owner, inside} {
		b.visit("/")
		b.sit(id)
	}
	owner.sit(locked)
	inside.postJSON("/room/"+locked+"/enter", `{"password":"s3cret-pass"}`).wants(t, 200)
	inside.sit(locked)

	guest := s.browser()
	waits := func(room string) {
		t.Helper()
		a := guest.visit("/room/" + room)
		a.wants(t, 409)
		if d := a.data(t); d.View != "room" || d.Room["_id"] != room || d.Room["count"] != 2.0 || d.Error != nil {
			t.Errorf("data = %+v", d)
		}
		if a.Header.Get("X-Robots-Tag") != "noindex" || a.Header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("headers = %v", a.Header)
		}
		guest.get("/room/"+room, "Accept: application/json").fails(t, 409, "ROOM_FULL")
	}
	waits(id)
	if a := inside.visit("/room/" + id); a.StatusCode != 200 {
		t.Errorf("who has a seat gets status %d", a.StatusCode)
	}

	// A full room asks for its password first, and keeps who told it waiting.
	if d := guest.visit("/room/" + locked).data(t); d.View != "gate" {
		t.Errorf("data = %+v", d)
	}
	a := guest.visit("/room/" + locked + "?password=s3cret-pass")
	a.wants(t, 303)
	if at := a.Header.Get("Location"); at != "/room/"+locked || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers = %v", a.Header)
	}
	waits(locked)
	guest.get("/room/"+locked+"?password=s3cret-pass", "Accept: application/json").fails(t, 409, "ROOM_FULL")

	// The gate learns that there is no seat, and its answer brings the grant that the next page
	// needs.
	guest = s.browser()
	a = guest.postJSON("/room/"+locked+"/enter", `{"password":"s3cret-pass"}`)
	a.fails(t, 409, "ROOM_FULL")
	cookieOf(t, a, "grant_"+locked)
	waits(locked)
}

func TestUnknownAddress(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	for _, path := range []string{"/nothing", "/room/a/b/c", "/README.md", "/index.html", "/assets/", "/gif/", "/.git/config"} {
		a := b.visit(path)
		a.wants(t, 404)
		if d := a.data(t); d.View != "error" || d.Error.Code != "NOT_FOUND" || d.Error.Status != 404 {
			t.Errorf("%s: %+v", path, d)
		}
		if a.Header.Get("X-Robots-Tag") != "noindex" || len(a.Cookies()) > 0 {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		b.get(path).fails(t, 404, "NOT_FOUND")
	}
	b.do("PUT", "/room", nil).fails(t, 404, "NOT_FOUND")
	b.do("POST", "/assets/page-1.js", nil).fails(t, 404, "NOT_FOUND")
}

func TestAssets(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	want := string(built["assets/page-1.js"].Data)
	a := b.get("/assets/page-1.js") // the client asks for gzip and unpacks it
	a.wants(t, 200)
	if a.body != want || !a.Uncompressed {
		t.Errorf("uncompressed = %v, %d bytes", a.Uncompressed, len(a.body))
	}
	if a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
		a.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || a.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("headers = %v", a.Header)
	}
	for _, refused := range []string{"identity", "gzip;q=0", "br"} {
		a = b.get("/assets/page-1.js", "Accept-Encoding: "+refused)
		if a.Header.Get("Content-Encoding") != "" || a.body != want {
			t.Errorf("%s: encoding %q", refused, a.Header.Get("Content-Encoding"))
		}
	}
	again := b.get("/assets/page-1.js", "Accept-Encoding: br", "If-None-Match: "+a.Header.Get("ETag"))
	again.wants(t, 304)
	a = b.get("/logo.svg")
	a.wants(t, 200)
	if a.Header.Get("Cache-Control") != "no-cache" || a.body != "<svg/>" || len(a.Cookies()) > 0 {
		t.Errorf("logo: %v %s", a.Header, a.body)
	}
}

func TestUnbuiltPage(t *testing.T) {
	s := openPlain(t, func(o *httpapi.Options) { o.Web = nil })
	b := s.browser()
	for _, path := range []string{"/", "/room", "/nothing"} {
		a := b.visit(path)
		a.wants(t, 503)
		if !strings.Contains(a.body, "make run") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	b.open(`{"title":"works without a page"}`)
}

func TestNewRefuses(t *testing.T) {
	cases := map[string]httpapi.Options{
		"no page":      {Web: fstest.MapFS{}},
		"other page":   {Web: fstest.MapFS{"index.html": {Data: []byte("<html><!--data-->")}}},
		"wrong origin": {Origins: []string{"example.org"}},
		"wrong host":   {Hosts: []string{"https://example.org"}},
	}
	for name, o := range cases {
		if h, err := httpapi.New(o); err == nil || h != nil {
			t.Errorf("%s: New = %v, %v", name, h, err)
		}
	}
}
