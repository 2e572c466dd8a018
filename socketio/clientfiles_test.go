package socketio_test

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"

	"github.com/madang-chat/madang/socketio"
)

// direct follows no redirect and asks for no compression by itself.
var direct = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := direct.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body io.Reader = resp.Body
	switch resp.Header.Get("Content-Encoding") {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	case "br":
		body = brotli.NewReader(body)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func status(t *testing.T, url string) int {
	t.Helper()
	resp, _ := get(t, url)
	return resp.StatusCode
}

func TestClientFiles(t *testing.T) {
	js := "/*!\n * Socket.IO v4.8.3\n */" + strings.Repeat("x", 2000)
	files := fstest.MapFS{
		"socket.io.js":     {Data: []byte(js)},
		"socket.io.js.map": {Data: []byte(`{"version":3}`)},
		"secret.txt":       {Data: []byte("secret")},
	}
	s := start(t, socketio.Options{ClientFiles: files, CORS: &socketio.CORS{}})
	at := s.url + "/socket.io/"
	for accept, encoding := range map[string]string{
		"": "", "gzip": "gzip", "deflate": "deflate", "gzip, deflate, br": "br", "deflate, GZIP": "gzip",
		"br;q=0, gzip;q=0.4, deflate; q=0.5": "deflate", "zstd, identity": "", "br;q=x": "",
	} {
		resp, body := get(t, at+"socket.io.js?v=1", "Accept-Encoding", accept)
		h := resp.Header
		if body != js || h.Get("Content-Type") != "application/javascript; charset=utf-8" || h.Get("Etag") != `"4.8.3"` ||
			h.Get("Cache-Control") != "public, max-age=0" || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Error(accept, resp.Status, h, len(body))
		}
		if got := h.Get("Content-Encoding"); got != encoding {
			t.Errorf("%q became %q", accept, got)
		}
	}
	for _, tag := range []string{`"4.8.3"`, `W/"4.8.3"`} {
		if resp, _ := get(t, at+"socket.io.js", "If-None-Match", tag); resp.StatusCode != http.StatusNotModified {
			t.Error(tag, resp.Status)
		}
	}
	if resp, body := get(t, at+"socket.io.js.map"); body != `{"version":3}` || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Error(resp.Header, body)
	}
	for path, want := range map[string]int{"socket.io.min.js": 404, "secret.txt": 400, "other.js": 400} {
		if got := status(t, at+path); got != want {
			t.Error(path, got)
		}
	}
	t.Run("from the CDN", func(t *testing.T) {
		s := start(t, socketio.Options{})
		for _, name := range []string{"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js.map"} {
			resp, _ := get(t, s.url+"/socket.io/"+name)
			if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusFound || got != "https://cdn.socket.io/4.8.4/"+name {
				t.Error(resp.Status, got)
			}
		}
	})
	t.Run("off", func(t *testing.T) {
		s := start(t, socketio.Options{NoClient: true})
		if got := status(t, s.url+"/socket.io/socket.io.js"); got != 400 {
			t.Error(got)
		}
	})
}

func TestPath(t *testing.T) {
	s := socketio.New(socketio.Options{Path: "/live"})
	t.Cleanup(func() { s.Close() })
	if s.Path() != "/live/" {
		t.Error(s.Path())
	}
}

// A quiet client costs the library little more than this; rooms, acks and contexts come later.
func TestQuietSize(t *testing.T) {
	if n := socketio.QuietSize(); n > 600 {
		t.Errorf("%d bytes", n)
	}
}

// waitingFS reads socket.io.js only when another file was asked for.
type waitingFS struct {
	fs.FS
	asked, other chan struct{}
}

func (w waitingFS) Open(name string) (fs.File, error) {
	if name == "socket.io.js" {
		close(w.asked)
		<-w.other
	} else {
		close(w.other)
	}
	return w.FS.Open(name)
}

func TestClientFileThatIsReadSlowlyHoldsUpNoOther(t *testing.T) {
	data := &fstest.MapFile{Data: []byte("x")}
	files := waitingFS{fstest.MapFS{"socket.io.js": data, "socket.io.min.js": data}, make(chan struct{}), make(chan struct{})}
	s := start(t, socketio.Options{ClientFiles: files})
	got := make(chan int, 2)
	go func() { got <- status(t, s.url+"/socket.io/socket.io.js") }()
	receive(t, files.asked)
	go func() { got <- status(t, s.url+"/socket.io/socket.io.min.js") }()
	for range 2 {
		if code := receive(t, got); code != 200 {
			t.Error(code)
		}
	}
}
