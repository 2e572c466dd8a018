package socketio_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// The rules of the transport count wherever a request came in.
func TestAnyServerRules(t *testing.T) {
	f := newFleet(t, 3, socketio.Options{}, overMemory())
	t.Run("a second poll ends the session", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(0)
		first, second := s.later(1, "GET", ""), s.later(2, "GET", "")
		if a, b := first(), second(); a.status+b.status != 200+400 || a.body+b.body != "1" {
			t.Errorf("two polls: %v, %v", a, b)
		}
		if a := s.do(1, "GET", ""); a.status != 400 || a.body != unknown {
			t.Errorf("a poll behind that: %v", a)
		}
	})
	t.Run("a second POST ends the session", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(1)
		body, unfinished := io.Pipe()
		defer unfinished.Close()
		done := make(chan error, 1)
		go func() {
			_, err := s.try(context.Background(), 1, "POST", body)
			done <- err
		}()
		unfinished.Write([]byte("4"))
		eventually(t, "an overlap", func() bool { return s.do(2, "POST", "40").status == 400 })
		if a := s.do(1, "GET", ""); a.body != unknown {
			t.Errorf("a poll behind that: %v", a)
		}
		unfinished.Close()
		<-done
	})
	t.Run("a poll that its client gives up ends the session", func(t *testing.T) {
		// A machine that is slower than the limit hasn't brought the poll to anybody by then.
		for limit := 50 * time.Millisecond; ; limit *= 10 {
			s := f.open(0, "EIO=4").join(1)
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			if _, err := s.try(ctx, 1, "GET", strings.NewReader("")); err == nil {
				t.Error("the poll was answered")
			}
			ended := false
			for end := time.Now().Add(20 * limit); !ended && time.Now().Before(end); {
				ended = s.do(2, "POST", "3").body == unknown
			}
			if ended {
				break
			}
			if limit > time.Second {
				t.Fatal("the session goes on")
			}
		}
	})
	t.Run("a body that breaks off ends the session", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(1)
		if _, err := s.try(t.Context(), 1, "POST", io.MultiReader(strings.NewReader("42"), iotest.ErrReader(errors.New("broken")))); err == nil {
			t.Error("half of a body was taken")
		}
		eventually(t, "the end", func() bool { return s.do(2, "POST", "3").body == unknown })
	})
	t.Run("a body that is too large", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(1)
		if a := s.do(1, "POST", "4"+strings.Repeat("x", 1_000_000)); a.status != 413 || !a.close {
			t.Errorf("%v, closed %t", a, a.close)
		}
		if a, err := s.try(t.Context(), 2, "POST", io.MultiReader(strings.NewReader("4"+strings.Repeat("x", 1_000_000)))); a.status != 413 && err == nil {
			t.Errorf("in chunks: %v", a)
		}
		if a := s.do(1, "POST", `420["echo",1]`); a.body != "ok" {
			t.Errorf("the next one: %v", a)
		}
	})
	t.Run("a megabyte each way", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(1)
		text := strings.Repeat("x", 900_000)
		s.do(1, "POST", `420["echo","`+text+`"]`)
		if a := s.do(2, "GET", ""); a.body != `430["`+text+`"]` {
			t.Errorf("%d bytes", len(a.body))
		}
	})
	t.Run("other requests", func(t *testing.T) {
		s := f.open(0, "EIO=4").join(1)
		if a := s.do(1, "PUT", "x"); a.status != 500 {
			t.Errorf("PUT: %v", a)
		}
		if a := (&session{fleet: f, query: "EIO=3", sid: s.sid}).do(1, "GET", ""); a.status != 400 || !strings.Contains(a.body, `"Bad request"`) {
			t.Errorf("another revision: %v", a)
		}
	})
	t.Run("ids of nobody", func(t *testing.T) {
		own := f.open(0, "EIO=4").sid
		for _, sid := range []string{"x", strings.Repeat("A", 20), own[:6] + strings.Repeat("A", 14), own + "A", own[:19], strings.Repeat("%00", 20), strings.Repeat("A", 9000)} {
			s := &session{fleet: f, query: "EIO=4", sid: sid}
			for server := range 2 {
				if a := s.do(server, "GET", ""); a.status != 400 || a.body != unknown {
					t.Errorf("id %.30q at %d: %v", sid, server, a)
				}
			}
		}
	})
	for _, s := range f.servers {
		if n := socketio.Tunnels(s); n > 0 {
			eventually(t, "no tunnels", func() bool { return socketio.Tunnels(s) == 0 })
		}
	}
}

func TestAnyServerOldClients(t *testing.T) {
	f := newFleet(t, 2, socketio.Options{AllowEIO3: true}, overMemory())
	s := f.open(0, "EIO=3")
	if a := s.do(1, "POST", `16:420["echo",true]`); a.body != "ok" {
		t.Fatal(a)
	}
	var got string
	eventually(t, "an answer", func() bool { got += s.do(1, "GET", "").body; return strings.Contains(got, `430[true]`) })
	conn := s.dial(1)
	s.write(conn, "5")
	s.write(conn, `421["echo",2]`)
	if got := s.read(conn); got != `431[2]` {
		t.Errorf("%q", got)
	}
	j := f.open(0, "EIO=3&j=0")
	if a := j.do(1, "POST", `d=16%3A420%5B%22echo%22%2Ctrue%5D`); a.status != 200 {
		t.Errorf("JSONP: %v", a)
	}
}

// The owner sees a request as the other server got it, whatever its client says.
func TestAnyServerAddress(t *testing.T) {
	var saw atomic.Value
	f := newFleet(t, 2, socketio.Options{
		ClientAddress: engineio.TrustProxies("127.0.0.1"),
		CORS:          &socketio.CORS{Origins: []string{"https://a.example"}},
		Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				saw.Store(fmt.Sprint(r.RemoteAddr, " ", r.Header.Get("X-Forwarded-For"), " ", r.Host, " ", r.Header.Values("Madang-Forwarded"), r.TLS != nil))
				w.Header().Add("X-Seen", r.Method)
				next.ServeHTTP(w, r)
			})
		}},
	}, overMemory())
	s := f.open(0, "EIO=4").join(1)
	conn, err := net.Dial("tcp", f.fronts[1].Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: chat.example\r\nOrigin: https://a.example\r\nX-Forwarded-For: 192.0.2.7\r\n"+
		"Madang-Forwarded: https 10.0.0.1:1\r\nConnection: Madang-Forwarded\r\nContent-Length: 13\r\n\r\n"+`420["echo",1]`, s.sid)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || len(resp.Header["X-Seen"]) != 1 || resp.Header.Get("Access-Control-Allow-Origin") != "https://a.example" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	want := conn.LocalAddr().String() + " 192.0.2.7 chat.example [] false"
	if got := saw.Load(); got != want {
		t.Errorf("the owner saw %q, want %q", got, want)
	}
	// A preflight is answered where it comes.
	saw.Store("")
	if a := s.do(1, "OPTIONS", ""); saw.Load() != "" {
		t.Errorf("a preflight: %v", a)
	}
}
