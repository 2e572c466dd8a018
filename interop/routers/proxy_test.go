package routers

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"
)

func proxyRows() []row {
	return []row{
		{name: "httputil: ReverseProxy", serve: func(t *testing.T, h http.Handler, j *journal) endpoint {
			return plain(t, proxy(t, plain(t, h, j)), j)
		}},
		{name: "httputil: ReverseProxy with HTTP/2 in front", serve: func(t *testing.T, h http.Handler, j *journal) endpoint {
			return secure(true)(t, proxy(t, plain(t, h, j)), j)
		}},
	}
}

// proxy passes requests on as they are.
func proxy(t *testing.T, to endpoint) http.Handler {
	target, err := url.Parse(to.url)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &httputil.ReverseProxy{
		// Its log tells of clients that leave.
		Transport: transport, ErrorLog: log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
		},
	}
}
