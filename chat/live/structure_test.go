package live_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/chat/live"
)

// raw sends messages of the engine as they are.
func (c *client) raw(kind websocket.MessageType, messages ...string) {
	c.t.Helper()
	for _, m := range messages {
		_ = c.conn.Write(context.Background(), kind, []byte(m)) // the server may have hung up
	}
}

func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// What is beyond a limit of structure ends the connection, and nobody else's; the log has no line
// of it, as the rig checks.
func TestD4StructureIsBounded(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	bystander := r.person().tab()
	for name, send := range map[string]func(*client){
		"a message of 64 KiB":  func(c *client) { c.raw(websocket.MessageText, `42/chat,["chat","`+strings.Repeat("x", 64<<10)+`"]`) },
		"binary of 64 KiB":     func(c *client) { c.raw(websocket.MessageBinary, strings.Repeat("x", 65<<10)) },
		"one attachment":       func(c *client) { c.raw(websocket.MessageText, `451-/chat,["chat",{"_placeholder":true,"num":0}]`) },
		"ten attachments":      func(c *client) { c.raw(websocket.MessageText, `4510-/chat,["chat"]`) },
		"an answer with one":   func(c *client) { c.raw(websocket.MessageText, `461-/chat,1[{"_placeholder":true,"num":0}]`) },
		"binary by itself":     func(c *client) { c.raw(websocket.MessageBinary, "x") },
		"seventeen levels":     func(c *client) { c.raw(websocket.MessageText, `42/chat,["chat",`+deep(16)+`]`) },
		"510 levels":           func(c *client) { c.raw(websocket.MessageText, `42/chat,["chat",`+deep(509)+`]`) },
		"deep auth":            func(c *client) { c.raw(websocket.MessageText, `40/room,{"a":`+deep(17)+`}`) },
		"a long name of event": func(c *client) { c.raw(websocket.MessageText, `42/chat,["`+strings.Repeat("x", 65)+`"]`) },
		"a long one, asking":   func(c *client) { c.raw(websocket.MessageText, `42/chat,7["`+strings.Repeat("가", 22)+`",1]`) },
		"21 unknown events": func(c *client) {
			for range 21 {
				c.raw(websocket.MessageText, `42/chat,["whatever"]`)
			}
		},
		"a long namespace": func(c *client) { c.raw(websocket.MessageText, "40/"+strings.Repeat("n", 2000)+",") },
	} {
		t.Run(name, func(t *testing.T) {
			r := *r
			r.t = t
			kim := *kim
			kim.rig = &r
			c := kim.tab()
			send(c)
			c.gone()
		})
	}
	t.Run("what is just within the limits", func(t *testing.T) {
		r := *r
		r.t = t
		kim := *kim
		kim.rig = &r
		c := kim.tab()
		c.fails("BAD_REQUEST", "/chat", "chat", `"`+strings.Repeat("x", 63<<10)+`"`)
		c.fails("BAD_REQUEST", "/chat", "chat", deep(15))
		c.raw(websocket.MessageText, `42/chat,["`+strings.Repeat("x", 64)+`"]`)
		for range 18 {
			c.raw(websocket.MessageText, `42/chat,["whatever"]`)
		}
		if p := c.connect("/room"); p.kind != '0' {
			t.Errorf("/room: %s", p.text)
		}
		for _, ns := range []string{"/", "/admin", "/chat2"} {
			if p := c.connect(ns); p.kind != '4' {
				t.Errorf("%s is entered", ns)
			}
		}
		c.fails("NO_SUCH_ROOM", "/chat", "history", object{"room": "nowhere"})
	})
	bystander.fails("NO_SUCH_ROOM", "/chat", "history", object{"room": "nowhere"})
}

func TestD4Namespaces(t *testing.T) {
	limits := quick()
	limits.Namespaces = 1
	r := start(t, limits, live.Options{})
	c := r.person().tab()
	if p := c.connect("/room"); p.kind != '4' || !strings.Contains(p.text, "Too many namespaces") {
		t.Errorf("/room: %c %s", p.kind, p.text)
	}
}

func TestD4UnconnectedSocketIsClosed(t *testing.T) {
	limits := quick()
	limits.ConnectTimeout = 2 * time.Second
	inside(t, limits, testUnconnectedSocketIsClosed)
}

func testUnconnectedSocketIsClosed(t *testing.T, r *rig) {
	c, there := r.person().dial(), r.person().tab()
	c.gone()
	r.shake("", nil)
	there.fails("NO_SUCH_ROOM", "/chat", "history", object{"room": "nowhere"})
	there.close()
	r.empty()
}

// What a client posts is bounded before anybody knows who it is.
func TestD4BodyBeforeTheNamespace(t *testing.T) {
	r := start(t, quick(), live.Options{})
	sid := r.session(nil)
	status, _ := r.post(sid, nil, strings.Repeat("x", 65<<10))
	if status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", status)
	}
	if status, text := r.post(sid, nil, "40/chat,"+strings.Repeat(" ", 60<<10)); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
}

// session opens one over polling.
func (r *rig) session(header http.Header) (sid string) {
	r.t.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), "GET", r.url+"/socket.io/?EIO=4&transport=polling", nil)
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	_, rest, _ := bytes.Cut(body, []byte(`"sid":"`))
	id, _, ok := bytes.Cut(rest, []byte(`"`))
	if !ok {
		r.t.Fatalf("no session: %d %s", res.StatusCode, body)
	}
	return string(id)
}

func (r *rig) post(sid string, header http.Header, body string) (status int, text string) {
	r.t.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), "POST", r.url+"/socket.io/?EIO=4&transport=polling&sid="+sid, strings.NewReader(body))
	if header != nil {
		req.Header = header.Clone()
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error() // hung up
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(answer)
}
