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

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// Requests of a known session have another host and agent than its handshake, which may not show.
const (
	laterHost  = "later.test:1234"
	laterAgent = "Opera/9"
)

// A browser sends requests as browsers do, each on a connection of its own, and undoes no encoding
// on the way.
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
			// sends none, where deleting it would let the transport add its own
			r.Header[changes[i]] = nil
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
