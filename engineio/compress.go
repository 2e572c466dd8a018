package engineio

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

// compressors are lent: a new one allocates 0.8 MB.
var compressors = map[string]*sync.Pool{
	"gzip":    {New: func() any { return gzip.NewWriter(nil) }},
	"deflate": {New: func() any { return zlib.NewWriter(nil) }},
}

// compress returns the body compressed, and sets the header that says so, when it is
// large enough and the client takes it.
func (s *Server) compress(h http.Header, r *http.Request, body []byte) []byte {
	if s.opts.DisableHTTPCompression || len(body) < s.opts.HTTPCompressionThreshold {
		return body
	}
	encoding := acceptedEncoding(r.Header.Values("Accept-Encoding"))
	compressors := compressors[encoding]
	if compressors == nil {
		return body
	}
	var out bytes.Buffer
	z := compressors.Get().(compressor)
	z.Reset(&out)
	z.Write(body)
	z.Close()
	compressors.Put(z)
	h.Set("Content-Encoding", encoding)
	h.Add("Vary", "Accept-Encoding")
	return out.Bytes()
}

// acceptedEncoding picks the one that the client prefers of gzip and deflate, gzip when it likes both alike.
func acceptedEncoding(headers []string) string {
	best, bestQuality := "", 0.0
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "*" {
			name = "gzip"
		}
		if name != "gzip" && name != "deflate" {
			continue
		}
		quality := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			quality, _ = strconv.ParseFloat(q, 64)
		}
		if quality > bestQuality || quality == bestQuality && quality > 0 && name == "gzip" {
			best, bestQuality = name, quality
		}
	}
	return best
}
