package socketio_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/madang-chat/madang/socketio"
)

// A zipper writes into a compressor, in the way that its fields say.
type zipper struct {
	http.ResponseWriter
	z         *gzip.Writer
	late      bool // Content-Encoding is set with the first byte
	regards   bool // leaves alone what is compressed already
	shortens  bool // removes Content-Length
	used, off bool
}

func (w *zipper) WriteHeader(status int) {
	w.begin()
	w.ResponseWriter.WriteHeader(status)
}

func (w *zipper) begin() {
	if w.used || w.off {
		return
	}
	if w.regards && w.Header().Get("Content-Encoding") != "" {
		w.off = true
		return
	}
	w.used = true
	if w.late {
		w.Header().Set("Content-Encoding", "gzip")
	}
	if w.shortens {
		w.Header().Del("Content-Length")
	}
}

func (w *zipper) Write(p []byte) (int, error) {
	w.begin()
	if w.off {
		return w.ResponseWriter.Write(p)
	}
	return w.z.Write(p)
}

// collected keeps the whole answer and compresses it in the end.
type collected struct {
	http.ResponseWriter
	body   bytes.Buffer
	status int
}

func (w *collected) WriteHeader(status int)      { w.status = status }
func (w *collected) Write(p []byte) (int, error) { return w.body.Write(p) }

// sealed has nothing to be looked at.
type sealed struct {
	header func() http.Header
	write  func([]byte) (int, error)
	status func(int)
}

func (w sealed) Header() http.Header         { return w.header() }
func (w sealed) Write(p []byte) (int, error) { return w.write(p) }
func (w sealed) WriteHeader(status int)      { w.status(status) }

func zipping(before map[string]string, z zipper, hidden bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				next.ServeHTTP(w, r)
				return
			}
			for name, value := range before {
				w.Header().Set(name, value)
			}
			z := z
			z.ResponseWriter, z.z = w, gzip.NewWriter(w)
			if hidden {
				next.ServeHTTP(sealed{z.Header, z.Write, z.WriteHeader}, r)
			} else {
				next.ServeHTTP(&z, r)
			}
			if z.used {
				z.z.Close()
			}
		})
	}
}

func collecting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &collected{ResponseWriter: w, status: 200}
		next.ServeHTTP(c, r)
		if c.body.Len() == 0 || r.Header.Get("Accept-Encoding") == "" {
			w.WriteHeader(c.status)
			w.Write(c.body.Bytes())
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Del("Content-Length")
		w.WriteHeader(c.status)
		z := gzip.NewWriter(w)
		z.Write(c.body.Bytes())
		z.Close()
	})
}

// What arrives behind a middleware that compresses is compressed once, whichever way it goes about
// it.
func TestMiddlewareThatCompresses(t *testing.T) {
	gzipFirst := map[string]string{"Content-Encoding": "gzip"}
	vary := map[string]string{"Vary": "Accept-Encoding"}
	js := "/*!\n * Socket.IO v4.8.3\n */" + strings.Repeat("xyz;", 2000)
	long := strings.Repeat("long ", 2000)
	for name, middleware := range map[string]func(http.Handler) http.Handler{
		"encoding first":                   zipping(gzipFirst, zipper{shortens: true}, false),
		"encoding first, length stays":     zipping(gzipFirst, zipper{}, false),
		"encoding first, closures":         zipping(gzipFirst, zipper{}, true),
		"encoding late":                    zipping(nil, zipper{late: true, shortens: true}, false),
		"encoding late, length stays":      zipping(nil, zipper{late: true}, false),
		"encoding late, Vary, closures":    zipping(vary, zipper{late: true, shortens: true}, true),
		"only what isn't encoded":          zipping(nil, zipper{late: true, regards: true, shortens: true}, false),
		"only what isn't encoded, hidden":  zipping(nil, zipper{late: true, regards: true, shortens: true}, true),
		"the whole in the end":             collecting,
		"the whole, under another wrapper": func(next http.Handler) http.Handler { return collecting(passing(next)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, socketio.Options{ClientFiles: fstest.MapFS{"socket.io.js": {Data: []byte(js)}}})
			h := httptest.NewServer(middleware(s))
			defer h.Close()
			s.Of("/").OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Emit("long", long) })
			at := h.URL + "/socket.io/"
			for _, accept := range []string{"gzip, deflate, br", "br", ""} {
				resp, body := get(t, at+"socket.io.js", "Accept-Encoding", accept)
				if body != js || len(resp.Header.Values("Content-Encoding")) > 1 || len(resp.Header.Values("Vary")) > 1 {
					t.Errorf("%q: %d bytes, %v", accept, len(body), resp.Header)
				}
				request, _ := http.NewRequest(http.MethodHead, at+"socket.io.js", nil)
				request.Header.Set("Accept-Encoding", accept)
				resp, err := direct.Do(request)
				if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Etag"), `"4.8.3`) {
					t.Fatalf("HEAD: %v %v", resp, err)
				}
				request.Method = http.MethodGet
				request.Header.Set("If-None-Match", resp.Header.Get("Etag"))
				resp, err = direct.Do(request)
				if err != nil || resp.StatusCode != http.StatusNotModified {
					t.Fatalf("If-None-Match: %v %v", resp, err)
				}
				rest, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if len(rest) > 0 {
					t.Errorf("304 with %d bytes", len(rest))
				}

				_, open := get(t, at+"?EIO=4&transport=polling", "Accept-Encoding", accept)
				_, id, _ := strings.Cut(open, `"sid":"`)
				id, _, _ = strings.Cut(id, `"`)
				session := at + "?EIO=4&transport=polling&sid=" + id
				request, _ = http.NewRequest(http.MethodPost, session, strings.NewReader("40"))
				request.Header.Set("Accept-Encoding", accept)
				if resp, err := direct.Do(request); err != nil || resp.StatusCode != 200 {
					t.Fatalf("POST: %v %v", resp, err)
				}
				var got string
				for range 3 {
					_, part := get(t, session, "Accept-Encoding", accept)
					if got += part; strings.Contains(got, long) {
						break
					}
				}
				if !strings.Contains(got, long) {
					t.Errorf("%q: the answer to a poll arrives as %.60q", accept, got)
				}
			}
		})
	}
}

func passing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
	})
}

func TestClientFilesWithoutCompression(t *testing.T) {
	js := strings.Repeat("x", 2000)
	s := start(t, socketio.Options{ClientFiles: fstest.MapFS{"socket.io.js": {Data: []byte(js)}}, DisableHTTPCompression: true})
	resp, body := get(t, s.url+"/socket.io/socket.io.js", "Accept-Encoding", "gzip, deflate, br")
	if body != js || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d bytes, %v", len(body), resp.Header)
	}
}
