package siotest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
)

// upgrade hands a WebSocket request to a handler and returns the client's end of the connection,
// which is a pipe: no port, no kernel, and a write waits until the other side reads.
func upgrade(h http.Handler, target string, header http.Header) (net.Conn, *responseWriter) {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	// As in net/http the writer answers with the status, and whoever hijacks doesn't.
	r = r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, &http.Server{}))
	maps.Copy(r.Header, header.Clone())
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Sec-WebSocket-Version", "13")
	r.Header.Set("Sec-WebSocket-Key", "c2lvdGVzdCBzaW90ZXN0IQ==")
	client, server := net.Pipe()
	w := &responseWriter{header: make(http.Header), server: server}
	h.ServeHTTP(w, r)
	if !w.hijacked {
		client.Close()
		server.Close()
		if w.status == 0 {
			w.status = http.StatusOK
		}
	}
	return client, w
}

// A responseWriter keeps an answer, or gives its connection away. Only the goroutine of the request
// uses it.
type responseWriter struct {
	header   http.Header
	status   int
	body     bytes.Buffer
	server   net.Conn
	hijacked bool
}

func (w *responseWriter) Header() http.Header { return w.header }

func (w *responseWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *responseWriter) Write(p []byte) (int, error) {
	if w.hijacked {
		return 0, http.ErrHijacked
	}
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Hijack implements http.Hijacker.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.hijacked {
		return nil, nil, http.ErrHijacked
	}
	if w.status != 0 && w.status != http.StatusSwitchingProtocols {
		return nil, nil, errors.New("siotest: hijack after another answer")
	}
	w.hijacked = true
	return w.server, bufio.NewReadWriter(bufio.NewReader(w.server), bufio.NewWriter(w.server)), nil
}
