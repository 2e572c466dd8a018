package live_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

func TestOnlySessionsConnect(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	origin := r.url
	tests := []struct {
		name   string
		cookie string
		accept string
		in     bool
		says   string // a word of the message
	}{
		{name: "session", cookie: "sid=" + kim.token, in: true},
		{name: "session of HTTPS", cookie: "__Host-sid=" + kim.token, in: true},
		{name: "the one of HTTPS wins", cookie: "__Host-sid=x; sid=" + kim.token},
		{name: "behind planted ones", cookie: "sid=planted; sid=; sid=" + strings.Repeat("A", 43) + "; sid=" + kim.token, in: true},
		{name: "behind too many", cookie: strings.Repeat("sid=planted; ", 4) + "sid=" + kim.token},
		{name: "none"},
		{name: "empty", cookie: "sid="},
		{name: "unknown", cookie: "sid=" + strings.Repeat("A", 43)},
		{name: "not a token", cookie: "sid=../../etc"},
		{name: "Korean unless told", cookie: "sid=x", says: korean},
		{name: "language of the browser", cookie: "sid=x", accept: "fr-FR,en-US;q=0.8,ko;q=0.5", says: english},
		{name: "language chosen", cookie: "sid=x; lang=en", accept: "ko", says: english},
		{name: "language unknown", cookie: "sid=x; lang=xx", accept: "de", says: korean},
	}
	for _, test := range tests {
		for _, ns := range []string{"/room", "/chat"} {
			t.Run(test.name+ns, func(t *testing.T) {
				r := *r
				r.t = t
				h := http.Header{"Origin": {origin}, "Accept-Language": {test.accept}}
				if test.cookie != "" {
					h.Set("Cookie", test.cookie)
				}
				c := r.dial(h)
				p := c.connect(ns)
				if test.in {
					if p.kind != '0' {
						t.Fatalf("refused: %s", p.text)
					}
					return
				}
				data, _ := p.data["data"].(object)
				if p.kind != '4' || data["code"] != "UNAUTHORIZED" || data["retryable"] != false {
					t.Fatalf("packet %c %s", p.kind, p.text)
				}
				message, _ := p.data["message"].(string)
				if message == "" || test.says != "" && languageOf(message) != test.says {
					t.Errorf("message %q, want %s", message, test.says)
				}
			})
		}
	}
}

const (
	korean  = "Korean"
	english = "English"
)

func languageOf(text string) string {
	for _, r := range text {
		if r >= 0xac00 && r <= 0xd7a3 {
			return korean
		}
	}
	return english
}

func TestOrigins(t *testing.T) {
	r := start(t, quick(), live.Options{AllowedOrigins: []string{"https://Friends.example/"}})
	host := strings.TrimPrefix(r.url, "http://")
	cookie := "sid=" + r.person().token
	tests := []struct {
		name   string
		origin string
		cookie string
		site   string
		in     bool
	}{
		{"own host", r.url, cookie, "", true},
		{"own host, TLS ended before", "https://" + host, cookie, "", true},
		{"own host, other case", "HTTP://" + strings.ToUpper(host), cookie, "", true},
		{"allowed", "https://friends.example", cookie, "", true},
		{"allowed, other scheme", "http://friends.example", cookie, "", false},
		{"foreign", "https://evil.example", cookie, "", false},
		{"foreign without session", "https://evil.example", "", "", false},
		{"foreign that says same-origin", "https://evil.example", cookie, "same-origin", false},
		{"host as prefix", r.url + ".evil.example", cookie, "", false},
		{"other port", "http://127.0.0.1:1", cookie, "", false},
		{"null", "null", cookie, "", false},
		{"no URL", "http://%zz", cookie, "", false},
		{"none with session", "", cookie, "", false},
		{"none with session behind an empty one", "", "sid=; " + cookie, "", false},
		{"none with session of HTTPS", "", "__Host-" + cookie, "", false},
		{"none with session, other site", "", cookie, "cross-site", false},
		{"none with session, own page", "", cookie, "same-origin", true},
		{"none without session", "", "", "", true},
	}
	for _, test := range tests {
		h := http.Header{}
		for name, value := range map[string]string{"Origin": test.origin, "Cookie": test.cookie, "Sec-Fetch-Site": test.site} {
			if value != "" {
				h.Set(name, value)
			}
		}
		t.Run(test.name+"/polling", func(t *testing.T) {
			req, _ := http.NewRequestWithContext(t.Context(), "GET", r.url+"/socket.io/?EIO=4&transport=polling", nil)
			req.Header = h
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if (res.StatusCode == http.StatusOK) != test.in {
				t.Errorf("status %d, want in = %v", res.StatusCode, test.in)
			}
		})
		t.Run(test.name+"/websocket", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			conn, _, err := websocket.Dial(ctx, "ws://"+host+"/socket.io/?EIO=4&transport=websocket", &websocket.DialOptions{HTTPHeader: h})
			if err == nil {
				defer conn.CloseNow()
				_, first, rerr := conn.Read(ctx)
				if err = rerr; err == nil && first[0] != '0' {
					t.Errorf("first packet %q", first)
				}
			}
			if (err == nil) != test.in {
				t.Errorf("%v, want in = %v", err, test.in)
			}
		})
	}
}

func TestCloseEndsConnections(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	c.must("/chat", "join", object{"room": room})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.door.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	for c.pump("the end") {
	}
	for end := time.Now().Add(patience); r.door.Server().CountConnections() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a connection is left")
		}
	}
	kim.say(room, "nobody listens")
	r.told(room)
}
