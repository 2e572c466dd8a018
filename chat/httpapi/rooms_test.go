package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

func TestOpenRoom(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	a := b.postJSON("/room", `{"title":"  우리   마당 ","max":3,"password":"s3cret-pass","listed":true,"cid":"c1","unknown":1}`)
	a.wants(t, 201)
	var reply struct{ Room map[string]any }
	a.decode(t, &reply)
	if r := reply.Room; r["title"] != "우리 마당" || r["max"] != 3.0 || r["password"] != true || r["mine"] != true || r["listed"] != true {
		t.Errorf("room = %v", r)
	}
	if strings.Contains(a.body, "s3cret") {
		t.Error("the reply holds the password")
	}
	if a.Header.Get("Location") != fmt.Sprint("/room/", reply.Room["_id"]) {
		t.Errorf("Location = %q", a.Header.Get("Location"))
	}

	again := b.postJSON("/room", `{"title":"another","cid":"c1"}`)
	again.wants(t, 201)
	var second struct{ Room map[string]any }
	again.decode(t, &second)
	if second.Room["_id"] != reply.Room["_id"] || s.listed() != 1 {
		t.Errorf("the same cid made a second room: %v", second.Room)
	}
	if other := s.browser().open(`{"title":"x","cid":"c1"}`); other == reply.Room["_id"] {
		t.Error("another session's cid found the room")
	}
}

func TestOpenRoomByForm(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	a := b.postForm("/room", "title=마당", "max=4", "password=s3cret-pass", "listed=off", "cid=c1")
	a.wants(t, 303)
	at := a.Header.Get("Location")
	room, err := s.house.Room(strings.TrimPrefix(at, "/room/"))
	if err != nil {
		t.Fatalf("Location %q: %v", at, err)
	}
	if room.Title != "마당" || room.Max != 4 || !room.Locked || room.Listed {
		t.Errorf("room = %+v", room)
	}
	a = b.postForm("/room", "title=", "password=s3cret-pass")
	a.wants(t, 422)
	if d := a.data(t); d.View != "error" || d.Error.Code != "BAD_TITLE" || strings.Contains(a.body, "s3cret") {
		t.Errorf("data = %+v", d)
	}
	b.postForm("/room", "title=x", "max=many").wants(t, 422)
	// A script that sends a form gets JSON.
	a = b.do("POST", "/room", strings.NewReader("title=y"), "Content-Type: application/x-www-form-urlencoded", "Accept: application/json, text/plain, */*")
	a.wants(t, 201)
}

func TestOpenRoomRefuses(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	for _, c := range []struct {
		body   string
		status int
		code   chat.Code
		field  string
	}{
		{`{}`, 422, chat.BadTitle, "title"},
		{`null`, 422, chat.BadTitle, "title"},
		{`{"title":"` + strings.Repeat("가", 51) + `"}`, 422, chat.BadTitle, "title"},
		{`{"title":"\u0000\u200b"}`, 422, chat.BadTitle, "title"},
		{`{"title":"x","max":1}`, 422, chat.BadMax, "max"},
		{`{"title":"x","max":1001}`, 422, chat.BadMax, "max"},
		{`{"title":"x","max":2.5}`, 400, chat.BadRequest, "max"},
		{`{"title":"x","max":"5"}`, 400, chat.BadRequest, "max"},
		{`{"title":"x","password":"abc"}`, 422, chat.BadPassword, "password"},
		{`{"title":"x","password":["abcd"]}`, 400, chat.BadRequest, "password"},
		{`{"title":"x","cid":"a b"}`, 400, chat.BadRequest, "cid"},
		{`{"title":{}}`, 400, chat.BadRequest, "title"},
		{`[]`, 400, chat.BadRequest, ""},
		{`{"title":"x"`, 400, chat.BadRequest, ""},
		{`{"title":"x"} {}`, 400, chat.BadRequest, ""},
		{``, 400, chat.BadRequest, ""},
		{`{"title":"` + strings.Repeat("x", 1<<20) + `"}`, 413, chat.TooLarge, ""},
	} {
		if f := b.postJSON("/room", c.body).fails(t, c.status, c.code); f.Error.Field != c.field {
			t.Errorf("%.40s: field %q, want %q", c.body, f.Error.Field, c.field)
		}
	}
	for _, kind := range []string{"text/plain", "", "multipart/form-data; boundary=x", "application/xml"} {
		b.do("POST", "/room", strings.NewReader(`{"title":"x"}`), "Content-Type: "+kind).fails(t, 400, chat.BadRequest)
	}
	if n := s.listed(); n != 0 {
		t.Errorf("%d rooms were made", n)
	}
}

func TestErrorsSpeakTheLanguage(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	for lang, want := range map[string]string{"ko": "존재하지 않는 방입니다.", "en": "No such room."} {
		f := b.get("/room/nowhere/messages", "Accept-Language: "+lang).fails(t, 404, chat.NoSuchRoom)
		if f.Error.Message != want {
			t.Errorf("%s: %s", lang, f.Error.Message)
		}
	}
}

func TestEnter(t *testing.T) {
	s := openPlain(t)
	id := s.browser().open(`{"title":"locked","password":"s3cret-pass","max":2}`)
	b := s.browser()
	b.postJSON("/room/"+id+"/enter", `{"password":"wrong-pass"}`).fails(t, 403, chat.WrongPassword)
	b.postJSON("/room/"+id+"/enter", `{}`).fails(t, 403, chat.WrongPassword)
	b.postJSON("/room/nowhere/enter", `{"password":"s3cret-pass"}`).fails(t, 404, chat.NoSuchRoom)
	if b.cookie("grant_"+id) != "" || b.visit("/room/"+id).data(t).View != "gate" {
		t.Error("a wrong password opened the room")
	}

	a := b.postJSON("/room/"+id+"/enter", `{"password":"s3cret-pass"}`)
	a.wants(t, 200)
	var reply struct {
		OK  bool
		URL string
	}
	a.decode(t, &reply)
	if !reply.OK || reply.URL != "/room/"+id {
		t.Errorf("reply = %s", a.body)
	}
	c := cookieOf(t, a, "grant_"+id)
	if !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 12*60*60 {
		t.Errorf("grant = %v", c)
	}
	if b.visit("/room/"+id).data(t).View != "room" {
		t.Error("the password didn't open the room")
	}
	// The grant is for its session alone.
	thief := s.browser()
	thief.visit("/")
	if thief.visit("/room/"+id, "Cookie: grant_"+id+"="+c.Value).data(t).View != "gate" {
		t.Error("a grant opened the room to another session")
	}

	a = thief.postForm("/room/"+id+"/enter", "password=s3cret-pass")
	a.wants(t, 303)
	if a.Header.Get("Location") != "/room/"+id {
		t.Errorf("Location = %q", a.Header.Get("Location"))
	}
	b.sit(id)
	thief.sit(id)
	s.browser().postJSON("/room/"+id+"/enter", `{"password":"s3cret-pass"}`).fails(t, 409, chat.RoomFull)
}

func TestGuessingIsSlowedDown(t *testing.T) {
	s := openPlain(t)
	id := s.browser().open(`{"title":"locked","password":"s3cret-pass"}`)
	b := s.browser()
	for range 10 {
		b.postJSON("/room/"+id+"/enter", `{"password":"x"}`).fails(t, 403, chat.WrongPassword)
	}
	a := b.postJSON("/room/"+id+"/enter", `{"password":"s3cret-pass"}`)
	f := a.fails(t, 429, chat.RateLimited)
	if !f.Error.Retryable || f.Error.RetryAfterMs <= 0 || a.Header.Get("Retry-After") == "" {
		t.Errorf("%s, Retry-After %q", a.body, a.Header.Get("Retry-After"))
	}
}

// Both ways of telling a password count the address.
func TestGuessingWithFreshSessions(t *testing.T) {
	s := openPlain(t)
	id := s.browser().open(`{"title":"locked","password":"s3cret-pass"}`)
	for range 5 {
		s.browser().postJSON("/room/"+id+"/enter", `{"password":"x"}`).fails(t, 403, chat.WrongPassword)
		s.browser().get("/room/"+id+"?password=x").fails(t, 403, chat.WrongPassword)
	}
	s.browser().postJSON("/room/"+id+"/enter", `{"password":"s3cret-pass"}`).fails(t, 429, chat.RateLimited)
	s.browser().get("/room/"+id+"?password=s3cret-pass").fails(t, 429, chat.RateLimited)
}

func TestPasswordInAddress(t *testing.T) {
	s := openPlain(t)
	id := s.browser().open(`{"title":"locked","password":"s3cret-pass"}`)
	b := s.browser()
	a := b.visit("/room/" + id + "?password=wr0ng-pass&x=1")
	a.wants(t, 303)
	if a.Header.Get("Location") != "/?e=wrong_password" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers = %v", a.Header)
	}
	a = b.visit("/room/" + id + "?password=s3cret-pass")
	a.wants(t, 303)
	if a.Header.Get("Location") != "/room/"+id || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers = %v", a.Header)
	}
	cookieOf(t, a, "grant_"+id)
	if b.visit("/room/"+id).data(t).View != "room" {
		t.Error("the password didn't open the room")
	}
	open := b.open(`{"title":"open"}`)
	a = b.visit("/room/" + open + "?password=s3cret-pass")
	a.wants(t, 303)
	if a.Header.Get("Location") != "/room/"+open {
		t.Errorf("Location = %q", a.Header.Get("Location"))
	}
	if log := s.log.String(); strings.Contains(log, "pass&") || strings.Contains(log, "s3cret") || strings.Contains(log, "wr0ng") {
		t.Errorf("the log holds a password: %s", log)
	}
}

func TestDeleteRoom(t *testing.T) {
	s := openPlain(t)
	owner := s.browser()
	id := owner.open(`{"title":"마당"}`)
	stranger := s.browser()
	stranger.do("DELETE", "/room/"+id, nil).fails(t, 403, chat.NotOwner)
	stranger.visit("/")
	stranger.do("DELETE", "/room/"+id, nil).fails(t, 403, chat.NotOwner)
	if _, err := s.house.Room(id); err != nil {
		t.Fatal(err)
	}
	a := owner.do("DELETE", "/room/"+id, nil)
	a.wants(t, 200)
	if strings.TrimSpace(a.body) != `{"ok":true}` {
		t.Errorf("reply = %s", a.body)
	}
	owner.do("DELETE", "/room/"+id, nil).fails(t, 404, chat.NoSuchRoom)
	owner.get("/room/"+id+"/messages").fails(t, 404, chat.NoSuchRoom)
}

func TestM2PatchRoom(t *testing.T) {
	s := openPlain(t)
	owner := s.browser()
	id := owner.open(`{"title":"마당","life":"always","history":"month"}`)
	if r, err := s.house.Room(id); err != nil || r.Life != chat.Always || r.History != chat.Month {
		t.Errorf("%+v, %v", r, err)
	}
	patch := func(b *browser, body string) answer {
		return b.do("PATCH", "/room/"+id, strings.NewReader(body), "Content-Type: application/json")
	}
	stranger := s.browser()
	patch(stranger, `{"life":"day"}`).fails(t, 403, chat.NotOwner)
	stranger.visit("/")
	patch(stranger, `{"life":"day"}`).fails(t, 403, chat.NotOwner)
	a := patch(owner, `{"life":"day"}`)
	a.wants(t, 200)
	if r, err := s.house.Room(id); err != nil || r.Life != chat.Day || r.History != chat.Month || !strings.Contains(a.body, `"life":"day","history":"month"`) {
		t.Errorf("%+v, %v: %s", r, err, a.body)
	}
	patch(owner, `{"life":"year"}`).fails(t, 422, chat.BadSpan)
	patch(owner, `{"life":7}`).fails(t, 400, chat.BadRequest)
	patch(owner, `{}`).wants(t, 200)
	owner.do("PATCH", "/room/"+id, strings.NewReader("life=day"), "Content-Type: application/x-www-form-urlencoded").fails(t, 400, chat.BadRequest)
	owner.do("PATCH", "/room/nowhere", strings.NewReader(`{"life":"day"}`), "Content-Type: application/json").fails(t, 404, chat.NoSuchRoom)
	owner.postJSON("/room", `{"title":"x","life":"month"}`).fails(t, 422, chat.BadSpan)
}
