package routers

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// Requests of a known session have another host and agent than its handshake, which may not show.
const (
	laterHost  = "later.test:1234"
	laterAgent = "Opera/9"
)

// A browser sends requests as browsers do, each on a connection of its own, and undoes no encoding on the way.
type browser struct {
	endpoint
	path string
}

// header is what every request carries besides Host.
func (b *browser) header() http.Header {
	return http.Header{
		"Accept":          {"*/*"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"ko-KR,ko;q=0.9,en;q=0.8"},
		"Cookie":          {"theme=dark; visit=none"},
		"Origin":          {b.url},
		"Sec-Fetch-Dest":  {"empty"},
		"Sec-Fetch-Mode":  {"cors"},
		"Sec-Fetch-Site":  {"same-origin"},
		"User-Agent":      {userAgent},
	}
}

// An answer has its body twice: as it came, and with its encoding undone.
type answer struct {
	status int
	header http.Header
	raw    []byte
	body   string
}

// do sends a request and reads the answer. Changes replace headers; an empty value removes one.
func (b *browser) do(ctx context.Context, method, target, body string, changes ...string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, b.url+target, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header = b.header()
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	if strings.Contains(target, "&sid=") {
		r.Host = laterHost
		r.Header.Set("User-Agent", laterAgent)
	}
	for i := 0; i < len(changes); i += 2 {
		r.Header.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			r.Header[changes[i]] = nil // sends none, where deleting it would let the transport add its own
		}
	}
	trip := b.trip
	if b.h2 != nil {
		trip = b.h2.RoundTrip
	}
	response, err := trip(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	if a.raw, err = io.ReadAll(response.Body); err != nil {
		return a, fmt.Errorf("read the answer: %w", err)
	}
	if method == http.MethodHead || a.status == http.StatusNotModified {
		return a, nil
	}
	plain, err := undo(strings.Join(response.Header.Values("Content-Encoding"), ", "), a.raw)
	if err != nil {
		return a, err
	}
	a.body = string(plain)
	return a, nil
}

// trip is a round trip over HTTP/1.1. The connection ends with the body or the context.
func (b *browser) trip(r *http.Request) (*http.Response, error) {
	conn, err := b.dial(r.Context())
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(r.Context(), func() { conn.Close() })
	r.Header.Set("Connection", "keep-alive")
	if err := r.Write(conn); err != nil {
		conn.Close()
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		conn.Close()
		return nil, err
	}
	response.Body = &body{response.Body, conn, stop}
	return response, nil
}

type body struct {
	io.ReadCloser
	conn net.Conn
	stop func() bool
}

func (b *body) Close() error {
	b.stop()
	return b.conn.Close()
}

// undo reverses a Content-Encoding.
func undo(encoding string, data []byte) ([]byte, error) {
	var r io.Reader
	var err error
	switch in := bytes.NewReader(data); encoding {
	case "":
		return data, nil
	case "gzip":
		r, err = gzip.NewReader(in)
	case "deflate":
		// Browsers take it with and without the frame of zlib.
		if r, err = zlib.NewReader(in); err != nil {
			r, err = flate.NewReader(bytes.NewReader(data)), nil
		}
	case "br":
		r = brotli.NewReader(in)
	case "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1)); err == nil {
			defer d.Close()
		}
		r = d
	default:
		return nil, fmt.Errorf("the answer has the Content-Encoding %q", encoding)
	}
	if err != nil {
		return nil, fmt.Errorf("undo %s of %.20q: %w", encoding, data, err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("undo %s of %.20q: %w", encoding, data, err)
	}
	return plain, nil
}

// get is do for a test that can't go on without the answer.
func (b *browser) get(t *testing.T, target string, changes ...string) answer {
	t.Helper()
	return b.send(t, http.MethodGet, target, "", changes...)
}

func (b *browser) send(t *testing.T, method, target, body string, changes ...string) answer {
	t.Helper()
	a, err := b.do(t.Context(), method, target, body, changes...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return a
}

// dial opens a connection for HTTP/1.1.
func (e *endpoint) dial(ctx context.Context) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: patience}
	if e.tls == nil {
		return dialer.DialContext(ctx, e.network, e.address)
	}
	config := e.tls.Clone()
	config.NextProtos = []string{"http/1.1"}
	return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, e.network, e.address)
}

// A pollSession is a session of the browser on polling: like the real client it always has a request waiting.
type pollSession struct {
	b      *browser
	target string // with the id of the session
	opened answer
	id     string // of the socket

	packets chan string
	stop    context.CancelFunc
	over    chan struct{}

	// Written by the polling goroutine; read when a packet has come or it is over.
	polls     int
	encodings []string // of the last answer
	err       error
}

func (b *browser) open(t *testing.T) *pollSession {
	t.Helper()
	s := &pollSession{b: b, packets: make(chan string, 100), over: make(chan struct{})}
	s.opened = b.get(t, b.path+"?EIO=4&transport=polling&t=a1")
	if s.opened.status != http.StatusOK || !strings.HasPrefix(s.opened.body, `0{"sid":"`) {
		t.Fatalf("handshake: status %d, %q", s.opened.status, s.opened.body)
	}
	sid, _, _ := strings.Cut(strings.TrimPrefix(s.opened.body, `0{"sid":"`), `"`)
	s.target = b.path + "?EIO=4&transport=polling&t=a2&sid=" + sid
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.post(t, "40")
	go s.poll(ctx)
	t.Cleanup(s.leave)
	s.id = joined(t, s.expect(t, "40{"))
	return s
}

// joined is the id in the answer to CONNECT.
func joined(t *testing.T, packet string) string {
	t.Helper()
	id, ok := strings.CutPrefix(packet, `40{"sid":"`)
	if !ok {
		t.Fatalf("joined with %q", packet)
	}
	id, _, _ = strings.Cut(id, `"`)
	return id
}

func (s *pollSession) poll(ctx context.Context) {
	defer close(s.over)
	defer close(s.packets)
	for {
		a, err := s.b.do(ctx, http.MethodGet, s.target, "")
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", a.status, a.body)
		}
		if err != nil {
			s.err = err
			return
		}
		s.polls++
		s.encodings = a.header.Values("Content-Encoding")
		for packet := range strings.SplitSeq(a.body, "\x1e") {
			switch packet {
			case "6": // noop: what a server says that has to answer and has nothing to say
			case "2":
				if _, err := s.b.do(ctx, http.MethodPost, s.target, "3"); err != nil {
					s.err = err
					return
				}
			default:
				select {
				case s.packets <- packet:
				case <-ctx.Done():
					return
				}
			}
		}
	}
}

// leave drops the waiting request, as a closed tab does.
func (s *pollSession) leave() {
	s.stop()
	for range s.packets {
	}
	<-s.over
}

func (s *pollSession) post(t *testing.T, packet string) {
	t.Helper()
	if a := s.b.send(t, http.MethodPost, s.target, packet); a.status != http.StatusOK || a.body != "ok" {
		t.Fatalf("POST: status %d, %q", a.status, a.body)
	}
}

// expect waits for a packet that begins so.
func (s *pollSession) expect(t *testing.T, prefix string) string {
	t.Helper()
	select {
	case packet, ok := <-s.packets:
		if !ok {
			t.Fatalf("no packet %q: %v", prefix, s.err)
		}
		if !strings.HasPrefix(packet, prefix) {
			t.Fatalf("packet %.80q, want %q", packet, prefix)
		}
		return packet
	case <-time.After(2 * patience):
		t.Fatalf("no packet %q", prefix)
	}
	return ""
}
