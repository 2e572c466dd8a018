package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// raw sends bytes and reads the answer's status and body; 0 = the connection was closed.
func (s *site) raw(request string) (status int, h http.Header, body string) {
	s.t.Helper()
	c, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(c, request)
	a, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: strings.SplitN(request, " ", 2)[0]})
	if err != nil {
		return 0, nil, ""
	}
	text, _ := io.ReadAll(a.Body)
	return a.StatusCode, a.Header, string(text)
}

// What a visitor does wrong is told as that, and can't write an error into the log.
func TestOddRequestsAreTheVisitors(t *testing.T) {
	s := openPlain(t)
	s.server.Config.DisableGeneralOptionsHandler = true
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	cookie := "\r\nHost: x\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\nCookie: sid=" + b.cookie("sid") + "\r\n"

	form := func(parts string) string {
		return fmt.Sprintf("POST /room/%s/gif HTTP/1.1%sContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%s", id, cookie, len(parts), parts)
	}
	post := func(path, kind, body string) string {
		return fmt.Sprintf("POST %s HTTP/1.1%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", path, cookie, kind, len(body), body)
	}
	get := func(path string, headers ...string) string {
		return "GET " + path + " HTTP/1.1" + cookie + strings.Join(append(headers, ""), "\r\n") + "\r\n"
	}
	image := "\r\n\r\n" + picture(t) + "\r\n--x--\r\n"
	long := strings.Repeat("a", 30_000)
	requests := []string{
		form("--x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\x00.html\"" + image),
		form("--x\r\nContent-Disposition: form-data; name=\"gif\x01\"; filename=\"a.gif\"" + image),
		form("--x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\r\n--x--\r\n"),
		form("--x\r\nContent-Disposition: form-data; name=gif; filename*=UTF-8''%ZZ" + image),
		form("--x\r\nContent-Disposition: ;;;" + image),
		form("--x\r\nContent-Disposition" + image),
		form("--x\r\n: x" + image),
		form("--x\r\n folded: x" + image),
		form("--x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"" + long + "\"" + image),
		form("--x\r\n" + strings.Repeat("A: b\r\n", 11_000) + image),
		form("--x" + image), form("--x"), form("--x--"), form("--x--\r\n"), form(""), form("x"), form(long), form("--x\r\n\r\n--x\r\n\r\n--x--"),
		form("--x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\n\r\nGIF89a"),
		form("--x\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.gif\"\r\n\r\n" + picture(t) + "\r\n--xx"),
		post("/room/"+id+"/gif", "multipart/form-data", "x"),
		post("/room/"+id+"/gif", `multipart/form-data; boundary="`, "x"),
		post("/room/"+id+"/gif", `multipart/form-data; boundary=`+long[:100], "x"),
		post("/room/"+id+"/gif", `multipart/mixed; boundary=x`, "--x--"),
		post("/room/"+id+"/chat", "application/json", "\xff\xfe"),
		post("/room/"+id+"/chat", "application/json", "{\"chat\":\"\xff\x00\",\"cid\":\"\xff\"}"),
		post("/room/"+id+"/chat", "application/json", `{"chat":"\ud800","cid":"\ud800"}`),
		post("/room/"+id+"/chat", "application/json", strings.Repeat("[", 60_000)),
		post("/room/"+id+"/chat", "application/json", `{"chat":1e999}`),
		post("/room/"+id+"/chat", "application/json;;;", `{}`),
		post("/room/"+id+"/chat", "a/b; c=\"", `{}`),
		post("/room/"+id+"/chat", "application/json; charset=utf-16", `{}`),
		post("/room/"+id+"/chat", "application/x-www-form-urlencoded", "chat=%zz;&%00"),
		post("/room/"+id+"/chat", "application/x-www-form-urlencoded", "chat=%00%ff&cid=%00"),
		post("/room", "application/json", `{"title":"`+"\\u0000"+`","max":-9223372036854775808}`),
		post("/room", "application/json", `{"title":"x","max":99999999999999999999}`),
		post("/room/%00/enter", "application/json", `{"password":"`+"\\u0000\\ud800"+`"}`),
		post("/lang", "application/json", `null`), post("/theme", "application/json", `[]`), post("/lang", "application/json", ``),
		get("/%00"), get("/room/%00"), get("/room/%ff%fe"), get("/gif/%00.gif"), get("/gif/..%2f..%2fsecret"), get("/room/" + long), get("/" + long),
		get("/?" + long), get("/?e=%zz&e=%00"), get("/room/" + id + "?password=%zz"), get("/room/" + id + "/messages?before=9223372036854775808"),
		get("/room/" + id + "/messages?before=-1&limit=%00"), get("/room/" + id + "/messages?limit=9223372036854775807&after=9223372036854775807"),
		get("//"), get("/./."), get("/../.."), get("/..%2f"), get("/%2f%2fevil"), get("/\\evil"), get("/;"), get("/room/" + id + "/"),
		get("http://other.example/"), get("http:///"), get("x"), get("*"), get("http://[::1"),
		get("/logo.svg", "Range: bytes=9999999999999999999-"), get("/logo.svg", "Range: bytes=--1,0-0,"+strings.Repeat("0-0,", 500)),
		get("/logo.svg", "Range: potatoes=1-2"), get("/logo.svg", "Range: bytes=5-1"), get("/logo.svg", "Range: bytes=0-1", `If-Range: "x`),
		get("/logo.svg", `If-None-Match: "`), get("/logo.svg", "If-Modified-Since: yesterday"), get("/logo.svg", "If-Match: x"),
		get("/", "Accept: "+long[:8000]), get("/", "Accept-Language: "+long[:8000]), get("/", "Accept-Language: \xff\xfe,;q=9,*"),
		get("/", "Cookie: sid=\"; lang=%00; grant_x=\x7f"), get("/", "Accept-Encoding: \xff;q=x"), get("/", "Origin: \x7f", "Sec-Fetch-Site: what"),
		get("/", "X-Forwarded-For: "+long[:8000]), get("/", "X-Forwarded-Proto: \xff"), get("/", "Expect: tea"),
		"FOO / HTTP/1.1" + cookie + "\r\n", strings.Repeat("M", 3000) + " / HTTP/1.1" + cookie + "\r\n", "get / HTTP/1.1" + cookie + "\r\n",
		"OPTIONS * HTTP/1.1" + cookie + "\r\n", "TRACE / HTTP/1.1" + cookie + "\r\n", "CONNECT x:1 HTTP/1.1" + cookie + "\r\n",
		"POST /lang HTTP/1.1" + cookie + "Content-Length: -1\r\n\r\n", "POST /lang HTTP/1.1" + cookie + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
		"POST /lang HTTP/1.1" + cookie + "Transfer-Encoding: tea\r\n\r\n", "POST /lang HTTP/1.1" + cookie + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
		"POST /lang HTTP/1.1" + cookie + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
		"POST /lang HTTP/1.1" + cookie + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;" + long[:5000] + "\r\n{}\r\n0\r\n\r\n",
		"POST /lang HTTP/1.1" + cookie + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1" + cookie + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/9.9" + cookie + "\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: \x00\r\n\r\n", "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\r\n\r\n",
	}
	for _, method := range []string{"HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"} {
		for _, path := range []string{"/", "/room", "/room/" + id + "/chat", "/room/" + id + "/gif", "/gif/x", "/lang", "/healthz", "/nothing", "/socket.io/"} {
			requests = append(requests, method+" "+path+" HTTP/1.1"+cookie+"\r\n")
		}
	}
	for _, request := range requests {
		status, _, body := s.raw(request)
		// This site has no sockets, and net/http knows neither all versions nor all encodings.
		sockets := strings.Contains(strings.SplitN(request, "\r\n", 2)[0], "/socket.io/")
		if status >= 500 && !sockets && status != 501 && status != 505 {
			t.Errorf("%.120q = %d %s", request, status, body)
		}
		if status == 0 && !strings.HasPrefix(request, "\x16") {
			t.Errorf("%.120q has no answer", request)
		}
	}
	log := s.log.String()
	for line := range strings.Lines(log) {
		if strings.Contains(line, "level=ERROR") || len(line) > 600 {
			t.Errorf("the log: %.700s", line)
		}
	}
	if n := len(s.storedFiles()); n > 3 {
		t.Errorf("%d files", n)
	}
}

// Nobody writes lines into the log but the server.
func TestS10LinesCantBeForged(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	for _, path := range []string{"/x%0Atime=2026-01-01T00:00:00Z%20level=ERROR%20msg=forged", "/%0d%0a%1b%5b31mred", "/%e2%80%ae%e2%80%a8x", "/%22%20status=200%20"} {
		b.get(path)
	}
	b.do("GET", "/"+strings.Repeat("%EB%A7%88", 100), nil)
	s.server.Close()
	log := s.log.String()
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "time=") || !strings.Contains(line, " status=404 ") || strings.ContainsAny(line, "\r\x1b\u202e\u2028") || len(line) > 400 {
			t.Errorf("line %q", line)
		}
	}
	if n := strings.Count(log, "\n"); n != 5 {
		t.Errorf("%d lines: %s", n, log)
	}
}

// A flood of requests isn't one of lines.
func TestLogOfAFlood(t *testing.T) {
	s := openLimited(t, chat.Limits{RequestsPerSecond: -1})
	synctest.Test(t, func(t *testing.T) {
		for range 5000 {
			s.code("/nothing")
		}
		time.Sleep(time.Minute)
		s.code("/nothing")
	})
	log := s.log.String()
	if n := s.log.lines("level=INFO msg=request "); n != 1001 || !strings.Contains(log, `level=INFO msg="requests that have no line" n=4000`) {
		t.Errorf("%d lines", n)
	}
}

// Wherever a visitor is sent, it is on this host.
func TestS9NoOpenRedirects(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당","password":"s3cret-pass"}`)
	cookie := "\r\nHost: x\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\nCookie: sid=" + b.cookie("sid") + "\r\n\r\n"
	redirects := 0
	for _, evil := range []string{"//evil.example", `\\evil.example`, "/\\evil.example", "%2f%2fevil.example", "/%2f/evil.example", "///evil.example/..", "//evil.example/%2e%2e",
		"/%5cevil.example", "/.//evil.example", "/..//evil.example", "//evil.example:80/room", "/%09/evil.example", "https://evil.example", "//evil%E3%80%82example", "/x/..//evil.example",
		"/@evil.example", "/%0d%0aLocation:%20https://evil.example", "//\\evil.example"} {
		targets := []string{"/?next=" + evil, "/?e=no_such_room&next=" + evil, "/room?next=" + evil, "/room/" + id + "?password=s3cret-pass&next=" + evil, "/room/nowhere?next=" + evil,
			"/r/" + evil, "/room/" + evil}
		if strings.HasPrefix(evil, "/") {
			targets = append(targets, evil, evil+"/", evil+"/../", "/room/.."+evil, "/gif/.."+evil)
		}
		for _, target := range targets {
			for _, method := range []string{"GET", "POST"} {
				status, h, _ := s.raw(method + " " + target + " HTTP/1.1" + cookie)
				at := h.Get("Location")
				if status >= 300 && status < 400 {
					redirects++
				}
				if at == "" {
					continue
				}
				if !strings.HasPrefix(at, "/") || strings.HasPrefix(at, "//") || strings.ContainsAny(at, "\\\t\r\n") {
					t.Errorf("%s %s leads to %q", method, target, at)
				}
				if next, _, _ := s.raw("GET " + at + " HTTP/1.1" + cookie); next == 0 {
					t.Errorf("%s %s leads to %q, which isn't an address", method, target, at)
				}
			}
		}
	}
	if redirects == 0 {
		t.Error("nothing is a redirect")
	}
	for _, form := range []string{"next=//evil.example", "title=x&next=//evil.example", "lang=ko&next=//evil.example", "theme=dark&to=//evil.example"} {
		for _, path := range []string{"/room", "/lang", "/theme", "/room/" + id + "/enter"} {
			a := b.do("POST", path+"?next=//evil.example", strings.NewReader(form), "Content-Type: application/x-www-form-urlencoded", "Referer: https://evil.example/", asBrowser)
			if at := a.Header.Get("Location"); strings.Contains(at, "evil") {
				t.Errorf("%s leads to %q", path, at)
			}
		}
	}
}

// endless is a body that doesn't end; it counts what was taken.
type endless struct{ taken atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.taken.Add(int64(len(p)))
	return len(p), nil
}

// No request is read further than what it may be, also before anything is known of its sender, and
// leaves nothing behind.
func TestD4BodiesAreLimited(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	for _, who := range []*browser{b, s.browser()} {
		for path, most := range map[string]int64{"/room": 64 << 10, "/room/" + id + "/enter": 64 << 10, "/room/" + id + "/chat": 64 << 10, "/lang": 64 << 10,
			"/theme": 64 << 10, "/room/" + id + "/gif": 5<<20 + 64<<10, "/nothing": 0} {
			for _, kind := range []string{"application/json", "multipart/form-data; boundary=x"} {
				body := &endless{}
				r, _ := http.NewRequestWithContext(t.Context(), "POST", s.server.URL+path, body)
				r.Header.Set("Content-Type", kind)
				r.Header.Set("Origin", s.server.URL)
				a, err := who.client.Do(r)
				if err == nil { // else the connection was closed while the body was on its way
					io.Copy(io.Discard, a.Body)
					a.Body.Close()
					if a.StatusCode < 400 || a.StatusCode >= 500 {
						t.Errorf("%s %s: status %d", path, kind, a.StatusCode)
					}
				}
				// What is on its way fills the buffers of the system, megabytes of them.
				if taken := body.taken.Load(); taken > most+32<<20 {
					t.Errorf("%s %s: %d bytes were taken", path, kind, taken)
				}
			}
		}
	}
	if n := len(s.storedFiles()); n != 0 {
		t.Errorf("%d files", n)
	}
	status, _, _ := s.raw("GET /" + strings.Repeat("a", 2<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n")
	if status != 431 && status != 0 {
		t.Errorf("a head of 2 MB: %d", status)
	}
	f := b.postJSON("/room", `{"title":"`+strings.Repeat("x", 100<<10)+`"}`).fails(t, 413, chat.TooLarge)
	if f.Error.Retryable {
		t.Error("it is said to be worth another try")
	}
}
