package engineio

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// compress returns the body compressed, and sets the header that says so, when it is
// large enough and the client takes it.
func (s *Server) compress(h http.Header, r *http.Request, body []byte) []byte {
	if s.opts.DisableHTTPCompression || len(body) < s.opts.HTTPCompressionThreshold {
		return body
	}
	encoding := acceptedEncoding(r.Header.Values("Accept-Encoding"))
	var (
		out bytes.Buffer
		z   io.WriteCloser
	)
	switch encoding {
	case "gzip":
		z = gzip.NewWriter(&out)
	case "deflate":
		z = zlib.NewWriter(&out)
	default:
		return body
	}
	z.Write(body)
	z.Close()
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
