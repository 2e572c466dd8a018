package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/chat"
)

// odd are requests that nobody sends who means well.
var odd = []string{
	"GET /%00%0a%1b%5b31m HTTP/1.1", "GET /" + strings.Repeat("%EB%A7%88", 1000) + " HTTP/1.1", "GET /gif/..%2f..%2fsecret HTTP/1.1", "GET /gif/a%00b HTTP/1.1",
	"GET /room/" + strings.Repeat("x", 5000) + " HTTP/1.1", "GET /room/x/messages?before=-1&after=zz HTTP/1.1", "GET /room/%ff%fe HTTP/1.1",
	"POST /room HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{\"a\":", "POST /room HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
	"POST /room/x/chat HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n\x00\x01\x02",
	"POST /room/x/gif HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9\r\n\r\n--x\r\n\r\nxx",
	"POST /room HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", strings.Repeat("X", 20) + " / HTTP/1.1", "DELETE /room/x HTTP/1.1", "BREW /\n\n HTTP/1.1", "\x16\x03\x01\x02\x00",
	"GET http://evil.example/ HTTP/1.1", "GET / HTTP/9.9", "PRI * HTTP/2.0", "OPTIONS * HTTP/1.1",
	"GET /socket.io/?EIO=4&transport=polling&sid=" + strings.Repeat("s", 3000) + " HTTP/1.1", "POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nContent-Length: 2\r\n\r\n\xff\xff",
	"GET /socket.io/?EIO=99&transport=%0alevel=ERROR HTTP/1.1", "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: x",
	"GET / HTTP/1.1\r\nCookie: sid=" + strings.Repeat("A", 43) + "\r\nX-Request-Id: level=ERROR\r\nX-Forwarded-For: 203.0.113.9",
	"GET / HTTP/1.1\r\nAccept-Language: \x00\r\nUser-Agent: \x1b[31m", "GET / HTTP/1.1\r\n" + strings.Repeat("x", 20<<10) + ": y",
}

// frames are what no page sends.
var frames = []string{"", "4", "40/chat,{", "40/nowhere,", "42/chat,", `42/chat,["chat"`, `42/chat,["chat",{"room":7,"chat":[]}]`, `42/chat,0["join",null]`, "43/chat,1[]", "45-,[]", "6", "zz",
	`42/chat,["` + strings.Repeat("e", 60) + "\\n\x1b" + `"]`, `42/chat,["` + strings.Repeat("e", 5000) + `"]`, strings.Repeat("[", 10000), "\x00\xff"}

// Whatever is sent, the log has no error, no line of somebody else's making, no long one, and
// nothing of who somebody is. All of it is looked at, down to DEBUG.
func TestC11S10NobodyWritesTheLog(t *testing.T) {
	log := newOutput()
	limits := chat.Limits{HandshakesPerSecond: -1, SocketsPerAddress: -1, RequestsPerSecond: -1, Offences: -1, OffencesPerAddress: -1}
	m := &Main{Listen: "127.0.0.1:0", Data: t.TempDir(), Limits: limits, Log: newLogger(log, false, "json", slog.LevelDebug)}
	if err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	address := m.site.listener.Addr().String()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, Timeout: patience}
	for _, request := range odd {
		if !strings.Contains(request, "\r\n\r\n") {
			request = strings.Replace(request, " HTTP/1.1", " HTTP/1.1\r\nHost: localhost\r\nConnection: close", 1) + "\r\n\r\n"
		}
		c, err := from.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(patience))
		go io.WriteString(c, request)
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err == nil && a.StatusCode >= 500 && a.StatusCode != http.StatusHTTPVersionNotSupported {
			t.Errorf("%.100q = %d", request, a.StatusCode)
		}
		c.Close()
	}
	b := newBrowser(t, m.URL())
	b.openRoom(`{"title":"마당","password":"s3cret-pass"}`)
	for _, frame := range frames {
		c, _, err := websocket.Dial(t.Context(), "ws://"+address+"/socket.io/?EIO=4&transport=websocket", &websocket.DialOptions{HTTPClient: b.client,
			HTTPHeader: http.Header{"Origin": {m.URL()}, "X-Forwarded-For": {"203.0.113.9"}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"40/chat,", frame, frame, `42/chat,9["history",{"room":"x"}]`} {
			c.Write(t.Context(), websocket.MessageText, []byte(text)) // it may have been ended
		}
		c.CloseNow()
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(log.String()) {
		var is struct {
			Time       time.Time
			Level, Msg string
		}
		if strings.Contains(line, `"msg":"a proxy that isn't trusted`) {
			continue // its address is the one to be named
		}
		err := json.Unmarshal([]byte(line), &is)
		if err != nil || is.Time.IsZero() || is.Level == "ERROR" || is.Level == "WARN" || len(line) > 3000 {
			t.Errorf("%v: %.500s", err, line)
		}
		if found := secrets.FindString(line); found != "" {
			t.Errorf("S10: the log holds %q: %s", found, line)
		}
	}
	if n := strings.Count(log.String(), "\n"); n < len(odd) {
		t.Errorf("%d lines: %s", n, fmt.Sprint(log))
	}
}
