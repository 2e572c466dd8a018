package live_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// gone waits for the end of a connection.
func (c *client) gone() {
	c.t.Helper()
	for c.pump("the end") {
	}
}

// flood sends until the visitor is locked out, and returns the first refusal and the last one.
func (c *client) flood(room string) (first, last object) {
	c.t.Helper()
	for range 1000 {
		e, _ := c.ask("/chat", "chat", object{"room": room, "chat": "x"})["error"].(object)
		if first == nil {
			first = e
		}
		if e["code"] == "LOCKED_OUT" {
			return first, e
		}
	}
	c.t.Fatal("not locked out")
	return nil, nil
}

func TestD1FloodOfMessages(t *testing.T) {
	limits := quick()
	limits.SendPerSecond, limits.AddressSendsPerSecond = 0, -1
	r := start(t, limits, live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	c, tab, other := kim.tab(), kim.tab(), lee.tab()
	lobby, _ := kim.lobby()
	for _, in := range []*client{c, tab, other} {
		in.must("/chat", "join", object{"room": room})
	}
	for range 8 {
		c.must("/chat", "chat", object{"room": room, "chat": "x"})
	}
	first, last := c.flood(room)
	if wait, _ := first["retryAfterMs"].(float64); first["limit"] != "send-per-second" || first["n"] != 2.0 || wait > 600 {
		t.Errorf("refused with %v", first)
	}
	refusal(t, last, "LOCKED_OUT", "offences", 200)

	// What was on its way is answered, and then all of the visitor's connections end.
	tab.fails("LOCKED_OUT", "/chat", "history", object{"room": room})
	for _, c := range []*client{c, tab, lobby} {
		c.gone()
	}
	status, retry, e := r.shake("", kim.header())
	refusal(t, e, "LOCKED_OUT", "offences", 200)
	if seconds, _ := strconv.Atoi(retry); status != http.StatusTooManyRequests || seconds < 500 || seconds > 600 {
		t.Errorf("status %d, Retry-After %q", status, retry)
	}
	other.must("/chat", "chat", object{"room": room, "chat": "quiet at last"})
	r.log.wants(t, "locked out")
	r.log.wants(t, "a limit refuses many requests")
	r.log.forget()
}

// Without asking for an answer it ends no other way.
func TestD1FloodWithoutAnswers(t *testing.T) {
	limits := quick()
	limits.SendPerSecond = 0
	r := start(t, limits, live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	c.must("/chat", "join", object{"room": room})
	for range 230 {
		_ = c.conn.Write(t.Context(), websocket.MessageText, []byte(`42/chat,["chat",{"room":"`+room+`","chat":"x"}]`))
	}
	locked := false
	for c.pump("the end") {
		p := c.log[len(c.log)-1]
		locked = locked || p.name == "notice" && p.data["code"] == "LOCKED_OUT"
	}
	if !locked {
		t.Error("nobody said why")
	}
	r.log.forget()
}

// Where an address is locked out, connections stay and visitors from before may open more; others
// are turned away, and cost those nothing.
func TestD1AddressIsLockedOut(t *testing.T) {
	limits := quick()
	limits.OffencesPerAddress, limits.HandshakesPerSecond = 30, 1
	r := start(t, limits, live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	c.must("/chat", "join", object{"room": room})
	for i := 0; ; i++ {
		status, _, e := r.shake("", nil)
		if status == http.StatusOK && i < 500 {
			continue
		}
		if e["code"] == "LOCKED_OUT" {
			refusal(t, e, "LOCKED_OUT", "offences-per-address", 30)
			break
		}
		refusal(t, e, "RATE_LIMITED", "handshakes-per-second", 1)
	}
	time.Sleep(5 * time.Millisecond)
	late := r.person()
	for _, header := range []http.Header{nil, {"Origin": {r.url}, "Cookie": {"sid=junk"}}, late.header()} {
		status, retry, e := r.shake("", header)
		refusal(t, e, "LOCKED_OUT", "offences-per-address", 30)
		if seconds, _ := strconv.Atoi(retry); status != http.StatusTooManyRequests || seconds < 500 || seconds > 600 {
			t.Errorf("status %d, Retry-After %q", status, retry)
		}
	}
	c.must("/chat", "chat", object{"room": room, "chat": "still here"})
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) { // one connection a second
		status, _, e := r.shake("", lee.header())
		if status == http.StatusOK {
			break
		}
		if refusal(t, e, "RATE_LIMITED", "handshakes-per-second", 1); time.Now().After(end) {
			t.Fatal("a visitor from before is turned away")
		}
	}
	r.log.wants(t, "gets no newcomers")
	r.log.forget()
}

// A page of another site has its visitors open connections, as many as it likes. They are refused
// and cost those visitors nothing.
func TestD1ForeignPagesCostNothing(t *testing.T) {
	limits := quick()
	limits.HandshakesPerSecond, limits.SocketsPerAddress = 0, 0
	r := start(t, limits, live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	c.must("/chat", "join", object{"room": room})
	for i := range 1300 {
		h := http.Header{}
		switch i % 4 {
		case 0:
			h.Set("Origin", "https://evil.example")
		case 1:
			h.Set("Origin", "https://evil.example")
			h.Set("Cookie", "sid="+kim.token)
		case 2: // a picture
			h.Set("Sec-Fetch-Site", "cross-site")
		case 3:
			h.Set("Sec-Fetch-Site", "same-site")
		}
		w := httptest.NewRecorder()
		q := httptest.NewRequest("GET", "/socket.io/?EIO=4&transport=polling", nil)
		q.RemoteAddr, q.Header = "127.0.0.1:5000", h
		if r.door.ServeHTTP(w, q); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "BAD_ORIGIN") {
			t.Fatalf("status %d %s", w.Code, w.Body)
		}
	}
	for range 5 {
		kim.tab()
	}
	c.must("/chat", "chat", object{"room": room, "chat": "nothing happened"})
}
