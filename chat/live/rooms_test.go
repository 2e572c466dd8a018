package live_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

func TestRoom(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{Title: "마당", Max: 5})
	a := kim.tab()

	// The answer to join holds the whole room.
	j := a.must("/chat", "join", object{"room": room})
	view, me := j["room"].(object), j["me"].(object)
	if view["_id"] != room || view["title"] != "마당" || view["mine"] != true || view["count"] != 1.0 || view["password"] != false {
		t.Errorf("room %v", view)
	}
	color, _ := me["user"].(string)
	if !strings.HasPrefix(color, "#") || len(color) != 7 || me["name"] != kim.Name("ko") || me["nameIdx"] != float64(kim.NameIdx) || me["role"] != "owner" {
		t.Errorf("me %v", me)
	}
	if view["owner"] != color {
		t.Errorf("owner %v, me %v", view["owner"], color)
	}
	if members := j["members"].([]any); len(members) != 1 || members[0].(object)["user"] != color {
		t.Errorf("members %v", members)
	}
	messages := j["messages"].([]any)
	if len(messages) != 2 || messages[0].(object)["code"] != "created" || messages[1].(object)["code"] != "join" {
		t.Errorf("messages %v", messages)
	}
	if j["epoch"] != r.house.Epoch() || j["rev"] != 2.0 || j["reset"] != false || j["more"] != false {
		t.Errorf("epoch %v rev %v reset %v more %v", j["epoch"], j["rev"], j["reset"], j["more"])
	}

	// Who comes is announced to those who are there, not to himself.
	b := lee.tab("lang=en")
	other := b.must("/chat", "join", object{"room": room})
	if name := other["members"].([]any)[0].(object)["name"]; name != kim.Name("en") {
		t.Errorf("name %v in English", name)
	}
	line := a.event("join")
	member := line["member"].(object)
	if line["user"] != "system" || line["code"] != "join" || line["rev"] != 3.0 || line["seq"] != 3.0 || line["count"] != 2.0 ||
		member["user"] != other["me"].(object)["user"] || member["nameIdx"] != float64(lee.NameIdx) || languageOf(line["chat"].(string)) != korean {
		t.Errorf("join %v", line)
	}
	if _, named := member["name"]; named {
		t.Errorf("a broadcast has a name in one language: %v", member)
	}

	// A message reaches everybody once; only its sender's sockets see the cid.
	a2 := kim.tab()
	a2.must("/chat", "join", object{"room": room})
	sent := a.must("/chat", "chat", object{"room": room, "cid": "c1", "chat": "안녕 <b>"})
	for who, c := range map[string]*client{"sender": a, "its other tab": a2, "other": b} {
		m := c.event("chat")
		wants := any("c1")
		if who == "other" {
			wants = nil
		}
		if m["cid"] != wants || m["chat"] != "안녕 <b>" || m["kind"] != "text" || m["room"] != room || m["user"] != color ||
			m["_id"] != sent["_id"] || m["seq"] != sent["seq"] || m["rev"] != sent["rev"] || m["createdAt"] != sent["createdAt"] {
			t.Errorf("%s got %v, ack %v", who, m, sent)
		}
	}
	if sent["dup"] != false || sent["rev"] != 4.0 {
		t.Errorf("ack %v", sent)
	}

	// What comes through the other door reaches all too.
	lee.say(room, "by HTTP")
	for _, c := range []*client{a, a2, b} {
		if m := c.event("chat"); m["chat"] != "by HTTP" {
			t.Errorf("got %v", m)
		}
	}

	// History is paged by seq.
	page := b.must("/chat", "history", object{"room": room, "before": 5, "limit": 2})
	if seqs := numbers(page["messages"], "seq"); !slices.Equal(seqs, []int{3, 4}) || page["more"] != true {
		t.Errorf("page %v more %v", seqs, page["more"])
	}
	page = b.must("/chat", "history", object{"room": room, "after": 4})
	if seqs := numbers(page["messages"], "seq"); !slices.Equal(seqs, []int{5}) || page["more"] != false {
		t.Errorf("page %v more %v", seqs, page["more"])
	}

	page = b.must("/chat", "history", object{"room": room, "after": 0, "limit": 2})
	if seqs := numbers(page["messages"], "seq"); !slices.Equal(seqs, []int{1, 2}) || page["more"] != true {
		t.Errorf("from the beginning: %v more %v", seqs, page["more"])
	}

	// Who leaves hears nothing more, and the others are told.
	b.must("/chat", "leave", object{"room": room})
	if line := a.event("exit"); line["code"] != "exit" || line["count"] != 1.0 || line["rev"] != 6.0 || line["member"] != nil {
		t.Errorf("exit %v", line)
	}
	b.fails("NOT_MEMBER", "/chat", "chat", object{"room": room, "cid": "c2", "chat": "again"})
	b.fails("NOT_MEMBER", "/chat", "leave", object{"room": room})
	a2.event("exit")
	a.must("/chat", "chat", object{"room": room, "cid": "c3", "chat": "alone"})
	a.event("chat")
	r.settle(room, b)
	for _, c := range []*client{a, b} {
		if rest := c.rest(); len(rest) > 0 {
			t.Errorf("there is more: %v", rest)
		}
	}

	// The end of the room.
	if err := r.house.CloseRoom(context.Background(), kim.Visitor, room); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client{a, a2} {
		if e := c.event("roomClosed"); e["room"] != room || e["reason"] != "owner" {
			t.Errorf("roomClosed %v", e)
		}
	}
	for s := range r.door.Server().Of("/chat").Sockets() {
		// The rooms are left right behind the event.
		for end := time.Now().Add(patience); len(s.Rooms()) > 1; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("a socket is still in %v", s.Rooms())
			}
		}
	}
	a.fails("NO_SUCH_ROOM", "/chat", "chat", object{"room": room, "cid": "c4", "chat": "late"})
	a.fails("NO_SUCH_ROOM", "/chat", "join", object{"room": room})
}

func numbers(list any, key string) (n []int) {
	for _, v := range list.([]any) {
		n = append(n, int(v.(object)[key].(float64)))
	}
	return n
}

func TestLockedRoom(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim, lee, park := r.person(), r.person(), r.person()
	room := kim.room(chat.NewRoom{Password: secret})
	owner := kim.tab()
	owner.must("/chat", "join", object{"room": room})

	// Without the page there is no way in, whatever the request says.
	a := lee.tab("grant_" + room + "=forged")
	for _, q := range []object{{"room": room}, {"room": room, "password": secret}, {"room": room, "since": object{"epoch": r.house.Epoch(), "rev": 1}}} {
		a.fails("WRONG_PASSWORD", "/chat", "join", q)
	}
	a.fails("WRONG_PASSWORD", "/chat", "history", object{"room": room})
	a.fails("NOT_MEMBER", "/chat", "chat", object{"room": room, "chat": "hi"})
	owner.must("/chat", "chat", object{"room": room, "chat": "between us", "cid": "1"})
	r.settle(room, owner)
	a.ask("/chat", "history", object{"room": room})
	if rest := a.rest(); len(rest) > 0 {
		t.Errorf("who isn't in hears %v", rest)
	}

	// The password was told over HTTP: this socket may join at once.
	grant, err := r.house.Enter(context.Background(), lee.Visitor, room, secret)
	if err != nil {
		t.Fatal(err)
	}
	a.must("/chat", "join", object{"room": room})

	// A grant is for one session.
	b := park.tab("grant_" + room + "=" + grant)
	b.fails("WRONG_PASSWORD", "/chat", "join", object{"room": room})
}

// Sessions, rooms and grants outlive the process: after a restart the cookies of the handshake are
// enough.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	var kim, lee *person
	var room, grant string
	var since object
	t.Run("before", func(t *testing.T) {
		r := startOn(t, dir, quick(), live.Options{}, asIs)
		kim, lee = r.person(), r.person()
		room = kim.room(chat.NewRoom{Password: secret})
		var err error
		if grant, err = r.house.Enter(context.Background(), lee.Visitor, room, secret); err != nil {
			t.Fatal(err)
		}
		j := kim.tab().must("/chat", "join", object{"room": room})
		since = object{"epoch": j["epoch"], "rev": j["rev"]}
		kim.say(room, "still here?")
	})
	t.Run("after", func(t *testing.T) {
		r := startOn(t, dir, quick(), live.Options{}, asIs)
		kim.rig, lee.rig = r, r
		c := lee.tab()
		c.fails("WRONG_PASSWORD", "/chat", "history", object{"room": room})
		c.fails("WRONG_PASSWORD", "/chat", "join", object{"room": room})
		c = lee.tab("grant_" + room + "=" + grant)
		c.must("/chat", "history", object{"room": room})
		c.must("/chat", "join", object{"room": room})
		j := kim.tab().must("/chat", "join", object{"room": room, "since": since})
		messages := j["messages"].([]any)
		if len(messages) == 0 || messages[0].(object)["chat"] != "still here?" || j["reset"] != false {
			t.Errorf("resumed %v", j)
		}
	})
}

func TestOneSeatForThreeTabs(t *testing.T) {
	limits := quick()
	limits.SeatGrace = time.Hour
	r := start(t, limits, live.Options{})
	kim, lee, park := r.person(), r.person(), r.person()
	room := kim.room(chat.NewRoom{Max: 2})
	watcher := lee.tab()
	watcher.must("/chat", "join", object{"room": room})
	var tabs []*client
	for range 3 {
		c := kim.tab()
		j := c.must("/chat", "join", object{"room": room})
		if j["room"].(object)["count"] != 2.0 || len(j["members"].([]any)) != 2 {
			t.Errorf("join %v", j)
		}
		tabs = append(tabs, c)
	}
	watcher.event("join")
	park.tab().fails("ROOM_FULL", "/chat", "join", object{"room": room})

	// Two tabs go, one stays: the seat stays.
	tabs[0].must("/chat", "leave", object{"room": room})
	tabs[1].must("/chat", "leave", object{"room": room})
	park.tab().fails("ROOM_FULL", "/chat", "join", object{"room": room})
	lee.say(room, "hello")
	tabs[2].event("chat")
	r.settle(room, tabs[1])
	if rest := tabs[1].rest(); len(rest) > 0 {
		t.Errorf("the tab that left hears %v", rest)
	}
	watcher.event("chat")
	if rest := watcher.rest(); len(rest) > 0 {
		t.Errorf("printed %v", rest)
	}

	// The last one leaves: the seat is free at once.
	r.settle(room, tabs[2])
	if r.house.MayPost(kim.Visitor, room) != nil {
		t.Fatal("the seat is lost")
	}
	tabs[2].must("/chat", "leave", object{"room": room})
	watcher.event("exit")
	park.tab().must("/chat", "join", object{"room": room})
}

func TestReloadPrintsNothing(t *testing.T) {
	limits := quick()
	limits.SeatGrace = time.Hour
	r := start(t, limits, live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	watcher := kim.tab()
	watcher.must("/chat", "join", object{"room": room})
	for range 5 {
		c := lee.tab()
		c.must("/chat", "join", object{"room": room})
		c.close()
	}
	c := lee.tab()
	c.must("/chat", "join", object{"room": room})
	watcher.event("join")
	r.settle(room, watcher)
	if rest := watcher.rest(); len(rest) > 0 {
		t.Errorf("printed %v", rest)
	}
	if r.house.MayPost(lee.Visitor, room) != nil {
		t.Error("the seat is lost")
	}
}

func TestExitAfterGrace(t *testing.T) {
	limits := quick()
	limits.SeatGrace = time.Millisecond
	r := start(t, limits, live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	watcher := kim.tab()
	watcher.must("/chat", "join", object{"room": room})
	c, second := lee.tab(), lee.tab()
	c.must("/chat", "join", object{"room": room})
	second.must("/chat", "join", object{"room": room})
	second.close()
	c.must("/chat", "chat", object{"room": room, "chat": "still here", "cid": "1"})
	c.close()
	if line := watcher.event("exit"); line["count"] != 1.0 {
		t.Errorf("exit %v", line)
	}
	if watcher.event("chat")["chat"] != "still here" {
		t.Error("the message is lost")
	}
}

func TestJoinAgainOnTheSameSocket(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	watcher := lee.tab()
	watcher.must("/chat", "join", object{"room": room})
	c := kim.tab()
	first := c.must("/chat", "join", object{"room": room})
	kim.say(room, "one")
	c.event("chat")
	again := c.must("/chat", "join", object{"room": room, "since": object{"epoch": first["epoch"], "rev": first["rev"]}})
	if revs := numbers(again["messages"], "rev"); !slices.Equal(revs, []int{4}) || again["reset"] != false {
		t.Errorf("again %v", again)
	}
	kim.say(room, "two")
	if m := c.event("chat"); m["chat"] != "two" {
		t.Errorf("got %v", m)
	}
	watcher.event("join")
	r.settle(room, c)
	if rest := c.rest(); len(rest) > 0 {
		t.Errorf("twice: %v", rest)
	}
	r.settle(room, watcher)
	if rest := watcher.rest(); !slices.Equal(rest, []string{"chat", "chat"}) {
		t.Errorf("the others got %v", rest)
	}
	c.must("/chat", "leave", object{"room": room})
	watcher.event("exit")
}

func TestResume(t *testing.T) {
	limits := quick()
	limits.ResumeMost, limits.SeatGrace = 20, time.Hour
	r := start(t, limits, live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	j := c.must("/chat", "join", object{"room": room})
	c.close()
	epoch, rev := j["epoch"], j["rev"]
	for i := range 20 {
		kim.say(room, fmt.Sprint(i))
	}
	tests := []struct {
		name  string
		since any
		more  int // messages posted before the join
		revs  []int
		reset bool
	}{
		{name: "what was missed", since: object{"epoch": epoch, "rev": rev}, revs: span(3, 22)},
		{name: "nothing missed", since: object{"epoch": epoch, "rev": 22}},
		{name: "other epoch", since: object{"epoch": "another", "rev": 22}, revs: span(1, 22), reset: true},
		{name: "from the future", since: object{"epoch": epoch, "rev": 1000}, revs: span(1, 22), reset: true},
		{name: "null", since: nil, revs: span(1, 22)},
		{name: "too much", since: object{"epoch": epoch, "rev": rev}, more: 40, revs: span(13, 62), reset: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for i := range test.more {
				kim.say(room, fmt.Sprint("more ", i))
			}
			j := kim.tab().must("/chat", "join", object{"room": room, "since": test.since})
			if revs := numbers(j["messages"], "rev"); !slices.Equal(revs, test.revs) || j["reset"] != test.reset {
				t.Errorf("revs %v reset %v, want %v %v", revs, j["reset"], test.revs, test.reset)
			}
			if last := 22 + test.more; j["rev"] != float64(last) {
				t.Errorf("rev %v, want %d", j["rev"], last)
			}
		})
	}
}

func span(from, to int) (n []int) {
	for i := from; i <= to; i++ {
		n = append(n, i)
	}
	return n
}

func TestSameCID(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	watcher := lee.tab()
	watcher.must("/chat", "join", object{"room": room})
	var tabs []*client
	for range 4 {
		c := kim.tab()
		c.must("/chat", "join", object{"room": room})
		tabs = append(tabs, c)
	}
	for round := range 20 {
		ids := make([]int, len(tabs))
		for i, c := range tabs {
			ids[i] = c.emit("/chat", "chat", object{"room": room, "cid": fmt.Sprint("r", round), "chat": fmt.Sprint("from ", i)})
		}
		fresh := 0
		var first object
		for i, c := range tabs {
			ack := c.answer(ids[i])
			if ack["ok"] != true {
				t.Fatalf("ack %v", ack)
			}
			if ack["dup"] == false {
				fresh++
			}
			if first == nil {
				first = ack
			}
			for _, key := range []string{"_id", "seq", "rev", "createdAt"} {
				if ack[key] != first[key] {
					t.Errorf("%s differs: %v and %v", key, ack, first)
				}
			}
		}
		if fresh != 1 {
			t.Errorf("%d answers without dup", fresh)
		}
		if m := watcher.event("chat"); m["seq"] != first["seq"] {
			t.Errorf("got %v, ack %v", m, first)
		}
	}
	watcher.event("join")
	r.settle(room, watcher)
	if rest := watcher.rest(); len(rest) > 0 {
		t.Errorf("more than one each: %v", rest)
	}
	// The same cid of somebody else is another message.
	if ack := watcher.must("/chat", "chat", object{"room": room, "cid": "r0", "chat": "mine"}); ack["dup"] != false {
		t.Errorf("ack %v", ack)
	}
}

func TestRateLimitSaysWhen(t *testing.T) {
	r := start(t, chat.Limits{SendBurst: 1, SendPerSecond: 0.001}, live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	c.must("/chat", "join", object{"room": room})
	c.must("/chat", "chat", object{"room": room, "chat": "1", "cid": "1"})
	e := c.fails("RATE_LIMITED", "/chat", "chat", object{"room": room, "chat": "2", "cid": "2"})
	if e["retryable"] != true || e["retryAfterMs"].(float64) < 1000 {
		t.Errorf("error %v", e)
	}
	// What has nothing to say isn't there.
	if e := c.fails("NO_SUCH_ROOM", "/chat", "join", object{"room": "nowhere"}); len(e) != 3 {
		t.Errorf("error %v", e)
	}
}
