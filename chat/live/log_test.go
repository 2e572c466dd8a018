package live_test

import (
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

func (l *logged) lines() int { return strings.Count(l.String(), "\n") }

// When the store fails, everybody's events do: the log says so once, and it is no error that
// anybody could write there a thousand times.
func TestC11FailingStoreIsToldOnce(t *testing.T) {
	store := new(failing)
	r := startOn(t, t.TempDir(), quick(), live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	c.must("/chat", "join", object{"room": room})
	store.on.Store(true)
	for range 50 {
		c.fails("UNAVAILABLE", "/chat", "chat", object{"room": room, "chat": "hi"})
		c.write(`2/chat,["chat",{"room":"` + room + `","chat":"hi"}]`)
		c.event("notice")
	}
	if text := r.log.String(); r.log.lines() != 1 || !strings.Contains(text, "level=WARN") || !strings.Contains(text, "disk is full") ||
		!strings.Contains(text, " request=") {
		t.Errorf("%d lines:\n%s", r.log.lines(), text)
	}
	r.log.forget()
}

// What visitors do wrong has no line at all; the rig looks for any.
func TestC11VisitorsWriteNoLines(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	c := kim.tab()
	for _, payload := range wrong {
		c.ask("/chat", "chat", payload)
		c.write("2/chat," + array("chat", payload))
	}
	c.connect("/nowhere")
	c.write(`2/chat,["` + strings.Repeat("x", 60) + `"]`)
	c.write(`2/chat,["` + strings.Repeat("x", 60<<10) + `"]`)
	c.gone()
	r.dial(nil).connect("/chat")
	for _, query := range []string{"&sid=stranger", "&EIO=3", "&transport=webtransport", "&transport=websocket"} {
		r.shake(query, kim.header())
	}
	c = kim.tab()
	c.write("1/chat,")
	c.write(`2/chat,["chat"]`)
	c.gone()
}

// Whatever a connection asks, it asks fifty times a second.
func TestD1EventsHaveARate(t *testing.T) {
	limits := quick()
	limits.EventsPerSecond, limits.Offences = 1, 10
	r := start(t, limits, live.Options{})
	c := r.person().tab()
	var ids []int
	for range 100 { // all at once, however slow the machine is
		ids = append(ids, c.emit("/chat", "history", object{"room": "x"}))
	}
	refused := false
	for _, id := range ids {
		e, _ := c.answer(id)["error"].(object)
		switch e["code"] {
		case "NO_SUCH_ROOM":
		case "RATE_LIMITED":
			refusal(t, e, "RATE_LIMITED", "events-per-second", 1)
			refused = true
		case "LOCKED_OUT":
			if !refused {
				t.Error("locked out without a word before")
			}
			c.gone()
			r.log.forget()
			return
		default:
			t.Fatalf("%v", e)
		}
	}
	t.Error("never locked out")
}
