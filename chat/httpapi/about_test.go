package httpapi_test

import (
	"bytes"
	"image/png"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
)

var (
	metaTag   = regexp.MustCompile(`<(?:meta|link) (?:name|property|rel)="([^"]*)" (?:content|href)="([^"]*)">`)
	headTitle = regexp.MustCompile(`<title>([^<]*)</title>`)
)

// preview is what a messenger reads of a page.
func (a answer) preview(t *testing.T) map[string]string {
	t.Helper()
	p := map[string]string{}
	title := headTitle.FindAllStringSubmatch(a.body, -1)
	if len(title) != 1 {
		t.Fatalf("titles: %v in %s", title, a.body)
	}
	p["title"] = title[0][1]
	for _, m := range metaTag.FindAllStringSubmatch(a.body, -1) {
		if m[1] != "modulepreload" {
			p[m[1]] = m[2]
		}
	}
	return p
}

// A link to a room that everybody sees says what is there, in the reader's language; one to a room
// that isn't for everybody says nothing.
func TestLinkPreviews(t *testing.T) {
	s := openPlain(t, func(o *httpapi.Options) { o.Hosts = []string{"chat.example.org", "127.0.0.1"} })
	owner := s.browser()
	id := owner.open(`{"title":"새벽 작업방"}`)
	s.browser() // nobody yet
	b := s.browser()

	const english = "Accept-Language: en"
	p := b.visit("/room/"+id, english).preview(t)
	want := map[string]string{
		"title":           "새벽 작업방 · Madang",
		"description":     "nobody is here right now · last message just now",
		"og:title":        "새벽 작업방",
		"og:description":  "nobody is here right now · last message just now",
		"og:site_name":    "Madang",
		"og:type":         "website",
		"og:locale":       "en_US",
		"og:url":          "http://chat.example.org/room/" + id,
		"canonical":       "http://chat.example.org/room/" + id,
		"og:image":        "http://chat.example.org/about.png",
		"og:image:type":   "image/png",
		"og:image:width":  "1200",
		"og:image:height": "630",
		"og:image:alt":    "Madang",
		"twitter:card":    "summary_large_image",
	}
	if !maps.Equal(p, want) {
		t.Errorf("preview = %q\nwant %q", p, want)
	}
	owner.sit(id)
	if p = b.visit("/r/" + id).preview(t); p["title"] != "새벽 작업방 · 마당" || p["description"] != "한 명이 있어요 · 방금 이야기했어요" ||
		p["canonical"] != want["canonical"] {
		t.Errorf("preview = %q", p)
	}
	// A messenger says neither what it takes nor who it is.
	if p = s.browser().get("/room/"+id, "X-Forwarded-Proto: https").preview(t); p["og:image"] != "https://chat.example.org/about.png" {
		t.Errorf("preview = %q", p)
	}
	if p = b.visit("/").preview(t); p["title"] != "마당" || p["og:title"] != "마당" || p["og:url"] != "http://chat.example.org/" || p["description"] == "" {
		t.Errorf("preview = %q", p)
	}

	hidden := map[string]int{
		"/room/" + owner.open(`{"title":"잠긴 방","password":"s3cret-pass"}`): 200,
		"/room/" + owner.open(`{"title":"숨은 방","listed":false}`):           200,
		"/room":    200,
		"/nothing": 404,
	}
	for path, status := range hidden {
		for _, b := range []*browser{b, owner} {
			a := b.visit(path, english)
			a.wants(t, status)
			if p := a.preview(t); !maps.Equal(p, map[string]string{"title": "Madang", "robots": "noindex"}) || a.Header.Get("X-Robots-Tag") != "noindex" {
				t.Errorf("%s: %q, %v", path, p, a.Header)
			}
		}
	}
	for _, path := range []string{"/room/" + id, "/"} {
		if a := b.visit(path); a.Header.Get("X-Robots-Tag") != "" || strings.Contains(a.body, "noindex") {
			t.Errorf("%s is hidden", path)
		}
	}
	b.get("/room/"+id+"/messages").wants(t, 200)
	if got := b.get("/room/" + id + "/messages").Header.Get("X-Robots-Tag"); got != "noindex" {
		t.Errorf("history: %q", got)
	}
}

// Without names the address is the one that was asked for, and none where that isn't known.
func TestPreviewAddress(t *testing.T) {
	s := open(t)
	for host, want := range map[string]string{
		"127.0.0.1:8005":         "http://127.0.0.1:8005",
		"https://Chat.Example.":  "https://chat.example",
		"[2001:DB8::1]:80":       "http://[2001:db8::1]:80",
		"https://[2001:db8::1]":  "https://[2001:db8::1]",
		`a'"><script>alert(1)//`: "http://a&#39;&#34;&gt;&lt;script&gt;alert(1)//",
		"":                       "",
	} {
		p := answer{nil, s.asks("/", host).Body.String()}.preview(t)
		image := p["og:image"]
		if want == "" && image != "" || want != "" && image != want+"/about.png" {
			t.Errorf("%q: %q", host, image)
		}
	}
}

func TestS1PreviewsHoldNoMarkup(t *testing.T) {
	s := openLimited(t, chat.Limits{CreatesPerAddress: -1})
	s.server.Start()
	owner := s.browser()
	head := func(title string) string {
		id := owner.open(`{"title":` + quoted(title) + `}`)
		defer s.house.CloseRoom(t.Context(), chat.Visitor{Identity: owner.identity()}, id)
		head, _, _ := strings.Cut(owner.visit("/room/"+id).body, `<script type="application/json"`)
		return head
	}
	plain := head("마당")
	for _, title := range []string{`</title><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onload='alert(1)`, "`<!--"} {
		got := head(title)
		for _, mark := range []string{"<", ">", `"`, "'"} {
			if strings.Count(got, mark) != strings.Count(plain, mark) {
				t.Errorf("%s: %s", title, got)
			}
		}
	}
	if got := head("&lt;b&gt;"); !strings.Contains(got, "<title>&amp;lt;b&amp;gt; · ") {
		t.Errorf("a title that is escaped already: %s", got)
	}
}

func TestPictureOfTheProduct(t *testing.T) {
	s := openPlain(t)
	a := s.browser().get("/about.png")
	a.wants(t, 200)
	p, err := png.DecodeConfig(bytes.NewReader([]byte(a.body)))
	if err != nil || p.Width != 1200 || p.Height != 630 || len(a.body) > 60<<10 || a.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%+v, %v, %d bytes, %v", p, err, len(a.body), a.Header)
	}
}

func TestRobots(t *testing.T) {
	s := openPlain(t)
	owner := s.browser()
	id := owner.open(`{"title":"숨은 방","listed":false}`)
	a := s.browser().get("/robots.txt")
	a.wants(t, 200)
	for _, line := range []string{"User-agent: *", "Disallow: /gif/", "Disallow: /socket.io/", "Disallow: /room/*/", "Allow: /"} {
		if !strings.Contains(a.body, line+"\n") {
			t.Errorf("no %q in %s", line, a.body)
		}
	}
	if strings.Contains(a.body, id) || a.Header.Get("Content-Type") != "text/plain; charset=utf-8" || len(a.Cookies()) > 0 {
		t.Errorf("robots.txt: %v %s", a.Header, a.body)
	}
}
