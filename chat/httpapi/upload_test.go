package httpapi_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
)

// picture is a GIF of two frames.
func picture(t *testing.T) string {
	t.Helper()
	p := color.Palette{color.Black, color.White}
	g := gif.GIF{Delay: []int{5, 5}}
	for range 2 {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 8, 6), p))
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestF4PostImage(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	bytes := picture(t)
	a := b.upload(id, field{name: "cid", value: "c1"}, field{name: "caption", value: "봐요"},
		field{name: "gif", file: "../../evil.html", value: bytes})
	a.wants(t, 200)
	var p posted
	a.decode(t, &p)
	if !p.OK || p.ID == "" || p.Seq == 0 || p.Dup || !strings.HasSuffix(p.GIF, ".gif") || len(p.Media) != 1 || p.Media[0].Name != p.GIF ||
		p.Media[0].MIME != "image/gif" || p.Media[0].W != 8 || p.Media[0].H != 6 || p.Media[0].Bytes != len(bytes) {
		t.Fatalf("reply = %s", a.body)
	}
	if strings.Contains(a.body, "evil") {
		t.Error("the visitor's file name is kept")
	}
	var h history
	b.get("/room/"+id+"/messages").decode(t, &h)
	if last := h.Messages[len(h.Messages)-1]; last.Kind != "media" || last.Chat != "봐요" {
		t.Errorf("the message is %+v", last)
	}
	// The order of the parts doesn't matter; a message that was sent already leaves no second file.
	var again posted
	b.upload(id, field{name: "gif", file: "b.gif", value: bytes}, field{name: "cid", value: "c1"}).decode(t, &again)
	if !again.Dup || again.ID != p.ID || again.GIF != p.GIF || len(s.storedFiles()) != 1 {
		t.Errorf("again = %+v, files %v", again, s.storedFiles())
	}

	body, kind := multipartOf(field{name: "gif", file: "c.gif", value: bytes})
	form := b.do("POST", "/room/"+id+"/gif", body, kind)
	form.wants(t, 200)
	if form.body != "ok" {
		t.Errorf("a form gets %q", form.body)
	}

	img := s.browser().get("/gif/" + p.GIF)
	img.wants(t, 200)
	if img.body != bytes {
		t.Error("the image has changed")
	}
	for name, want := range map[string]string{
		"Content-Type":                 "image/gif",
		"Content-Security-Policy":      "default-src 'none'; sandbox",
		"Content-Disposition":          `inline; filename="` + p.GIF + `"`,
		"Cache-Control":                "private, max-age=31536000, immutable",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Accept-Ranges":                "bytes",
	} {
		if got := img.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	part := b.get("/gif/"+p.GIF, "Range: bytes=0-5")
	part.wants(t, 206)
	if part.body != "GIF89a" {
		t.Errorf("range = %q", part.body)
	}
	b.get("/gif/"+p.GIF, "If-None-Match: "+img.Header.Get("ETag")).wants(t, 304)
	head := b.do("HEAD", "/gif/"+p.GIF, nil)
	head.wants(t, 200)
	if head.ContentLength != int64(len(bytes)) {
		t.Errorf("HEAD says %d bytes", head.ContentLength)
	}
}

func TestF6ImageOfLockedRoom(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"locked","password":"s3cret-pass"}`)
	b.sit(id)
	var p posted
	b.upload(id, field{name: "gif", file: "a.gif", value: picture(t)}).decode(t, &p)
	b.get("/gif/"+p.GIF).wants(t, 200)
	guest := s.browser()
	guest.get("/gif/"+p.GIF).fails(t, 404, chat.NotFound)
	guest.visit("/")
	guest.get("/gif/"+p.GIF).fails(t, 404, chat.NotFound)
	guest.postJSON("/room/"+id+"/enter", `{"password":"s3cret-pass"}`).wants(t, 200)
	guest.get("/gif/"+p.GIF).wants(t, 200)

	b.do("DELETE", "/room/"+id, nil).wants(t, 200)
	b.get("/gif/"+p.GIF).fails(t, 404, chat.NotFound)
	if files := s.storedFiles(); len(files) != 0 {
		t.Errorf("files of the closed room: %v", files)
	}
}

// A file that is gone before its message is simply not there, and the log says so.
func TestMissingFile(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	var p posted
	b.upload(id, field{name: "gif", file: "a.gif", value: picture(t)}).decode(t, &p)
	for _, path := range s.storedFiles() {
		os.Remove(path)
	}
	b.get("/gif/"+p.GIF).fails(t, 404, chat.NotFound)
	if !strings.Contains(s.log.String(), "no such file") {
		t.Error("the log doesn't tell of the missing file")
	}
}

func TestF3ImageNames(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	for _, name := range []string{"none.gif", strings.Repeat("0", 32) + ".gif", "..%2f..%2fchat.db", "%2e%2e%2fsecret",
		"..%5c..%5cx", "C:%5cx.gif", "a%00.gif", strings.Repeat("a", 4096)} {
		b.get("/gif/"+name).fails(t, 404, chat.NotFound)
	}
}

func TestF1RefusedUploads(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당","max":50}`)
	good := picture(t)
	b.upload(id, field{name: "gif", file: "a.gif", value: good}).fails(t, 403, chat.NotMember)
	s.browser().upload(id, field{name: "gif", file: "a.gif", value: good}).fails(t, 403, chat.NotMember)
	b.sit(id)
	b.upload("nowhere", field{name: "gif", file: "a.gif", value: good}).fails(t, 404, chat.NoSuchRoom)
	big := strings.Repeat("\x00", 5<<20)
	for _, c := range []struct {
		name   string
		fields []field
		status int
		code   chat.Code
	}{
		{"html as gif", []field{{"gif", "a.gif", "<!doctype html><script>alert(1)</script>"}}, 415, chat.BadType},
		{"svg", []field{{"gif", "a.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`}}, 415, chat.BadType},
		{"empty file", []field{{"gif", "a.gif", ""}}, 415, chat.BadType},
		{"cut image", []field{{"gif", "a.gif", good[:len(good)-9]}}, 422, chat.BadImage},
		{"no file", []field{{"cid", "", "c1"}}, 400, chat.BadRequest},
		{"five files", []field{{"gif", "a.gif", good}, {"gif", "b.gif", good}, {"gif", "c.gif", good}, {"gif", "d.gif", good}, {"gif", "e.gif", good}}, 400, chat.BadRequest},
		{"two bad files", []field{{"gif", "a.svg", "<svg/>"}, {"gif", "b.gif", good[:20]}}, 415, chat.BadType},
		{"long alt", []field{{"gif", "a.gif", good}, {"alt", "", strings.Repeat("가", 301)}}, 422, chat.TooLong},
		{"very long alt", []field{{"gif", "a.gif", good}, {"alt", "", strings.Repeat("x", 60<<10)}}, 422, chat.TooLong},
		{"many alts", []field{{"gif", "a.gif", good}, {"alt", "", "1"}, {"alt", "", "2"}, {"alt", "", "3"}, {"alt", "", "4"}, {"alt", "", "5"}}, 400, chat.BadRequest},
		{"bad cid", []field{{"gif", "a.gif", good}, {"cid", "", "a b"}}, 400, chat.BadRequest},
		{"large file", []field{{"gif", "a.gif", good[:len(good)-1] + big}}, 413, chat.TooLarge},
		{"large envelope", []field{{"gif", "a.gif", good}, {"more", "", big + big}}, 413, chat.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := s.browser() // each has few uploads
			b.visit("/")
			b.sit(id)
			b.upload(id, c.fields...).fails(t, c.status, c.code)
			if files := s.storedFiles(); len(files) != 0 {
				t.Errorf("files left: %v", files)
			}
		})
	}

	// Without a length the limit holds too.
	body, kind := multipartOf(field{"gif", "a.gif", good}, field{"more", "", big + big})
	b.do("POST", "/room/"+id+"/gif", iotest.HalfReader(body), kind, "Accept: application/json").fails(t, 413, chat.TooLarge)

	// A form that ends early.
	body, kind = multipartOf(field{"gif", "a.gif", good})
	b.do("POST", "/room/"+id+"/gif", bytes.NewReader(body.Bytes()[:body.Len()-40]), kind, "Accept: application/json").fails(t, 400, chat.BadRequest)
	b.postJSON("/room/"+id+"/gif", `{"gif":"x"}`).fails(t, 400, chat.BadRequest)
	if files := s.storedFiles(); len(files) != 0 {
		t.Errorf("files left: %v", files)
	}
}

// Refused images count too, and beyond the limit no byte of one is stored.
func TestUploadsArePaced(t *testing.T) {
	saved := 0
	s := openPlain(t, func(o *httpapi.Options) { o.Files = countedFiles{o.Files, &saved} })
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	for range 6 {
		b.upload(id, field{name: "gif", file: "a.gif", value: "not an image"}).fails(t, 415, chat.BadType)
	}
	f := b.upload(id, field{name: "gif", file: "a.gif", value: picture(t)}).fails(t, 429, chat.RateLimited)
	if f.Error.RetryAfterMs <= 0 || saved != 6 {
		t.Errorf("%+v, %d files were received", f.Error, saved)
	}
}

// countedFiles counts what is received; requests come one at a time.
type countedFiles struct {
	httpapi.Files
	saved *int
}

func (c countedFiles) Save(r io.Reader) (chat.Media, error) {
	*c.saved++
	return c.Files.Save(r)
}

// A connection that breaks off leaves no file.
func TestBrokenUpload(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "POST /room/"+id+"/gif HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nCookie: sid="+b.cookie("sid")+
		"\r\nContent-Length: 10000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"+
		"--b\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\n\r\n"+picture(t)[:40])
	conn.(*net.TCPConn).CloseWrite()
	reply, _ := io.ReadAll(conn)
	conn.Close()
	if !strings.Contains(string(reply), "400 Bad Request") || !strings.Contains(string(reply), "BAD_REQUEST") {
		t.Errorf("reply = %s", reply)
	}
	if files := s.storedFiles(); len(files) != 0 {
		t.Errorf("files left: %v", files)
	}
}

// brokenFiles fails to open what it has saved.
type brokenFiles struct {
	httpapi.Files
	open func() (*os.File, error)
}

func (f brokenFiles) Open(string) (*os.File, error) { return f.open() }

func TestInternalErrors(t *testing.T) {
	for name, fail := range map[string]func() (*os.File, error){
		"error": func() (*os.File, error) { return nil, errors.New("secret place") },
		"panic": func() (*os.File, error) { panic("secret place") },
	} {
		t.Run(name, func(t *testing.T) {
			s := openPlain(t, func(o *httpapi.Options) { o.Files = brokenFiles{o.Files, fail} })
			b := s.browser()
			id := b.open(`{"title":"마당"}`)
			b.sit(id)
			var p posted
			b.upload(id, field{name: "gif", file: "a.gif", value: picture(t)}).decode(t, &p)
			a := b.get("/gif/" + p.GIF)
			f := a.fails(t, 500, chat.Internal)
			if f.Error.Ref == "" || strings.Contains(a.body, "secret place") {
				t.Errorf("reply = %s", a.body)
			}
			if log := s.log.String(); s.log.lines("request="+f.Error.Ref) != 2 || !strings.Contains(log, "secret place") {
				t.Errorf("the log doesn't tell of %s: %s", f.Error.Ref, log)
			}
			if id := a.Header.Get("X-Request-Id"); id != f.Error.Ref {
				t.Errorf("the request is %s, the visitor is told %s", id, f.Error.Ref)
			}
			page := b.visit("/gif/" + p.GIF)
			page.wants(t, 500)
			if d := page.data(t); d.Error.Ref == "" || d.Error.Ref == f.Error.Ref || strings.Contains(page.body, "secret place") {
				t.Errorf("page = %+v", d.Error)
			}
		})
	}
}
