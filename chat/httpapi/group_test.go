package httpapi_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// Several pictures are one message, each with its words.
func TestF7PicturesAreOneMessage(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	dot := picture(t)
	a := b.upload(id, field{"cid", "", "c1"}, field{"gif", "a.gif", dot}, field{"alt", "", "자는 \n수달 <b>"}, field{"gif", "b.gif", dot},
		field{"alt", "", " "}, field{"gif", "c.gif", dot}, field{"gif", "d.gif", dot}, field{"alt", "", ""}, field{"alt", "", "넷째"})
	a.wants(t, 200)
	var p posted
	a.decode(t, &p)
	if len(p.Media) != 4 || p.GIF != p.Media[0].Name || len(p.Refused) != 0 || len(s.storedFiles()) != 4 {
		t.Fatalf("sent %s, files %v", a.body, s.storedFiles())
	}
	if p.Media[0].Alt != "자는 수달 <b>" || p.Media[1].Alt != "" || p.Media[2].Alt != "" || p.Media[3].Alt != "넷째" {
		t.Errorf("alts of %s", a.body)
	}
	for _, f := range p.Media {
		b.get("/gif/"+f.Name).wants(t, 200)
	}
	var again posted
	b.upload(id, field{"cid", "", "c1"}, field{"gif", "a.gif", dot}, field{"gif", "b.gif", dot}).decode(t, &again)
	if !again.Dup || len(again.Media) != 4 || again.Media[3] != p.Media[3] || len(s.storedFiles()) != 4 {
		t.Errorf("again %+v, files %v", again, s.storedFiles())
	}
	if _, err := s.house.DeleteMessage(t.Context(), chat.Visitor{Identity: b.identity()}, id, p.Seq); err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Media {
		b.get("/gif/"+f.Name).fails(t, 404, chat.NotFound)
	}
	if files := s.storedFiles(); len(files) != 0 {
		t.Errorf("files of a deleted message: %v", files)
	}
}

// A picture that can't be taken doesn't keep the others back, and they keep their words.
func TestF7OnePictureOfSeveralFails(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	dot := picture(t)
	heavy := dot[:len(dot)-1] + strings.Repeat("\x00", 5<<20) + ";"
	a := b.upload(id, field{"gif", "a.svg", "<svg/>"}, field{"gif", "b.gif", dot}, field{"gif", "c.gif", heavy}, field{"gif", "d.gif", dot[:40]},
		field{"alt", "", "첫째"}, field{"alt", "", "둘째"}, field{"cid", "", "c1"})
	a.wants(t, 200)
	var p posted
	a.decode(t, &p)
	if len(p.Media) != 1 || p.Media[0].Alt != "둘째" || len(p.Refused) != 3 || len(s.storedFiles()) != 1 {
		t.Fatalf("sent %s, files %v", a.body, s.storedFiles())
	}
	for i, want := range []struct {
		index int
		code  string
	}{{0, "BAD_TYPE"}, {2, "TOO_LARGE"}, {3, "BAD_IMAGE"}} {
		if r := p.Refused[i]; r.Index != want.index || r.Error.Code != want.code || r.Error.Message == "" {
			t.Errorf("refused %+v, want %+v", r, want)
		}
	}
}

// A picture that flashes is found when it comes, and whoever gets the message is told.
func TestF8FlashesAreTold(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	g := gif.GIF{Delay: []int{5, 5}}
	for _, c := range []color.Color{color.Black, color.White} {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{c}))
	}
	var strobe bytes.Buffer
	if err := gif.EncodeAll(&strobe, &g); err != nil {
		t.Fatal(err)
	}
	var p posted
	b.upload(id, field{"gif", "a.gif", picture(t)}, field{"gif", "b.gif", strobe.String()}).decode(t, &p)
	if len(p.Media) != 2 || p.Media[0].Flash != "" || p.Media[1].Flash != "strong" {
		t.Errorf("sent %+v", p.Media)
	}
	a := b.get("/room/" + id + "/messages")
	if !strings.Contains(a.body, `"flash":"strong"`) {
		t.Errorf("the history is %s", a.body)
	}
}

// A page asks what is left before somebody chooses a picture.
func TestF9AllowanceIsTold(t *testing.T) {
	s := openLimited(t, chat.Limits{UploadDay: 1000})
	s.server.Start()
	b := s.browser()
	b.get("/api/v1/me/pictures").fails(t, 401, chat.Unauthorized)
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	left := func() (v struct{ Left, Most int }) {
		t.Helper()
		b.get("/api/v1/me/pictures").decode(t, &v)
		return v
	}
	if v := left(); v.Left != 1000 || v.Most != 1000 {
		t.Errorf("first %+v", v)
	}
	dot := picture(t)
	b.upload(id, field{"gif", "a.gif", dot}).wants(t, 200)
	if v := left(); v.Most != 1000 || v.Left < 1000-len(dot) || v.Left > 1000-len(dot)+2 {
		t.Errorf("%+v after %d bytes", v, len(dot))
	}
}
