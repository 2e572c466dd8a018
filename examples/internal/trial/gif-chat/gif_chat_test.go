package gifchat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// pixel is a whole GIF.
var pixel = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// What the program takes at most.
const (
	maxFields   = 100 << 10 // bytes of a form or of JSON
	maxText     = 2000      // characters of a line
	maxGIF      = 5 << 20   // bytes
	maxEnvelope = 64 << 10  // bytes of an upload beside the file
)

// A line is what the history has of one.
type line struct {
	User      string
	Text      string `json:"chat"`
	GIF       string
	CreatedAt string
}

// a client is a visitor without a browser.
type client struct {
	t    *testing.T
	url  string
	http *http.Client
}

func newClient(t *testing.T, url string) client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := client{t, url, &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func (c client) do(method, path, contentType, body string, headers ...string) (*http.Response, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return w, string(text)
}

// want checks a status, a Location unless it is empty, and a part of the body.
func (c client) want(status int, location, part, method, path, contentType, body string, headers ...string) {
	c.t.Helper()
	w, text := c.do(method, path, contentType, body, headers...)
	if got := w.Header.Get("Location"); w.StatusCode != status || got != location || !strings.Contains(text, part) {
		c.t.Errorf("%s %s: %d %q, want %d %q with %q\n%s", method, path, w.StatusCode, got, status, location, part, text)
	}
}

const (
	form      = "application/x-www-form-urlencoded"
	jsonType  = "application/json"
	toMissing = "/?error=%EC%A1%B4%EC%9E%AC%ED%95%98%EC%A7%80%20%EC%95%8A%EB%8A%94%20%EB%B0%A9%EC%9E%85%EB%8B%88%EB%8B%A4."
	toWrong   = "/?error=%EB%B9%84%EB%B0%80%EB%B2%88%ED%98%B8%EA%B0%80%20%ED%8B%80%EB%A0%B8%EC%8A%B5%EB%8B%88%EB%8B%A4."
)

// create makes a room and returns its path and where the answer leads.
func (c client) create(contentType, body string) (path, location string) {
	c.t.Helper()
	w, text := c.do("POST", "/room", contentType, body)
	location = w.Header.Get("Location")
	path, _, _ = strings.Cut(location, "?")
	if w.StatusCode != http.StatusFound || !regexp.MustCompile(`^/room/[0-9a-f]{24}$`).MatchString(path) {
		c.t.Fatalf("POST /room %s: %d to %q\n%s", body, w.StatusCode, location, text)
	}
	return path, location
}

func (c client) upload(path, field, name string, data []byte) int {
	c.t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	file, err := parts.CreateFormFile(field, name)
	if err != nil {
		c.t.Fatal(err)
	}
	file.Write(data)
	parts.Close()
	w, _ := c.do("POST", path+"/gif", parts.FormDataContentType(), body.String())
	return w.StatusCode
}

func (c client) chats(path string) (lines []line) {
	c.t.Helper()
	w, text := c.do("GET", path+"/chats", "", "")
	if err := json.Unmarshal([]byte(text), &lines); err != nil || w.StatusCode != 200 {
		c.t.Fatalf("GET %s/chats: %d, %v\n%s", path, w.StatusCode, err, text)
	}
	return lines
}

// TestProgram shows two visitors in a browser the whole program, and then asks it by HTTP.
func TestProgram(t *testing.T) {
	whole := t
	p := trial.Start(t, "gif-chat", "GORACE=atexit_sleep_ms=0")
	t.Run("browser", func(t *testing.T) {
		trial.Browser(t, p.URL)
		p.Saw(t, "password=%2A%2A%2A 200 ")
	})
	kim, lee := newClient(t, p.URL), newClient(t, p.URL)

	t.Run("session", func(t *testing.T) {
		w, body := kim.do("GET", "/", "", "")
		cookie := w.Header.Get("Set-Cookie")
		if !strings.HasPrefix(cookie, "connect.sid=") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
			t.Errorf("cookie %q", cookie)
		}
		color := regexp.MustCompile(`data-me="(#[0-9a-f]{6})"`)
		first := color.FindStringSubmatch(body)
		if first == nil {
			t.Fatalf("no color in\n%s", body)
		}
		if _, again := kim.do("GET", "/", "", ""); color.FindStringSubmatch(again)[1] != first[1] {
			t.Error("the color changes")
		}
		if _, other := lee.do("GET", "/", "", ""); color.FindStringSubmatch(other)[1] == first[1] {
			t.Error("two visitors have the same color")
		}
	})

	t.Run("rooms", func(t *testing.T) {
		kim.want(200, "", `method="post"`, "GET", "/room", "", "")
		kim.want(200, "", "&lt;script&gt;", "GET", "/?error=%3Cscript%3E", "", "")
		for _, body := range []string{"max=5", "title=&max=5", "title=+&max=5", "title=x&max=1", "title=x&max=", "title=x&max=two", "title=" + strings.Repeat("x", 101)} {
			kim.want(400, "", "", "POST", "/room", form, body)
		}
		for _, body := range []string{`{"max":5}`, `{"title":"x","max":1}`, `{"title":["x"]}`, `null`, `[]`, `{`, `{"title":null,"max":null}`} {
			kim.want(400, "", "", "POST", "/room", jsonType, body)
		}
		kim.want(413, "", "", "POST", "/room", form, "title="+strings.Repeat("x", maxFields))
		path, location := kim.create(form, url.Values{"title": {"<b>방</b>"}, "max": {"2"}, "password": {""}}.Encode())
		if path != location {
			t.Errorf("an open room leads to %q", location)
		}
		kim.want(200, "", "&lt;b&gt;방&lt;/b&gt;", "GET", path, "", "")
		kim.want(200, "", "&lt;b&gt;방&lt;/b&gt;", "GET", "/", "", "")

		const password = "a&b#c+d %/é"
		for kind, body := range map[string]string{
			form:     url.Values{"title": {"locked"}, "max": {"5"}, "password": {password}}.Encode(),
			jsonType: `{"title":"locked","max":5,"password":"` + password + `"}`,
		} {
			path, location := kim.create(kind, body)
			if want := path + "?password=a%26b%23c%2Bd%20%25%2F%C3%A9"; location != want {
				t.Errorf("a locked room leads to %q, want %q", location, want)
			}
			kim.want(200, "", "locked", "GET", location, "", "")
			for _, query := range []string{"", "?password=a"} {
				lee.want(302, toWrong, "", "GET", path+query, "", "")
			}
			lee.want(403, "", "", "POST", path+"/chat", form, "chat=x")
			lee.want(403, "", "", "GET", path+"/chats", "", "")
			if status := lee.upload(path, "gif", "a.gif", pixel); status != 403 {
				t.Errorf("upload without the password: %d", status)
			}
			lee.want(200, "", "", "GET", location, "", "")
			lee.want(200, "", "ok", "POST", path+"/chat", form, "chat=x")
		}
		for _, id := range []string{"0123456789abcdef01234567", "x", "%00", "방", "a%2Fb"} {
			kim.want(302, toMissing, "", "GET", "/room/"+id, "", "")
		}
		lee.want(403, "", "", "DELETE", path, "", "")
		kim.want(200, "", "ok", "DELETE", path, "", "")
		kim.want(302, toMissing, "", "GET", path, "", "")
		kim.want(404, "", "", "POST", path+"/chat", form, "chat=late")
	})

	t.Run("chats", func(t *testing.T) {
		path, _ := kim.create(jsonType, `{"title":"talk"}`)
		kim.want(200, "", "ok", "POST", path+"/chat", form, "chat=%EC%95%88%EB%85%95+%F0%9F%91%8B")
		lee.want(200, "", "ok", "POST", path+"/chat", jsonType, `{"chat":"<i>\"&\"</i>"}`)
		for _, body := range []string{"", "chat=", "other=x", "chat=" + strings.Repeat("x", maxText+1)} {
			kim.want(400, "", "", "POST", path+"/chat", form, body)
		}
		for _, body := range []string{"null", `{"chat":null}`, `{"chat":{}}`, "7"} {
			kim.want(400, "", "", "POST", path+"/chat", jsonType, body)
		}
		for name, upload := range map[string]struct {
			field  string
			data   []byte
			status int
		}{
			"고양이.gif":  {"gif", pixel, 200},
			"html.gif": {"gif", []byte("<script>alert(1)</script>"), 415},
			"5MiB.gif": {"gif", append(pixel[:len(pixel):len(pixel)], make([]byte, maxGIF-len(pixel))...), 200},
			"more.gif": {"gif", append(pixel[:len(pixel):len(pixel)], make([]byte, maxGIF-len(pixel)+1)...), 413},
			"huge.gif": {"gif", make([]byte, maxGIF+maxEnvelope+1), 413},
			"none.gif": {"other", pixel, 400},
		} {
			if status := kim.upload(path, upload.field, name, upload.data); status != upload.status {
				t.Errorf("upload of %s: %d, want %d", name, status, upload.status)
			}
		}
		kim.want(400, "", "", "POST", path+"/gif", form, "gif=x")

		lines := kim.chats(path)
		if len(lines) != 4 || lines[0].Text != "안녕 👋" || lines[1].Text != `<i>"&"</i>` {
			t.Fatalf("history %+v", lines)
		}
		if lines[0].User == lines[1].User || !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(lines[0].CreatedAt) {
			t.Errorf("lines %+v", lines)
		}
		var cat string
		for _, line := range lines[2:] {
			if strings.HasPrefix(line.GIF, "고양이") {
				cat = line.GIF
			}
			w, body := lee.do("GET", "/gif/"+url.PathEscape(line.GIF), "", "")
			if w.StatusCode != 200 || w.Header.Get("Content-Type") != "image/gif" || !strings.HasPrefix(body, string(pixel)) {
				t.Errorf("GET %s: %d, %s, %d bytes", line.GIF, w.StatusCode, w.Header.Get("Content-Type"), len(body))
			}
		}
		if !regexp.MustCompile(`^고양이\d{13}\.gif$`).MatchString(cat) {
			t.Errorf("stored as %q", cat)
		}

		if log := p.Stop(whole); strings.Contains(log, "password=a") {
			t.Errorf("passwords in the log:\n%s", log)
		}
		// All that is there survives a restart, sessions included. Then it goes with the room.
		p.Restart(whole)
		if again := kim.chats(path); fmt.Sprint(again) != fmt.Sprint(lines) {
			t.Errorf("after a restart:\n%v\n%v", again, lines)
		}
		lee.want(403, "", "", "DELETE", path, "", "")
		kim.want(200, "", "ok", "DELETE", path, "", "")
		kim.want(404, "", "라우터가 없습니다.", "GET", "/gif/"+url.PathEscape(cat), "", "")
	})

	t.Run("other routes", func(t *testing.T) {
		kim.want(404, "", "PUT /room/x?a=1 라우터가 없습니다.", "PUT", "/room/x?a=1", "", "")
		for _, path := range []string{"/nowhere", "/room/", "/gif/nothing.gif", "/gif/..", "/gif/%2e%2e%2fgif-chat.db", "/static/nothing.js"} {
			w, body := kim.do("GET", path, "", "")
			if w.StatusCode != 404 && w.StatusCode/100 != 3 || w.StatusCode == 404 && !strings.Contains(body, "라우터가 없습니다.") {
				t.Errorf("GET %s: %d\n%s", path, w.StatusCode, body)
			}
		}
	})

	t.Run("other sites", func(t *testing.T) {
		const evil = "http://evil.example"
		kim.want(403, "", "", "POST", "/room", form, "title=x", "Origin", evil)
		kim.want(403, "", "", "POST", "/room", form, "title=x", "Sec-Fetch-Site", "cross-site")
		kim.want(403, "", "", "GET", "/socket.io/?EIO=4&transport=polling", "", "", "Origin", evil)
		kim.want(200, "", `"sid"`, "GET", "/socket.io/?EIO=4&transport=polling", "", "", "Origin", p.URL)
	})

	// The protocol by hand: a client without cookies.
	t.Run("no session", func(t *testing.T) {
		nobody := newClient(t, p.URL)
		_, open := nobody.do("GET", "/socket.io/?EIO=4&transport=polling", "", "")
		var opened struct{ SID string }
		if err := json.Unmarshal([]byte(open[1:]), &opened); err != nil {
			t.Fatal(err)
		}
		path := "/socket.io/?EIO=4&transport=polling&sid=" + opened.SID
		nobody.want(200, "", "ok", "POST", path, "text/plain", "40/chat,")
		nobody.want(200, "", `44/chat,{"message":"no session"}`, "GET", path, "", "")
		nobody.want(200, "", "ok", "POST", path, "text/plain", "40/room,")
		nobody.want(200, "", "40/room,", "GET", path, "", "")
	})
}
