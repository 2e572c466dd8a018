package interop

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// settle lets a request reach its handler before the next one follows on another connection;
// nothing on the wire tells when it has.
const settle = 200 * time.Millisecond

const base = "/socket.io/?EIO=4&transport=polling"

// request sends one HTTP request over a connection of its own.
func request(t *testing.T, srv *server, method, target, contentType, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, srv.url()+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// poll opens a polling session in the main namespace and returns the address of its requests.
func poll(t *testing.T, srv *server) string {
	t.Helper()
	_, open := request(t, srv, "GET", base, "", "")
	_, rest, _ := strings.Cut(open, `"sid":"`)
	sid, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("handshake: %q", open)
	}
	target := base + "&sid=" + sid
	if _, got := request(t, srv, "POST", target, "text/plain", "40"); got != "ok" {
		t.Fatalf("CONNECT: %q", got)
	}
	for got := ""; !strings.Contains(got, "welcome"); {
		_, more := request(t, srv, "GET", target, "", "")
		got += more
	}
	return target
}

// gone reads until the session is unknown. A session that the server closes tells so in the
// answer of one more GET.
func gone(t *testing.T, srv *server, target string) {
	t.Helper()
	for range 10 {
		if status, _ := request(t, srv, "GET", target, "", ""); status == 400 {
			return
		}
	}
	t.Fatal("the session is still there")
}

// works shows that a polling session goes on.
func works(t *testing.T, srv *server, target string) {
	t.Helper()
	if status, got := request(t, srv, "POST", target, "text/plain", `425["ack",1]`); got != "ok" {
		t.Fatalf("POST: %d %q", status, got)
	}
	for got := ""; !strings.Contains(got, "435[1]"); {
		status, more := request(t, srv, "GET", target, "", "")
		if status != 200 {
			t.Fatalf("GET: %d %q", status, more)
		}
		got += more
	}
}

func failure(code int, message string) string {
	return fmt.Sprintf(`{"code":%d,"message":%q}`, code, message)
}

func TestRefusedRequests(t *testing.T) {
	tests := []struct {
		name, method, target string
		status               int
		body                 string
	}{
		{"no transport", "GET", "/socket.io/?EIO=4", 400, failure(0, "Transport unknown")},
		{"no query", "GET", "/socket.io/", 400, failure(0, "Transport unknown")},
		{"transport __proto__", "GET", "/socket.io/?EIO=4&transport=__proto__", 400, failure(0, "Transport unknown")},
		{"transport constructor", "GET", "/socket.io/?EIO=4&transport=constructor", 400, failure(0, "Transport unknown")},
		{"webtransport", "GET", "/socket.io/?EIO=4&transport=webtransport", 400, failure(0, "Transport unknown")},
		{"unknown sid", "GET", base + "&sid=AAAAAAAAAAAAAAAAAAAA", 400, failure(1, "Session ID unknown")},
		{"sid __proto__", "GET", base + "&sid=__proto__", 400, failure(1, "Session ID unknown")},
		{"sid of 4 KB", "POST", base + "&sid=" + strings.Repeat("x", 4096), 400, failure(1, "Session ID unknown")},
		{"sid with bytes", "GET", base + "&sid=%00%ff%0d%0a", 400, failure(1, "Session ID unknown")},
		{"handshake by POST", "POST", base, 400, failure(2, "Bad handshake method")},
		{"handshake by DELETE", "DELETE", base, 400, failure(2, "Bad handshake method")},
		{"handshake by OPTIONS", "OPTIONS", base, 400, failure(2, "Bad handshake method")},
		{"websocket without upgrade", "GET", "/socket.io/?EIO=4&transport=websocket", 400, failure(3, "Bad request")},
		{"no revision", "GET", "/socket.io/?transport=polling", 400, failure(5, "Unsupported protocol version")},
		{"revision 3", "GET", "/socket.io/?EIO=3&transport=polling", 400, failure(5, "Unsupported protocol version")},
		{"revision abc", "GET", "/socket.io/?EIO=abc&transport=polling", 400, failure(5, "Unsupported protocol version")},
		{"another path", "GET", "/socket.i/", 404, ""},
	}
	srv := start(t, "0", "ALLOW_EIO3=0")
	witness := dial(t, srv).join()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := request(t, srv, test.method, test.target, "", "")
			if status != test.status || test.body != "" && body != test.body {
				t.Errorf("got %d %.200q, want %d %q", status, body, test.status, test.body)
			}
			witness.alive(t)
		})
	}
}

// TestMalformedPolling spoils a polling session and looks at what is left of it.
func TestMalformedPolling(t *testing.T) {
	long := strings.Repeat("x", 1_000_001)
	tests := []struct {
		name, method, contentType, body string
		status                          int // 0: any
		ends                            bool
	}{
		{"unknown packet", "POST", "text/plain", "9", 0, true},
		{"no packet type", "POST", "text/plain", "hello", 0, true},
		{"good and bad packets", "POST", "text/plain", "42[\"echo\",1]\x1e9", 0, true},
		{"ping from the client", "POST", "text/plain", "2", 0, true},
		{"payload of revision 3", "POST", "text/plain", `11:42["echo"]`, 0, true},
		{"bad JSON", "POST", "text/plain", `42["echo"`, 0, true},
		{"binary without header", "POST", "text/plain", "bAQID", 0, true},
		{"octets", "POST", "application/octet-stream", "\x00\x01\xff4", 400, true},
		{"body over the limit", "POST", "text/plain", "4" + long, 413, false},
		{"PUT", "PUT", "text/plain", "42[\"echo\"]", 500, false},
		{"DELETE", "DELETE", "", "", 500, false},
	}
	srv := start(t, "0", "ALLOW_EIO3=0")
	witness := dial(t, srv).join()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target := poll(t, srv)
			status, body := request(t, srv, test.method, target, test.contentType, test.body)
			if test.status != 0 && status != test.status {
				t.Errorf("got %d %q, want %d", status, body, test.status)
			}
			if test.ends {
				gone(t, srv, target)
			} else {
				works(t, srv, target)
			}
			witness.alive(t)
		})
	}
	t.Run("another revision", func(t *testing.T) {
		target := poll(t, srv)
		if status, _ := request(t, srv, "GET", strings.Replace(target, "EIO=4", "EIO=3", 1), "", ""); status != 400 {
			t.Errorf("got %d, want 400", status)
		}
		works(t, srv, target)
	})
}

// raw sends bytes as they are and hands over the connection.
func raw(t *testing.T, srv *server, data string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+srv.port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, data) // an answer may come before the end of it
	return conn
}

// statusLine reads the status of an answer; 0 stands for a connection that ended without one.
func statusLine(t *testing.T, conn net.Conn) int {
	t.Helper()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Fatal("neither an answer nor an end of the connection")
	}
	status := 0
	fmt.Sscanf(line, "HTTP/1.1 %d", &status)
	return status
}

const upgradeHeader = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

func TestMalformedHTTP(t *testing.T) {
	const direct = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
	tests := []struct {
		name, data string
		want       []int
	}{
		{"bytes", "\x00\x01\x02\xff\r\n\r\n", []int{400, 0}},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400, 0}},
		{"no version", "GET /socket.io/\r\n\r\n", []int{400, 0}},
		{"bad header", "GET " + base + " HTTP/1.1\r\nHost: x\r\nb ad\r\n\r\n", []int{400}},
		{"bad length", "POST " + base + " HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", []int{400}},
		{"two lengths", "POST " + base + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", []int{400}},
		{"header of 2 MB", "GET " + base + " HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", []int{400, 431, 0}},
		{"upgrade without key", direct + strings.ReplaceAll(upgradeHeader, "Sec-WebSocket-Key", "X-Key") + "\r\n", []int{400}},
		{"upgrade with a short key", direct + strings.ReplaceAll(upgradeHeader, "dGhlIHNhbXBsZSBub25jZQ==", "abc=") + "\r\n", []int{400}},
		{"upgrade with version 7", direct + strings.ReplaceAll(upgradeHeader, "13", "7") + "\r\n", []int{400, 426}},
		{"upgrade by POST", strings.Replace(direct, "GET", "POST", 1) + upgradeHeader + "\r\n", []int{400, 405}},
		{"upgrade of an unknown session", "GET /socket.io/?EIO=4&transport=websocket&sid=nobody HTTP/1.1\r\n" + upgradeHeader + "\r\n", []int{400}},
		{"upgrade of an unknown transport", "GET /socket.io/?EIO=4&transport=tcp HTTP/1.1\r\n" + upgradeHeader + "\r\n", []int{400}},
		// Some servers upgrade first and close then.
		{"upgrade with revision 9", "GET /socket.io/?EIO=9&transport=websocket HTTP/1.1\r\n" + upgradeHeader + "\r\n", []int{400, 101}},
		{"upgrade elsewhere", "GET /other HTTP/1.1\r\n" + upgradeHeader + "\r\n", []int{400, 404, 0}},
		{"bytes behind the upgrade", direct + upgradeHeader + "\r\n" + "\xff\x00garbage" + strings.Repeat("g", 5000), []int{101, 400, 0}},
		{"bytes behind a refused upgrade", "GET /socket.io/?EIO=4&transport=websocket&sid=nobody HTTP/1.1\r\n" + upgradeHeader + "\r\n" + strings.Repeat("g", 5000), []int{400, 0}},
	}
	srv := start(t, "0", "ALLOW_EIO3=0")
	witness := dial(t, srv).join()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := statusLine(t, raw(t, srv, test.data))
			if !slices.Contains(test.want, got) {
				t.Errorf("got status %d, want one of %v", got, test.want)
			}
			witness.alive(t)
		})
	}
}

// TestHalfRequests leaves requests unfinished and connections dropped, on open sessions.
func TestHalfRequests(t *testing.T) {
	srv := start(t, "0", "ALLOW_EIO3=0")
	witness := dial(t, srv).join()
	const host = " HTTP/1.1\r\nHost: x\r\n"

	t.Run("request line", func(t *testing.T) {
		for range 20 {
			raw(t, srv, "GET /socket.io/?EIO=4&trans").Close()
		}
		witness.alive(t)
	})
	t.Run("body", func(t *testing.T) {
		target := poll(t, srv)
		raw(t, srv, "POST "+target+host+"Content-Length: 1000\r\n\r\n42[\"ec").Close()
		gone(t, srv, target)
		witness.alive(t)
	})
	t.Run("announced body over the limit", func(t *testing.T) {
		target := poll(t, srv)
		conn := raw(t, srv, "POST "+target+host+"Content-Length: 900000000000\r\n\r\n4")
		io.WriteString(conn, strings.Repeat("x", 1_100_000))
		if got := statusLine(t, conn); got != 413 && got != 0 {
			t.Errorf("got status %d, want 413", got)
		}
		witness.alive(t)
	})
	t.Run("chunked body over the limit", func(t *testing.T) {
		target := poll(t, srv)
		conn := raw(t, srv, "POST "+target+host+"Transfer-Encoding: chunked\r\n\r\n100001\r\n"+strings.Repeat("x", 0x100001))
		if got := statusLine(t, conn); got != 413 && got != 0 {
			t.Errorf("got status %d, want 413", got)
		}
		witness.alive(t)
	})
	t.Run("poll", func(t *testing.T) {
		target := poll(t, srv)
		conn := raw(t, srv, "GET "+target+host+"\r\n")
		time.Sleep(settle)
		conn.Close()
		gone(t, srv, target)
		witness.alive(t)
	})
	t.Run("second poll", func(t *testing.T) {
		target := poll(t, srv)
		first := raw(t, srv, "GET "+target+host+"\r\n")
		second := raw(t, srv, "GET "+target+host+"\r\n")
		if a, b := statusLine(t, first), statusLine(t, second); min(a, b) != 200 || max(a, b) != 400 {
			t.Errorf("got status %d and %d, want 200 and 400", a, b)
		}
		gone(t, srv, target)
		witness.alive(t)
	})
	t.Run("second POST", func(t *testing.T) {
		target := poll(t, srv)
		head := "POST " + target + host + "Content-Length: 1000\r\n\r\n42"
		raw(t, srv, head)
		time.Sleep(settle)
		if got := statusLine(t, raw(t, srv, head)); got != 400 {
			t.Errorf("got status %d, want 400", got)
		}
		gone(t, srv, target)
		witness.alive(t)
	})
	t.Run("probe", func(t *testing.T) {
		target := poll(t, srv)
		upgrade := "GET " + strings.Replace(target, "polling", "websocket", 1) + " HTTP/1.1\r\n" + upgradeHeader + "\r\n"
		// A masked text frame "42[]" with a mask of zeros, where "2probe" belongs.
		conn := raw(t, srv, upgrade+"\x81\x84\x00\x00\x00\x0042[]")
		if got := statusLine(t, conn); got != 101 {
			t.Fatalf("got status %d, want 101", got)
		}
		io.Copy(io.Discard, conn) // ends when the server closes it
		works(t, srv, target)
		witness.alive(t)
	})
}

// TestMalformedFrames breaks the rules of RFC 6455 and reads the code of the closing frame.
func TestMalformedFrames(t *testing.T) {
	const mask = "\x00\x00\x00\x00"
	tests := []struct {
		name, data string
		code       int
	}{
		{"unmasked", "\x81\x024x", 1002},
		{"reserved bit 1", "\xc1\x82" + mask + "4x", 1002},
		{"reserved bit 3", "\x91\x82" + mask + "4x", 1002},
		{"reserved data opcode", "\x83\x80" + mask, 1002},
		{"reserved control opcode", "\x8b\x80" + mask, 1002},
		{"ping in fragments", "\x09\x80" + mask, 1002},
		{"ping of 126 bytes", "\x89\xfe\x00\x7e" + mask + strings.Repeat("p", 126), 1002},
		{"continuation of nothing", "\x80\x82" + mask + "4x", 1002},
		{"new message inside another", "\x01\x81" + mask + "4" + "\x81\x81" + mask + "4", 1002},
		{"close of one byte", "\x88\x81" + mask + "\x03", 1002},
		{"close with code 1005", "\x88\x82" + mask + "\x03\xed", 1002},
		{"length beyond 63 bits", "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" + mask, 0},
		{"text that is not UTF-8", "\x81\x84" + mask + "4\xff\xfex", 1007},
		{"surrogate in UTF-8", "\x81\x84" + mask + "4\xed\xa0\x80", 1007},
		{"announced length over the limit", "\x81\xff\x00\x00\x00\x00\x00\x0f\x42\x41" + mask + "4", 1009},
		{"fragments over the limit", "\x01\xff\x00\x00\x00\x00\x00\x0f\x42\x3f" + mask + "4" + strings.Repeat("x", 999_998) + "\x80\x82" + mask + "xx", 1009},
	}
	srv := start(t, "0", "ALLOW_EIO3=0")
	witness := dial(t, srv).join()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn := raw(t, srv, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"+upgradeHeader+"\r\n")
			in := bufio.NewReader(conn)
			if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 101 {
				t.Fatalf("upgrade: %v, %v", resp, err)
			}
			io.WriteString(conn, test.data)
			if code := closeCode(t, in); test.code != 0 && code != test.code {
				t.Errorf("closed with %d, want %d", code, test.code)
			}
			witness.alive(t)
		})
	}
}

// closeCode reads frames until the connection ends and returns the code of the closing one;
// 1005 stands for a closing frame without a code, 1006 for none. Short frames are all there is.
func closeCode(t *testing.T, in *bufio.Reader) int {
	t.Helper()
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(in, head); err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Fatal("the connection stays open")
			}
			return 1006
		}
		opcode, length := head[0]&0x0f, int(head[1])
		if length == 126 {
			if _, err := io.ReadFull(in, head); err != nil {
				return 1006
			}
			length = int(head[0])<<8 | int(head[1])
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(in, body); err != nil {
			return 1006
		}
		if opcode == 8 {
			if length < 2 {
				return 1005
			}
			return int(body[0])<<8 | int(body[1])
		}
	}
}
