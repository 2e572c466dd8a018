package live_test

import (
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// color is how a member is called in a room, by the answer to a join.
func color(joined object) string { return joined["me"].(object)["user"].(string) }

func TestM4DeletedMessagesAreToldToAll(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	owner, guest, away := kim.tab(), lee.tab(), lee.tab()
	owner.must("/chat", "join", object{"room": room})
	guest.must("/chat", "join", object{"room": room})
	epoch := away.must("/chat", "join", object{"room": room})["epoch"]
	sent := guest.must("/chat", "chat", object{"room": room, "cid": "c", "chat": "a secret"})
	owner.event("join")
	owner.event("chat")
	away.event("chat")
	away.must("/chat", "leave", object{"room": room})

	reply := guest.must("/chat", "delete", object{"room": room, "seq": sent["seq"]})
	for _, c := range []*client{owner, guest} {
		if e := c.event("remove"); e["seq"] != sent["seq"] || e["rev"] != reply["rev"] || e["deleted"] != "author" || e["_id"] != sent["_id"] || e["room"] != room {
			t.Errorf("remove %v", e)
		}
	}
	// Who was away gets what is left, and nothing else.
	back := away.must("/chat", "join", object{"room": room, "since": object{"epoch": epoch, "rev": sent["rev"]}})
	messages := back["messages"].([]any)
	if m := messages[0].(object); len(messages) != 1 || m["seq"] != sent["seq"] || m["deleted"] != "author" || m["chat"] != nil || back["reset"] != false {
		t.Errorf("resumed with %v", back)
	}
	guest.fails("NOT_FOUND", "/chat", "delete", object{"room": room, "seq": 0})
	guest.fails("BAD_REQUEST", "/chat", "delete", object{"seq": 1})
	owner.must("/chat", "chat", object{"room": room, "cid": "d", "chat": "an order"})
	guest.fails("NOT_IN_CHARGE", "/chat", "delete", object{"room": room, "seq": 5})
}

// Whoever is removed hears of it within a second in all windows, and then nothing of the room.
func TestS7RemovedSocketsLeaveTheRoom(t *testing.T) {
	limits := quick()
	limits.KickPause = 2 * time.Second
	inside(t, limits, testRemovedSocketsLeaveTheRoom)
}

func testRemovedSocketsLeaveTheRoom(t *testing.T, r *rig) {
	kim, lee := r.person(), r.person()
	room, elsewhere := kim.room(chat.NewRoom{}), kim.room(chat.NewRoom{})
	owner, a, b := kim.tab(), lee.tab(), lee.tab()
	owner.must("/chat", "join", object{"room": room})
	first := a.must("/chat", "join", object{"room": room})
	b.must("/chat", "join", object{"room": room})
	b.must("/chat", "join", object{"room": elsewhere})
	owner.event("join")

	began := time.Now()
	owner.must("/chat", "kick", object{"room": room, "user": color(first)})
	for _, c := range []*client{a, b} {
		c.event("exit")
		e := c.event("kicked")
		problem := e["error"].(object)
		if e["room"] != room || problem["code"] != "KICKED" || problem["message"] == "" || problem["retryAfterMs"].(float64) > 2000 {
			t.Errorf("kicked %v", e)
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if line := owner.event("exit"); line["code"] != "removed" || line["count"] != 1.0 || line["args"].(object)["user"] != color(first) ||
		line["args"].(object)["actor"].(object)["user"] == nil {
		t.Errorf("the line is %v", line)
	}

	owner.must("/chat", "chat", object{"room": room, "cid": "c", "chat": "is he gone?"})
	owner.event("chat")
	r.settle(elsewhere, b)
	for _, c := range []*client{a, b} {
		c.fails("KICKED", "/chat", "join", object{"room": room, "since": object{"epoch": first["epoch"], "rev": first["rev"]}})
		c.fails("KICKED", "/chat", "chat", object{"room": room, "chat": "back"})
		c.fails("KICKED", "/chat", "history", object{"room": room})
		if rest := c.rest(); len(rest) > 0 {
			t.Errorf("heard after the removal: %v", rest)
		}
	}
	lee.tab().fails("KICKED", "/chat", "join", object{"room": room})
	// In other rooms nothing has changed.
	b.must("/chat", "chat", object{"room": elsewhere, "cid": "e", "chat": "here"})

	time.Sleep(2 * time.Second)
	a.must("/chat", "join", object{"room": room})
}
