package layer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// serve runs a handler for one request and returns when it has ended.
func serve(t *testing.T, handler http.HandlerFunc) {
	t.Helper()
	done := make(chan bool)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		handler(w, r)
	}))
	defer web.Close()
	if res, err := web.Client().Get(web.URL); err == nil {
		res.Body.Close()
	}
	<-done
}

type plain struct{ http.ResponseWriter }

// The names inside net/http that this package reads are still the same. When a new version of Go
// breaks this, behaviour falls back to trusting every wrapper to pass WriteHeader on at once.
func TestNamesOfNetHTTP(t *testing.T) {
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("A", "1")
		s := Of(plain{w})
		if len(s) != 2 {
			t.Errorf("%d writers", len(s))
		}
		if wrote, known := s.Wrote(); wrote || !known {
			t.Errorf("before: wrote %v, known %v", wrote, known)
		}
		if status := s.Status(); status != 0 {
			t.Errorf("before: status %d", status)
		}
		if h := s.Header(); !slices.Equal(h["A"], []string{"1"}) {
			t.Errorf("header %v", h)
		}
		w.WriteHeader(http.StatusSwitchingProtocols)
		if wrote, known := s.Wrote(); !wrote || !known {
			t.Errorf("after: wrote %v, known %v", wrote, known)
		}
		if status := s.Status(); status != http.StatusSwitchingProtocols {
			t.Errorf("status %d", status)
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		if wrote, known := Behind(rw).Wrote(); !wrote || !known {
			t.Errorf("behind: wrote %v, known %v", wrote, known)
		}
	})
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("A", "1")
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		s := Behind(rw)
		if wrote, known := s.Wrote(); wrote || !known || s.Header().Get("A") != "1" {
			t.Errorf("behind: wrote %v, known %v, %v", wrote, known, s.Header())
		}
	})
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !Of(plain{w}).Buffered() {
				t.Error("http.TimeoutHandler isn't known")
			}
		}), 1e12, "").ServeHTTP(w, r)
	})
}

func TestHolds(t *testing.T) {
	type named struct {
		http.ResponseWriter
		statusCode uint16
		size       int
	}
	type unnamed struct {
		http.ResponseWriter
		held int
	}
	type counts struct {
		http.ResponseWriter
		n int64
	}
	for _, test := range []struct {
		writer any
		holds  bool
	}{
		{named{statusCode: 101}, true},
		{&named{size: 101}, false},
		{unnamed{held: 101}, true},
		{&struct{ *unnamed }{&unnamed{held: 101}}, true},
		{struct{ w named }{named{statusCode: 101}}, true},
		{counts{n: 101}, false}, // a status is an int
		{unnamed{held: 200}, false},
		{0, false},
	} {
		if got := holds(reflect.ValueOf(test.writer), 101, 4); got != test.holds {
			t.Errorf("%+v holds it: %v", test.writer, got)
		}
	}
}

type (
	circle  struct{ http.ResponseWriter }
	panics  struct{ http.ResponseWriter }
	ring    struct{ next http.ResponseWriter }
	strange struct {
		http.ResponseWriter
		M map[string]any
		F func()
		C chan int
		N *int
	}
)

func (c circle) Unwrap() http.ResponseWriter { return c }
func (panics) Unwrap() http.ResponseWriter   { panic("no") }
func (*ring) Header() http.Header            { return nil }
func (*ring) Write([]byte) (int, error)      { return 0, nil }
func (*ring) WriteHeader(int)                {}

func TestWritersThatAreNone(t *testing.T) {
	r := &ring{}
	r.next = r
	for _, w := range []http.ResponseWriter{
		nil, (*ring)(nil), r, circle{}, panics{}, plain{}, &plain{}, (*plain)(nil), &strange{}, httptest.NewRecorder(), plain{(*ring)(nil)},
	} {
		s := Of(w)
		if _, known := s.Wrote(); known || s.Buffered() || len(s.Header()) != 0 {
			t.Errorf("%T is known", w)
		}
		s.Push(101)
		Encodes(w, asking)
	}
	for _, rw := range []*bufio.ReadWriter{
		nil, {}, bufio.NewReadWriter(bufio.NewReader(strings.NewReader("")), bufio.NewWriter(io.Discard)), {Reader: bufio.NewReader(nil)},
	} {
		if _, known := Behind(rw).Wrote(); known {
			t.Error("a foreign buffer is known")
		}
	}
}

type (
	zips struct {
		http.ResponseWriter
		Z *gzip.Writer
	}
	streams struct {
		io.Writer
		http.ResponseWriter
	}
	keeps struct {
		http.ResponseWriter
		All bytes.Buffer
	}
	bare   struct{}
	counts struct {
		http.ResponseWriter
		N int
	}
)

var (
	asking = &http.Request{Header: http.Header{"Accept-Encoding": {"gzip"}}}
	silent = &http.Request{Header: http.Header{}}
)

func TestEncodes(t *testing.T) {
	w := httptest.NewRecorder()
	for header, want := range map[string]bool{"Content-Encoding: gzip": true, "Vary: Origin, accept-encoding": true, "Vary: Origin": false} {
		w := httptest.NewRecorder()
		name, value, _ := strings.Cut(header, ": ")
		w.Header().Set(name, value)
		if Encodes(w, silent) != want {
			t.Errorf("%s: %v", header, !want)
		}
	}
	if Encodes(&zips{ResponseWriter: w}, silent) {
		t.Error("nobody has asked for compression")
	}
	for want, writers := range map[bool][]http.ResponseWriter{
		true: {
			zips{ResponseWriter: w}, &zips{ResponseWriter: w}, streams{gzip.NewWriter(w), w}, &keeps{ResponseWriter: w},
			plain{&counts{zips{ResponseWriter: w}, 1}}, plain{&keeps{ResponseWriter: w}},
		},
		false: {plain{&bare{}}, streams{io.Discard, &bare{}}, &counts{ResponseWriter: &bare{}}, nil},
	} {
		for _, w := range writers {
			if Encodes(w, asking) != want {
				t.Errorf("%T: %v", w, !want)
			}
		}
	}
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		if Encodes(w, asking) || Encodes(plain{w}, asking) {
			t.Error("net/http's own writer")
		}
		if Encodes(streams{w, w}, asking) {
			t.Error("a writer that passes on")
		}
	})
}

func (s streams) Write(p []byte) (int, error) { return s.Writer.Write(p) }

func (*bare) Header() http.Header         { return http.Header{} }
func (*bare) Write(p []byte) (int, error) { return len(p), nil }
func (*bare) WriteHeader(int)             {}
