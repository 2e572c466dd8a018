package live_test

import (
	"fmt"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

func TestF10SearchOverTheWire(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	owner, guest := kim.tab(), lee.tab()
	guest.fails("NOT_MEMBER", "/chat", "search", object{"room": room, "q": "x"})
	owner.must("/chat", "join", object{"room": room})
	sent := owner.must("/chat", "chat", object{"room": room, "cid": "c", "chat": "여러분 안녕 👍 안녕"})
	guest.must("/chat", "join", object{"room": room})

	reply := guest.must("/chat", "search", object{"room": room, "q": "ㅇㄴ"})
	hits := reply["hits"].([]any)
	if len(hits) != 1 || reply["next"] != nil {
		t.Fatalf("found %v", reply)
	}
	hit := hits[0].(object)
	if m := hit["message"].(object); m["seq"] != sent["seq"] || m["chat"] != "여러분 안녕 👍 안녕" || m["cid"] != nil || hit["text"] != m["chat"] ||
		fmt.Sprint(hit["ranges"]) != "[[4 6] [10 12]]" {
		t.Errorf("found %v", hit)
	}
	if none := guest.must("/chat", "search", object{"room": room, "q": "없어요"}); fmt.Sprint(none["hits"]) != "[]" {
		t.Errorf("found %v", none)
	}
	guest.fails("BAD_REQUEST", "/chat", "search", object{"room": room, "q": " "})
	guest.fails("BAD_REQUEST", "/chat", "search", object{"q": "x"})
	guest.fails("NO_SUCH_ROOM", "/chat", "search", object{"room": "nowhere", "q": "x"})
}
