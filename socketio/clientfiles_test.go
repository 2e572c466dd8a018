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

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// direct follows no redirect and asks for no compression by itself.
var direct = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// get undoes gzip and deflate.
func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	resp, text := raw(t, http.MethodGet, url, header...)
	var body io.Reader = strings.NewReader(text)
	var err error
	switch resp.Header.Get("Content-Encoding") {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(plain)
}

func raw(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
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
	text, err := io.ReadAll(resp.Body)
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
	s := start(t, socketio.Options{ClientFiles: files, CORS: &engineio.CORS{}})
	at := s.url + "/socket.io/"
	for accept, encoding := range map[string]string{
		"": "", "gzip": "gzip", "gzip, deflate, br": "gzip", "deflate, GZIP": "gzip", "*": "gzip", "deflate": "",
		"gzip;q=0": "", "br;q=0, gzip;q=0.4": "gzip", "zstd, identity": "", "gzip;q=x": "", "identity, gzip;q=0.5": "",
	} {
		resp, body := get(t, at+"socket.io.js?v=1", "Accept-Encoding", accept)
		h := resp.Header
		if body != js || h.Get("Content-Type") != "application/javascript; charset=utf-8" || h.Get("Vary") != "Accept-Encoding" ||
			h.Get("Cache-Control") != "public, max-age=0" || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Error(accept, resp.Status, h, len(body))
		}
		if got := h.Get("Content-Encoding"); got != encoding {
			t.Errorf("%q became %q", accept, got)
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

// The siblings of a file are what clients get that take such, byte for byte.
func TestClientFilesThatLieThereCompressed(t *testing.T) {
	script := []byte("/*!\n * Socket.IO v4.8.3\n */")
	files := fstest.MapFS{
		"socket.io.js":            {Data: script},
		"socket.io.js.br":         {Data: []byte("brotli")},
		"socket.io.js.gz":         {Data: []byte("gzip")},
		"socket.io.js.map":        {Data: []byte("{}")},
		"socket.io.js.map.br":     {Data: []byte("brotli of the map")},
		"socket.io.min.js.br":     {Data: []byte("of nothing")},
		"socket.io.esm.min.js":    {Data: script},
		"socket.io.esm.min.js.br": {Mode: fs.ModeDir},
	}
	at := start(t, socketio.Options{ClientFiles: files}).url + "/socket.io/"
	for _, c := range []struct{ name, accept, encoding, body, etag string }{
		{"socket.io.js", "", "", string(script), `"4.8.3"`},
		{"socket.io.js", "gzip, deflate, br, zstd", "br", "brotli", `"4.8.3-br"`},
		{"socket.io.js", "gzip, deflate", "gzip", "gzip", `"4.8.3-gzip"`},
		{"socket.io.js", "br;q=0.5, gzip;q=0.6", "gzip", "gzip", `"4.8.3-gzip"`},
		{"socket.io.js", "*;q=0, br", "br", "brotli", `"4.8.3-br"`},
		{"socket.io.js", "identity;q=0", "", string(script), `"4.8.3"`},
		{"socket.io.js.map", "br", "br", "brotli of the map", `"4.8.3-br"`},
		{"socket.io.esm.min.js", "br", "", string(script), `"4.8.3"`},
	} {
		kind := "application/javascript; charset=utf-8"
		if strings.HasSuffix(c.name, ".map") {
			kind = "application/json; charset=utf-8"
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			resp, body := raw(t, method, at+c.name, "Accept-Encoding", c.accept)
			h := resp.Header
			if resp.StatusCode != 200 || h.Get("Content-Encoding") != c.encoding || h.Get("Etag") != c.etag ||
				h.Get("Content-Type") != kind || h.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s %s for %q: %s %v", method, c.name, c.accept, resp.Status, h)
			}
			if method == http.MethodGet && body != c.body || method == http.MethodHead && body != "" {
				t.Errorf("%s %s for %q: %q", method, c.name, c.accept, body)
			}
		}
	}
	for _, name := range []string{"socket.io.min.js", "socket.io.js.br", "socket.io.js.gz"} {
		if got := status(t, at+name); got < 400 {
			t.Error(name, got)
		}
	}

	// What the client has may be another form of the file than it takes.
	for tags, want := range map[string]int{
		`"4.8.3-br"`: 304, `W/"4.8.3-br"`: 304, `"4.8.2", "4.8.3-br"`: 304, "*": 304,
		`"4.8.3"`: 200, `"4.8.3-gzip"`: 200, `4.8.3-br`: 200, `"4.8.2-br"`: 200,
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			resp, body := raw(t, method, at+"socket.io.js", "Accept-Encoding", "br", "If-None-Match", tags)
			h := resp.Header
			if resp.StatusCode != want || h.Get("Etag") != `"4.8.3-br"` || h.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s if none matches %s: %s %v", method, tags, resp.Status, h)
			}
			if want == 304 && (body != "" || h.Get("Content-Encoding") != "") {
				t.Errorf("%s if none matches %s: %q as %q", method, tags, body, h.Get("Content-Encoding"))
			}
		}
	}
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
