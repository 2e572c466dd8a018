package httpapi_test

import (
	"archive/zip"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// The owner of a room, and nobody else, takes it along, a few times in an hour.
func TestF12ExportByTheOwner(t *testing.T) {
	s := openPlain(t)
	owner, guest := s.browser(), s.browser()
	id := owner.open(`{"title":"a/b: \"마당\""}`)
	owner.get("/room/"+id+"/export").fails(t, 403, chat.NotMember)
	owner.sit(id)
	guest.get("/").wants(t, 200)
	guest.sit(id)
	owner.postJSON("/room/"+id+"/chat", `{"chat":"안녕"}`).wants(t, 200)
	guest.get("/room/"+id+"/export").fails(t, 403, chat.NotOwner)
	guest.get("/room/"+id+"/export?ask=1").fails(t, 403, chat.NotOwner)
	s.browser().get("/room/"+id+"/export").fails(t, 403, chat.NotMember)
	owner.get("/room/nowhere/export").fails(t, 404, chat.NoSuchRoom)
	owner.get("/room/"+id+"/export?ask=1").wants(t, 200)
	for i := range 5 {
		a := owner.get("/room/" + id + "/export?zone=540")
		a.wants(t, 200)
		z, err := zip.NewReader(strings.NewReader(a.body), int64(len(a.body)))
		if err != nil || len(z.File) != 3 {
			t.Fatalf("export %d: %v", i, err)
		}
		if name := a.Header.Get("Content-Disposition"); !strings.HasPrefix(name, "attachment; filename*=utf-8''a_b_%20_%EB") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", a.Header)
		}
	}
	f := owner.get("/room/"+id+"/export").fails(t, 429, chat.RateLimited)
	if f.Error.Limit != "exports" || f.Error.RetryAfterMs < 1 {
		t.Errorf("%+v", f)
	}
	owner.get("/room/"+id+"/export?ask=1").fails(t, 429, chat.RateLimited)
}
