package live_test

import (
	"net/http"
	"testing"

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
	if status != http.StatusTooManyRequests || retry != "600" && retry != "599" && retry != "598" {
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

// Three visitors of one address that are locked out lock the address out.
func TestD1AddressIsLockedOut(t *testing.T) {
	limits := quick()
	limits.SendPerSecond, limits.Offences, limits.SendBurst = 0, 20, 1
	r := start(t, limits, live.Options{})
	bystander := r.person().tab()
	var floods []*client
	for range 3 {
		one := r.person()
		room := one.room(chat.NewRoom{})
		c := one.tab()
		c.must("/chat", "join", object{"room": room})
		c.flood(room)
		floods = append(floods, c)
	}
	for _, c := range append(floods, bystander) {
		c.gone()
	}
	status, _, e := r.shake("", nil)
	refusal(t, e, "LOCKED_OUT", "offences", 20)
	if status != http.StatusTooManyRequests {
		t.Errorf("status %d", status)
	}
	r.empty()
	r.log.forget()
}
