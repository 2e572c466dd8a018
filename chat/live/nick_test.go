package live_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// A change of a name comes to all in the room, at its place between the messages, and to who was
// away.
func TestNicknamesOverTheWire(t *testing.T) {
	limits := quick()
	limits.NickChanges = -1
	r := start(t, limits, live.Options{})
	ann, bob := r.person(), r.person()
	room := ann.room(chat.NewRoom{})
	a, b := ann.tab(), bob.tab()
	a.must("/chat", "join", object{"room": room})
	joined := b.must("/chat", "join", object{"room": room})
	a.must("/chat", "chat", object{"room": room, "chat": "before"})
	if reply := a.must("/chat", "nick", object{"nickname": " 민수 "}); reply["nickname"] != "민수" {
		t.Errorf("answer %v", reply)
	}
	a.must("/chat", "chat", object{"room": room, "chat": "behind"})
	if m := b.event("chat"); m["chat"] != "before" || m["nameIdx"] == nil {
		t.Errorf("message %v", m)
	}
	nick := b.event("nick")
	member, args := nick["member"].(object), nick["args"].(object)
	if nick["nickname"] != "민수" || nick["room"] != room || member["name"] != "민수" || member["user"] != nick["user"] ||
		args["was"].(object)["nameIdx"] == nil || args["now"].(object)["name"] != "민수" || nick["chat"] == "" {
		t.Errorf("event %v", nick)
	}
	if m := b.event("chat"); m["chat"] != "behind" || m["name"] != "민수" || m["rev"].(float64) != nick["rev"].(float64)+1 {
		t.Errorf("message %v behind %v", m, nick)
	}
	b.fails("NICK_TAKEN", "/chat", "nick", object{"nickname": "민 수"})
	b.fails("BAD_NICK", "/chat", "nick", object{"nickname": "관리자"})

	c := bob.tab()
	again := c.must("/chat", "join", object{"room": room, "since": object{"epoch": joined["epoch"], "rev": joined["rev"]}})
	codes := []any{}
	for _, m := range again["messages"].([]any) {
		codes = append(codes, m.(object)["code"])
		if n := m.(object)["name"]; m.(object)["kind"] == "text" && n != "민수" {
			t.Errorf("message of %v", n)
		}
	}
	if len(codes) != 3 || codes[1] != "nick" {
		t.Errorf("who was away gets %v", codes)
	}
}

// Who is forgotten is called by the generated name in the pages of rooms that it has left, too: in
// those that are open, and in those that come back. Nothing there tells the name of before.
func TestForgottenNamesOverTheWire(t *testing.T) {
	r := start(t, quick(), live.Options{})
	ann, bob := r.person(), r.person()
	room := bob.room(chat.NewRoom{})
	a, b, away := ann.tab(), bob.tab(), bob.tab()
	b.must("/chat", "join", object{"room": room})
	a.must("/chat", "nick", object{"nickname": "민수"})
	color := a.must("/chat", "join", object{"room": room})["me"].(object)["user"]
	a.must("/chat", "chat", object{"room": room, "chat": "hello"})
	a.must("/chat", "leave", object{"room": room})
	joined := away.must("/chat", "join", object{"room": room})
	if m := b.event("chat"); m["name"] != "민수" {
		t.Errorf("message %v", m)
	}
	b.event("exit")
	who, err := r.house.Visitor(t.Context(), ann.token)
	if err == nil {
		err = r.house.Forget(t.Context(), who)
	}
	if err != nil {
		t.Fatal(err)
	}
	nick := b.event("nick")
	member, args := nick["member"].(object), nick["args"].(object)
	if nick["user"] != color || member["user"] != color || member["name"] != nil || member["nameIdx"] == nil || args["name"] != nil ||
		args["was"].(object)["nameIdx"] != args["now"].(object)["nameIdx"] || strings.Contains(fmt.Sprint(nick), "민수") {
		t.Errorf("event %v", nick)
	}
	again := bob.tab().must("/chat", "join", object{"room": room, "since": object{"epoch": joined["epoch"], "rev": joined["rev"]}})
	messages := again["messages"].([]any)
	if len(messages) != 1 || messages[0].(object)["code"] != "nick" || messages[0].(object)["args"].(object)["user"] != color {
		t.Errorf("who was away gets %v", messages)
	}
	if all := fmt.Sprint(bob.tab().must("/chat", "join", object{"room": room})["messages"]); strings.Contains(all, "민수") {
		t.Errorf("who is new gets %s", all)
	}
}
