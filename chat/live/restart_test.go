package live_test

import (
	"context"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// Everybody is told in their language that the server restarts, before the connection ends; and
// what was asked before that is answered.
func TestC21RestartIsTold(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	lobby, inside, both := kim.dial("lang=en"), kim.tab("lang=ko"), kim.tab("lang=en")
	lobby.connect("/room")
	both.connect("/room")
	for _, c := range []*client{inside, both} {
		c.must("/chat", "join", object{"room": room})
	}
	id := inside.emit("/chat", "chat", object{"room": room, "cid": "last", "chat": "끝까지"})

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.door.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		*client
		namespaces int
		language   string
	}{{lobby, 1, english}, {inside, 1, korean}, {both, 2, english}} {
		for c.pump("the end") {
		}
		told := map[string]int{}
		for i, p := range c.log {
			if p.name == "notice" {
				told[p.ns]++
				if p.data["code"] != "RESTART" || p.data["level"] != "info" || languageOf(p.data["message"].(string)) != c.language {
					t.Errorf("told %s", p.text)
				}
			}
			if p.kind == '1' {
				t.Error("a page that is sent away doesn't come back:", c.around(i))
			}
		}
		if len(told) != c.namespaces || told["/chat"] > 1 || told["/room"] > 1 {
			t.Errorf("told %v", told)
		}
	}
	answered := false
	for _, p := range inside.log {
		answered = answered || p.kind == '3' && p.id == id && p.data["ok"] == true
	}
	if page, err := r.house.History(t.Context(), kim.Visitor, chat.HistoryQuery{Room: room}); err != nil {
		t.Error(err)
	} else if m := page.Messages[len(page.Messages)-1]; answered && m.Text != "끝까지" {
		t.Errorf("it was acknowledged, but the last message is %q", m.Text)
	}
}

// From the word to the end the chat goes on, and who comes meanwhile is told too.
func TestC21ChatGoesOnUntilTheEnd(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	there := kim.tab()
	there.must("/chat", "join", object{"room": room})
	for range 2 { // the second time it says nothing
		r.door.TellRestart(t.Context())
	}
	late := kim.dial()
	for _, ns := range []string{"/chat", "/room"} {
		late.connect(ns)
		late.find("the notice in "+ns, func(p *packet) bool {
			return p.kind == '2' && p.ns == ns && p.name == "notice" && p.data["code"] == "RESTART"
		})
	}
	late.must("/chat", "join", object{"room": room})
	there.must("/chat", "chat", object{"room": room, "chat": "아직 돼요"})
	if m := late.event("chat"); m["chat"] != "아직 돼요" {
		t.Errorf("got %v", m)
	}
	there.event("notice")
	there.event("chat")
	r.settle(room, there)
	if rest := there.rest(); len(rest) > 0 {
		t.Errorf("there is more: %v", rest)
	}
}
