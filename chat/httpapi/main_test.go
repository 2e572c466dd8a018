package httpapi_test

import (
	"bytes"
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
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// built is a page as the build makes it.
var built = fstest.MapFS{
	"index.html": {Data: []byte(`<!doctype html>
<html lang="ko" data-theme="auto">
<head><title>마당</title><!--data--><script type="module" src="/assets/page-1.js"></script></head>
<body><div id="app"></div></body></html>`)},
	"README.md":         {Data: []byte("not for visitors")},
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
	dir := t.TempDir()
	s := &site{t: t, media: filepath.Join(dir, "media"), log: &journal{}}
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "chat.db"), sqlite.Options{Durability: sqlite.Normal})
	if err != nil {
		t.Fatal(err)
	}
	files, err := media.Open(s.media)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.house, err = chat.Open(t.Context(), chat.Options{Store: store, Files: files, Logger: logger, Limits: limits})
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
	s.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug) // which has addresses
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

// journal collects the log.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// secrets are what tests take for passwords and texts, and what no line may hold of anybody: tokens,
// grants, addresses.
var secrets = regexp.MustCompile(`s3cret|pass word|안녕|봐요|[^\w-][\w-]{43}[^\w-]|(?:127\.0\.0|192\.0\.2|198\.51\.100|203\.0\.113)\.[1-9]\d*|2001:db8:[0-9a-f:]*[0-9a-f]\b`)

// check is for the end of a test: S10 is about all that was logged.
func (j *journal) check(t *testing.T) {
	for line := range strings.Lines(j.String()) {
		if found := secrets.FindString(line); found != "" {
			t.Errorf("S10: the log holds %q: %s", found, line)
		}
	}
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

// do sends a request; headers are "Name: value".
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

// failure is the form of all errors.
type failure struct {
	OK    bool `json:"ok"`
	Error struct {
		Code         string `json:"code"`
		Message      string `json:"message"`
		Retryable    bool   `json:"retryable"`
		RetryAfterMs int    `json:"retryAfterMs"`
		Field        string `json:"field"`
		Limit        string `json:"limit"`
		N            int    `json:"n"`
		Ref          string `json:"ref"`
	} `json:"error"`
}

// fails checks a JSON error.
func (a answer) fails(t *testing.T, status int, code chat.Code) failure {
	t.Helper()
	a.wants(t, status)
	var f failure
	a.decode(t, &f)
	if f.OK || f.Error.Code != string(code) || f.Error.Message == "" {
		t.Fatalf("got %s, want the error %s", a.body, code)
	}
	return f
}

// pageData is the data inside a page.
type pageData struct {
	View   string
	Lang   string
	Theme  string
	Me     struct{ ID, Name string }
	Words  map[string][][]string
	Limits map[string]any
	Rooms  []map[string]any
	Room   map[string]any
	Error  *struct {
		Code, Message, Ref, Limit string
		Status, N, RetryAfterMs   int
	}
}

var dataBlock = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)

func (a answer) data(t *testing.T) (d pageData) {
	t.Helper()
	m := dataBlock.FindAllStringSubmatch(a.body, -1)
	if len(m) != 1 {
		t.Fatalf("%d data blocks in %s", len(m), a.body)
	}
	if err := json.Unmarshal([]byte(m[0][1]), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// quoted is text as JSON.
func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}
