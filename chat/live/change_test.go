package live_test

import (
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// The owner changes a room; who is in it and who looks at the list hear what it has become.
func TestM2ChangedRoomIsTold(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{Title: "마당"})
	a, b := kim.tab(), lee.tab()
	a.must("/chat", "join", object{"room": room})
	b.must("/chat", "join", object{"room": room})
	r.settle(room, b)
	l, _ := lee.lobby()

	reply := a.must("/chat", "updateRoom", object{"room": room, "life": "day", "history": "week"})
	if view := reply["room"].(object); view["life"] != "day" || view["history"] != "week" || view["mine"] != true || view["ends"].(float64) <= view["active"].(float64) {
		t.Errorf("reply %v", view)
	}
	for who, view := range map[string]object{"owner": a.event("updateRoom"), "guest": b.event("updateRoom"), "lobby": l.event("updateRoom")} {
		if view["_id"] != room || view["life"] != "day" || view["history"] != "week" || view["mine"] != nil || view["title"] != "마당" {
			t.Errorf("%s got %v", who, view)
		}
	}
	b.fails("NOT_OWNER", "/chat", "updateRoom", object{"room": room, "life": "always"})
	a.fails("BAD_SPAN", "/chat", "updateRoom", object{"room": room, "life": "year"})
	a.fails("BAD_REQUEST", "/chat", "updateRoom", object{"life": "day"})
	a.fails("NO_SUCH_ROOM", "/chat", "updateRoom", object{"room": "nowhere", "life": "day"})
	if j := lee.tab().must("/chat", "join", object{"room": room}); j["room"].(object)["life"] != "day" {
		t.Errorf("joined %v", j["room"])
	}
}
