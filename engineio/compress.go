package engineio

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"sync"

	"github.com/madang-chat/madang/internal/encoding"
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
	chosen := encoding.Choose(r.Header, "gzip", "deflate")
	compressors := compressors[chosen]
	if compressors == nil {
		return body
	}
	var out bytes.Buffer
	z := compressors.Get().(compressor)
	z.Reset(&out)
	z.Write(body)
	z.Close()
	compressors.Put(z)
	h.Set("Content-Encoding", chosen)
	h.Add("Vary", "Accept-Encoding")
	return out.Bytes()
}
