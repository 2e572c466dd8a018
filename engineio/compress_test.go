package engineio_test

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

func TestHTTPCompression(t *testing.T) {
	// With its type each is 1023 and 1024 bytes.
	small, large := strings.Repeat("a", 1022), strings.Repeat("a", 1023)
	tests := []struct {
		name     string
		opts     engineio.Options
		text     string
		accept   string
		encoding string
	}{
		{"CO-01 gzip from 1024 bytes", engineio.Options{}, large, "gzip, deflate", "gzip"},
		{"CO-01 gzip whatever the order", engineio.Options{}, large, "br, deflate, gzip", "gzip"},
		{"CO-01 anything", engineio.Options{}, large, "*", "gzip"},
		{"CO-02 only deflate", engineio.Options{}, large, "deflate", "deflate"},
		{"CO-02 rather deflate", engineio.Options{}, large, "gzip;q=0.5, deflate;q=0.9", "deflate"},
		{"CO-02 no gzip", engineio.Options{}, large, "gzip;q=0, deflate", "deflate"},
		{"CO-03 below the threshold", engineio.Options{}, small, "gzip", ""},
		{"CO-03 nothing accepted", engineio.Options{}, large, "", ""},
		{"CO-03 only what we don't have", engineio.Options{}, large, "br, zstd", ""},
		{"CO-04 another threshold", engineio.Options{HTTPCompressionThreshold: 4}, "abc", "gzip", "gzip"},
		{"CO-04 another threshold, below it", engineio.Options{HTTPCompressionThreshold: 4}, "ab", "gzip", ""},
		{"CO-04 always", engineio.Options{HTTPCompressionThreshold: -1}, "", "gzip", "gzip"},
		{"CO-05 off", engineio.Options{DisableHTTPCompression: true}, large, "gzip", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, test.opts)
			p, s := r.poll()
			s.send(test.text)
			a := r.do("GET", p.query, "", "Accept-Encoding", test.accept)
			a.unpacked(t, test.encoding, "4"+test.text)
		})
	}
	t.Run("CO-06 one message without compression", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		p, s := r.poll()
		s.Send(engineio.Text(large), engineio.NoCompress)
		r.do("GET", p.query, "", "Accept-Encoding", "gzip").unpacked(t, "", "4"+large)
		s.Send(engineio.Text(large), engineio.NoCompress)
		s.send("x")
		r.do("GET", p.query, "", "Accept-Encoding", "gzip").unpacked(t, "gzip", "4"+large+"\x1e4x")
	})
}

// unpacked compares encoding and content.
func (a answer) unpacked(t *testing.T, encoding, want string) {
	t.Helper()
	if got := a.header.Get("Content-Encoding"); got != encoding || (a.header.Get("Vary") != "") != (encoding != "") {
		t.Fatalf("Content-Encoding %q, Vary %q, want %q", got, a.header.Get("Vary"), encoding)
	}
	var (
		in  io.Reader = strings.NewReader(a.body)
		err error
	)
	switch encoding {
	case "gzip":
		in, err = gzip.NewReader(in)
	case "deflate":
		in, err = zlib.NewReader(in)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(in); string(got) != want || err != nil {
		t.Fatalf("content %q, %v", head(string(got)), err)
	}
}
