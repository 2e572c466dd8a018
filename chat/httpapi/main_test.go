package httpapi_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/chat/sqlite/sqlitetest"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// built is a page as the build makes it.
var built = fstest.MapFS{
	"index.html": {Data: []byte(`<!doctype html>
<html lang="ko" data-theme="auto">
<head><title>마당</title><script type="module" src="/assets/page-1.js"></script></head>
<body><div id="app"><b><!--name--></b></div><!--data--></body></html>`)},
	"README.md": {Data: []byte("not for visitors")},
	"manifest.json": {Data: []byte(`{
		"index.html": {"file": "assets/page-1.js"},
		"_shared.js": {"file": "assets/shared-1.js", "imports": ["index.html"]},
		"src/texts/ko.ts": {"file": "assets/ko-1.js"}, "src/texts/en.ts": {"file": "assets/en-1.js"},
		"src/lobby.tsx": {"file": "assets/lobby-1.js", "imports": ["index.html", "_shared.js"]}, "src/room.tsx": {"file": "assets/room-1.js"},
		"src/gate.tsx": {"file": "assets/gate-1.js"}, "src/offer.tsx": {"file": "assets/offer-1.js"}, "src/linkpage.tsx": {"file": "assets/link-1.js"}, "src/error.tsx": {"file": "assets/error-1.js"}
	}`)},
	"logo.svg":          {Data: []byte("<svg/>")},
	"assets/page-1.js":  {Data: []byte(strings.Repeat("console.log('안녕');\n", 100))},
	"assets/page-1.css": {Data: []byte("p{}")},
}

// site is a running server with a House of its own.
type site struct {
	t      *testing.T
	house  *chat.House
	media  string // folder of the images
	server *httptest.Server
	log    *journal
}

// open starts a site; change may alter the options.
func open(t *testing.T, change ...func(*httpapi.Options)) *site {
	t.Helper()
	return openLimited(t, chat.Limits{}, change...)
}

func openLimited(t *testing.T, limits chat.Limits, change ...func(*httpapi.Options)) *site {
	t.Helper()
	return openOn(t, limits, func(s chat.Store) chat.Store { return s }, change...)
}

// openOn puts something between the House and its store.
func openOn(t *testing.T, limits chat.Limits, between func(chat.Store) chat.Store, change ...func(*httpapi.Options)) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{t: t, media: filepath.Join(dir, "media"), log: &journal{}}
	path := filepath.Join(dir, "chat.db")
	sqlitetest.Prepare(t, path)
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Durability: sqlite.Normal})
	if err != nil {
		t.Fatal(err)
	}
	files, err := media.Open(s.media)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	limits.CloseGrace = cmp.Or(limits.CloseGrace, -1) // most tests want an end at once
	s.house, err = chat.Open(t.Context(), chat.Options{Store: between(store), Files: files, Logger: logger, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.house.Close(); err != nil {
			t.Error(err)
		}
	})
	o := httpapi.Options{House: s.house, Files: files, Web: built, Logger: logger}
	for _, f := range change {
		f(&o)
	}
	h, err := httpapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.server = httptest.NewUnstartedServer(h)
	// Its lines have addresses.
	s.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	t.Cleanup(func() {
		s.server.Close()
		s.log.check(t)
	})
	return s
}

func openPlain(t *testing.T, change ...func(*httpapi.Options)) *site {
	s := open(t, change...)
	s.server.Start()
	return s
}

// storedFiles lists the images on disk, half-written ones included.
func (s *site) storedFiles() (names []string) {
	filepath.WalkDir(s.media, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	return names
}

// browser is one visitor: it keeps cookies, and stays where a redirect would lead away.
type browser struct {
	s      *site
	client *http.Client
}

// listed counts the rooms of the lobby.
func (s *site) listed() int {
	s.t.Helper()
	p, err := s.house.Lobby(chat.Visitor{}, chat.LobbyQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	return p.Total
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	client := *s.server.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{s, &client}
}

// answer is a response that has been read whole.
type answer struct {
	*http.Response
	body string
}

// do sends a request; headers are "Name: value". As a browser does, it says where the request comes
// from.
func (b *browser) do(method, path string, body io.Reader, headers ...string) answer {
	b.s.t.Helper()
	r, err := http.NewRequestWithContext(b.s.t.Context(), method, b.s.server.URL+path, body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Add(name, value)
	}
	if r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		r.Header.Set("Origin", "http://"+r.Host)
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return answer{response, string(text)}
}

const asBrowser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"

func (b *browser) get(path string, headers ...string) answer {
	b.s.t.Helper()
	return b.do("GET", path, nil, headers...)
}

// visit opens a page as a browser does.
func (b *browser) visit(path string, headers ...string) answer {
	b.s.t.Helper()
	return b.do("GET", path, nil, append(headers, asBrowser)...)
}

func (b *browser) postJSON(path, body string, headers ...string) answer {
	b.s.t.Helper()
	return b.do("POST", path, strings.NewReader(body), append(headers, "Content-Type: application/json", "Accept: application/json")...)
}

// postForm sends "name=value" pairs as a browser's form does.
func (b *browser) postForm(path string, pairs ...string) answer {
	b.s.t.Helper()
	values := url.Values{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		values.Add(name, value)
	}
	return b.do("POST", path, strings.NewReader(values.Encode()), "Content-Type: application/x-www-form-urlencoded", asBrowser)
}

// field is a part of a multipart form.
type field struct{ name, file, value string }

func multipartOf(fields ...field) (body *bytes.Buffer, contentType string) {
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, f := range fields {
		if f.file == "" {
			w.WriteField(f.name, f.value)
			continue
		}
		part, _ := w.CreateFormFile(f.name, f.file)
		io.WriteString(part, f.value)
	}
	w.Close()
	return body, "Content-Type: " + w.FormDataContentType()
}

func (b *browser) upload(room string, fields ...field) answer {
	b.s.t.Helper()
	body, kind := multipartOf(fields...)
	return b.do("POST", "/room/"+room+"/gif", body, kind, "Accept: application/json")
}

func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.s.server.URL)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// identity is who the House takes the browser for.
func (b *browser) identity() chat.Identity {
	b.s.t.Helper()
	id, err := b.s.house.Identity(b.s.t.Context(), b.cookie("sid"))
	if err != nil {
		b.s.t.Fatal(err)
	}
	return id
}

// sit takes a seat, as the page does through its socket.
func (b *browser) sit(room string) {
	b.s.t.Helper()
	if _, err := b.s.house.Join(b.s.t.Context(), chat.Visitor{Identity: b.identity()}, chat.JoinRequest{Room: room, Conn: chat.NewID()}); err != nil {
		b.s.t.Fatal(err)
	}
}

// open opens a room with a JSON body and returns its id.
func (b *browser) open(body string) string {
	b.s.t.Helper()
	a := b.postJSON("/room", body)
	a.wants(b.s.t, 201)
	var reply struct {
		OK   bool
		Room struct {
			ID string `json:"_id"`
		}
		URL string
	}
	a.decode(b.s.t, &reply)
	if !reply.OK || reply.URL != "/room/"+reply.Room.ID || reply.Room.ID == "" {
		b.s.t.Fatalf("unexpected reply %s", a.body)
	}
	return reply.Room.ID
}

func (a answer) wants(t *testing.T, status int) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s = %d, want %d: %s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.body)
	}
}

func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}
