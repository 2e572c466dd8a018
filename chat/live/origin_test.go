package live_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/chat/live"
)

// Pages of other sites can't connect; those of allowed ones can, and their browsers let them read
// the answers, but not with the visitor's cookies.
func TestS2ForeignOriginsSocket(t *testing.T) {
	r := start(t, quick(), live.Options{AllowedOrigins: []string{"https://friends.example"}})
	kim := r.person()
	for _, c := range []struct {
		origin, cookie string
		in             bool
	}{
		{"https://evil.example", "", false},
		{"https://evil.example", "sid=" + kim.token, false},
		{"null", "sid=" + kim.token, false},
		{"https://friends.example.evil.example", "", false},
		{"https://friends.example", "", true},
	} {
		h := http.Header{"Origin": {c.origin}}
		if c.cookie != "" {
			h.Set("Cookie", c.cookie)
		}
		for _, method := range []string{"GET", "OPTIONS"} {
			req, _ := http.NewRequestWithContext(t.Context(), method, r.url+"/socket.io/?EIO=4&transport=polling", nil)
			req.Header = h.Clone()
			req.Header.Set("Access-Control-Request-Method", "POST")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if method == "GET" && (res.StatusCode == http.StatusOK) != c.in || !c.in && method == "GET" && res.StatusCode != http.StatusForbidden {
				t.Errorf("%+v: status %d", c, res.StatusCode)
			}
			want := map[bool]string{true: c.origin}[c.in]
			if got := res.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s %+v: allowed origin %q", method, c, got)
			}
			if res.Header.Get("Access-Control-Allow-Credentials") != "" || len(res.Cookies()) > 0 || !strings.Contains(res.Header.Get("Vary"), "Origin") {
				t.Errorf("%s %+v: %v", method, c, res.Header)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(r.url, "http")+"/socket.io/?EIO=4&transport=websocket", &websocket.DialOptions{HTTPHeader: h})
		if err == nil {
			conn.CloseNow()
		}
		cancel()
		if (err == nil) != c.in {
			t.Errorf("%+v: WebSocket: %v", c, err)
		}
	}
	// Without a cookie such a page is nobody.
	c := r.dial(http.Header{"Origin": {"https://friends.example"}})
	if p := c.connect("/chat"); p.kind != '4' || !strings.Contains(p.text, "UNAUTHORIZED") {
		t.Errorf("%c %s", p.kind, p.text)
	}
}
