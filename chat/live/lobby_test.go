package live_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

func roomIDs(list object) (ids []string) {
	rooms, _ := list["rooms"].([]any)
	for _, r := range rooms {
		ids = append(ids, r.(object)["_id"].(string))
	}
	return ids
}

func TestLobby(t *testing.T) {
	limits := quick()
	limits.LobbyPause, limits.LobbyPage = time.Millisecond, 2
	r := start(t, limits, live.Options{})
	kim, lee := r.person(), r.person()
	old := kim.room(chat.NewRoom{Title: "old", Password: secret})

	mine, list := kim.lobby()
	if ids := roomIDs(list); len(ids) != 1 || ids[0] != old {
		t.Fatalf("roomList %v", list)
	}
	room := list["rooms"].([]any)[0].(object)
	if room["title"] != "old" || room["password"] != true || room["count"] != 0.0 || room["max"] != 10.0 || room["listed"] != true {
		t.Errorf("room %v", room)
	}
	if created, _ := room["createdAt"].(float64); time.Since(time.UnixMilli(int64(created))) > time.Hour {
		t.Errorf("createdAt %v", room["createdAt"])
	}
	other, _ := lee.lobby()

	// A new room is announced to all, once, and without anything that is only its owner's.
	q := object{"title": "새 방", "max": 3, "password": secret, "cid": "one"}
	made := mine.must("/room", "createRoom", q)
	id := made["room"].(object)["_id"].(string)
	if made["url"] != "/room/"+id || made["room"].(object)["mine"] != true {
		t.Errorf("made %v", made)
	}
	if again := mine.must("/room", "createRoom", q); again["room"].(object)["_id"] != id {
		t.Errorf("the same cid made %v", again)
	}
	for _, c := range []*client{mine, other} {
		n := c.event("newRoom")
		if n["_id"] != id || n["title"] != "새 방" || n["max"] != 3.0 || n["password"] != true || n["mine"] == true {
			t.Errorf("newRoom %v", n)
		}
	}

	// An unlisted one isn't.
	hidden := mine.must("/room", "createRoom", object{"title": "쉿", "listed": false, "cid": "two"})["room"].(object)["_id"].(string)
	tab := lee.tab()
	tab.must("/chat", "join", object{"room": hidden})
	tab.must("/chat", "leave", object{"room": hidden})

	// Visitors are counted.
	r.house.Enter(context.Background(), lee.Visitor, id, secret)
	tab.must("/chat", "join", object{"room": id})
	for {
		if u := other.event("updateRoom"); u["_id"] == id && u["count"] == 1.0 {
			break
		}
	}

	// Lists have a length: where somebody is first, then the last active.
	if ids := roomIDs(other.must("/room", "list", object{})); len(ids) != 2 || ids[0] != id {
		t.Errorf("list %v", ids)
	}
	newest := kim.room(chat.NewRoom{Title: "newest"})
	list = other.must("/room", "list", "")
	if ids := roomIDs(list); len(ids) != 2 || ids[0] != id || ids[1] != newest || list["total"] != 3.0 {
		t.Errorf("list %v", list)
	}
	if _, list := lee.lobby(); len(roomIDs(list)) != 2 || list["total"] != 3.0 {
		t.Errorf("roomList %v", list)
	}

	// Only the owner removes a room.
	other.fails("NOT_OWNER", "/room", "removeRoom", object{"room": id})
	other.fails("NO_SUCH_ROOM", "/room", "removeRoom", object{"room": "nowhere"})
	mine.must("/room", "removeRoom", object{"room": id})
	removed := func(p *packet) bool { return p.kind == '2' && p.name == "removeRoom" }
	for _, c := range []*client{mine, other} {
		if p := c.find("removeRoom", removed); p.text != `"`+id+`"` {
			t.Errorf("removeRoom %s", p.text)
		}
	}
	if e := tab.event("roomClosed"); e["room"] != id || e["reason"] != "owner" {
		t.Errorf("roomClosed %v", e)
	}
	for _, p := range other.log {
		if p.data["_id"] == hidden || p.text == `"`+hidden+`"` {
			t.Errorf("the hidden room shows in %s %s", p.name, p.text)
		}
	}
	if ids := roomIDs(other.must("/room", "list", object{})); len(ids) != 2 || ids[0] != newest || ids[1] != old {
		t.Errorf("list %v", ids)
	}
}

func TestLobbyShowsManyRooms(t *testing.T) {
	limits := quick()
	limits.LobbyPage = 1000
	r := start(t, limits, live.Options{})
	kim := r.person()
	for range 120 {
		kim.room(chat.NewRoom{})
	}
	if _, list := kim.lobby(); len(roomIDs(list)) != 120 || list["total"] != 120.0 {
		t.Errorf("%d rooms of %v", len(roomIDs(list)), list["total"])
	}
}

// What a newcomer gets as list must agree with the events around it: no room is lost that was
// opened meanwhile, none stays that is gone.
func TestLobbyListAgreesWithItsEvents(t *testing.T) {
	limits := quick()
	limits.LobbyPage = 10_000
	r := start(t, limits, live.Options{})
	kim := r.person()
	for range 300 { // so that reading and writing the list take a while
		kim.room(chat.NewRoom{})
	}
	const each = 5 // rooms that come while a client does: as many on a slow machine
	turns, done := make(chan struct{}, each), make(chan struct{})
	go func() {
		defer close(done)
		i := 0
		for range turns {
			i++
			room, _, err := r.house.CreateRoom(context.Background(), kim.Visitor, chat.NewRoom{Title: "room"})
			if err == nil && i%2 == 0 {
				err = r.house.CloseRoom(context.Background(), kim.Visitor, room.ID)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	var clients []*client
	for range 80 {
		for range each {
			turns <- struct{}{}
		}
		c, _ := kim.lobby()
		clients = append(clients, c)
	}
	close(turns)
	<-done
	last := kim.room(chat.NewRoom{Title: "last"})
	want := map[string]bool{}
	page, err := r.house.Lobby(chat.Visitor{}, chat.LobbyQuery{})
	if err != nil || page.Next != "" {
		t.Fatalf("more than one part of the list, or %v", err)
	}
	for _, room := range page.Rooms {
		want[room.ID] = true
	}
	for _, c := range clients {
		c.find("the last room", func(p *packet) bool { return p.name == "newRoom" && p.data["_id"] == last })
		rooms := map[string]bool{}
		for _, p := range c.log {
			switch p.name {
			case "roomList":
				clear(rooms)
				for _, id := range roomIDs(p.data) {
					rooms[id] = true
				}
			case "newRoom":
				rooms[p.data["_id"].(string)] = true
			case "removeRoom":
				delete(rooms, p.text[1:len(p.text)-1])
			}
		}
		if !maps.Equal(rooms, want) {
			t.Fatalf("a client shows %d rooms, there are %d", len(rooms), len(want))
		}
	}
}
