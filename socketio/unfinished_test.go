package socketio_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

func rawDial(t *testing.T, s *server, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

// A client file asked for with a body that never ends arrives, and the connection ends with it.
func TestClientFileDoesNotWaitForABody(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{"file": {"socket.io.js": {Data: []byte("client")}}, "redirect": nil} {
		o := socketio.Options{}
		status := http.StatusFound
		if files != nil {
			o.ClientFiles, status = files, http.StatusOK
		}
		s := start(t, o)
		conn := rawDial(t, s, "GET /socket.io/socket.io.js HTTP/1.1\r\nHost: madang.test\r\nContent-Length: 1000\r\n\r\nx")
		in := bufio.NewReader(conn)
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.StatusCode != status || !resp.Close {
			t.Fatal(name, resp, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Error(name, err)
		}
		if _, err := in.ReadByte(); err != io.EOF {
			t.Errorf("%s: after the answer: %v, want the end", name, err)
		}
	}
}

// A client that asks for a file and doesn't read it is let go.
func TestClientFileThatNobodyReads(t *testing.T) {
	done := make(chan struct{})
	s := start(t, socketio.Options{
		BodyTimeout: 100 * time.Millisecond,
		// more than a kernel holds
		ClientFiles: fstest.MapFS{"socket.io.js": {Data: make([]byte, 64<<20)}},
	})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	rawDial(t, &server{Server: s.Server, url: h.URL}, "GET /socket.io/socket.io.js HTTP/1.1\r\nHost: madang.test\r\n\r\n")
	receive(t, done)
}
