package live_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// wrong are first arguments that no event takes, as JSON of the arguments.
var wrong = []string{`1`, `"x"`, `true`, `[]`, `[{"room":"x"}]`, `{"room":1}`, `{"room":null}`, `{"room":{}}`, `{"room":["x"]}`, `{}`, `null`, ``, `{"Room":"x"}`, `{"room":""}`}

func TestWrongPayloads(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	chatTab := kim.tab()
	if p := chatTab.connect("/room"); p.kind != '0' {
		t.Fatal(p.text)
	}
	check := func(ns, event, payload, code string) {
		t.Run(event+" "+payload[:min(len(payload), 60)], func(t *testing.T) {
			chatTab.t = t
			chatTab.fails(code, ns, event, payload)
		})
	}
	for _, payload := range wrong {
		for _, event := range []string{"join", "leave", "chat", "history"} {
			check("/chat", event, payload, "BAD_REQUEST")
		}
		check("/room", "removeRoom", payload, "BAD_REQUEST")
	}
	in := fmt.Sprintf(`"room":%q`, room)
	for _, payload := range []string{`"since":1`, `"since":"x"`, `"since":{"epoch":1}`, `"since":{"rev":"x"}`, `"since":{"rev":1.5}`, `"since":{"rev":1e30}`} {
		check("/chat", "join", "{"+in+","+payload+"}", "BAD_REQUEST")
	}
	chatTab.must("/chat", "join", object{"room": room})
	for payload, code := range map[string]string{
		`"chat":1`:                     "BAD_REQUEST",
		`"chat":{"text":"x"}`:          "BAD_REQUEST",
		`"chat":"x","cid":7`:           "BAD_REQUEST",
		`"chat":"x","cid":"a b"`:       "BAD_REQUEST",
		`"chat":"x","cid":"sys:1"`:     "BAD_REQUEST",
		`"chat":null`:                  "BAD_MESSAGE",
		`"chat":""`:                    "BAD_MESSAGE",
		`"chat":" \u200b\u0000 "`:      "BAD_MESSAGE",
		`"cid":"x"`:                    "BAD_MESSAGE",
		`"chat":"` + long(9<<10) + `"`: "TOO_LONG",
	} {
		check("/chat", "chat", "{"+in+","+payload+"}", code)
	}
	for _, payload := range []string{`"before":-1`, `"limit":-1`, `"limit":"all"`, `"after":null,"before":"x"`, `"before":1e99`} {
		check("/chat", "history", "{"+in+","+payload+"}", "BAD_REQUEST")
	}
	for payload, code := range map[string]string{
		`null`:                             "BAD_TITLE",
		``:                                 "BAD_TITLE",
		`{}`:                               "BAD_TITLE",
		`[]`:                               "BAD_REQUEST",
		`{"title":7}`:                      "BAD_REQUEST",
		`{"title":"\u0000 \u202e"}`:        "BAD_TITLE",
		`{"title":"` + long(51) + `"}`:     "BAD_TITLE",
		`{"title":"x","max":1}`:            "BAD_MAX",
		`{"title":"x","max":1001}`:         "BAD_MAX",
		`{"title":"x","max":"ten"}`:        "BAD_REQUEST",
		`{"title":"x","max":2.5}`:          "BAD_REQUEST",
		`{"title":"x","password":"abc"}`:   "BAD_PASSWORD",
		`{"title":"x","password":1234}`:    "BAD_REQUEST",
		`{"title":"x","listed":"yes"}`:     "BAD_REQUEST",
		`{"title":"x","cid":"no/slashes"}`: "BAD_REQUEST",
		`{"title":"x","cid":{}}`:           "BAD_REQUEST",
	} {
		check("/room", "createRoom", payload, code)
	}
	for event, ns := range map[string]string{"join": "/chat", "leave": "/chat", "chat": "/chat", "history": "/chat", "removeRoom": "/room"} {
		check(ns, event, `{"room":"nowhere","chat":"x"}`, "NO_SUCH_ROOM")
	}
	for _, payload := range []string{`1`, `[]`, `{"q":1}`, `{"limit":"x"}`, `{"limit":-1}`, `{"cursor":"!"}`, `{"cursor":{}}`, `{"q":"` + long(9<<10) + `"}`} {
		check("/room", "list", payload, "BAD_REQUEST")
	}
	chatTab.t = t
}

func long(n int) string { return strings.Repeat("가", n) }

// Without an answer that could tell, a notice does; and nobody else gets one.
func TestNotice(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c, other := kim.tab("lang=en"), kim.tab()
	for _, tab := range []*client{c, other} {
		tab.must("/chat", "join", object{"room": room})
	}
	for payload, code := range map[string]string{
		`["join",{"room":"nowhere"}]`: "NO_SUCH_ROOM",
		`["chat",{"room":true}]`:      "BAD_REQUEST",
		`["chat"]`:                    "BAD_REQUEST",
	} {
		c.write("2/chat," + payload)
		n := c.event("notice")
		if n["level"] != "error" || n["code"] != code || languageOf(n["message"].(string)) != english {
			t.Errorf("%s: notice %v", payload, n)
		}
	}
	// What works without being asked for an answer works; unknown events are ignored.
	c.write(`2/chat,["whatever",1]`)
	c.write(`2/chat,["chat",{"room":"` + room + `","chat":"no answer wanted"}]`)
	if m := other.event("chat"); m["chat"] != "no answer wanted" {
		t.Errorf("got %v", m)
	}
	c.event("chat")
	for _, tab := range []*client{c, other} {
		r.settle(room, tab)
		if rest := tab.rest(); len(rest) > 0 {
			t.Errorf("there is more: %v", rest)
		}
	}
}
