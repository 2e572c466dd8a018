package live_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// crowded is a store that begins with more rooms than were ever made in it.
type crowded struct {
	chat.Store
	rooms int
	rev   atomic.Int64
}

func crowdedRoom(i int) string { return fmt.Sprintf("room%d", i) }

func (s *crowded) Rooms(context.Context) (all []chat.RoomRecord, err error) {
	for i := range s.rooms {
		at := time.Unix(1_700_000_000+int64(i), 0)
		owner := chat.Member{Identity: chat.Identity{ID: "owner"}, Role: chat.RoleOwner, Left: at}
		all = append(all, chat.RoomRecord{
			Room:    chat.Room{ID: crowdedRoom(i), Title: fmt.Sprint("방 ", i), Max: 1000, Listed: true, Life: chat.Always, History: chat.Always, Created: at, Active: at},
			Members: []chat.Member{owner},
		})
	}
	return all, nil
}

func (s *crowded) Append(ctx context.Context, e chat.Entry, committed func(chat.Message)) (chat.Message, bool, error) {
	if !strings.HasPrefix(e.Message.Room, crowdedRoom(0)[:4]) {
		return s.Store.Append(ctx, e, committed)
	}
	m := e.Message
	m.Seq, m.Rev = 1, s.rev.Add(1)
	committed(m)
	return m, false, nil
}

func (s *crowded) Messages(ctx context.Context, room string, q chat.Range) (chat.Snapshot, error) {
	if !strings.HasPrefix(room, crowdedRoom(0)[:4]) {
		return s.Store.Messages(ctx, room, q)
	}
	return chat.Snapshot{Rev: s.rev.Load()}, nil
}

func startCrowded(t testing.TB, rooms int, limits chat.Limits) *rig {
	return startOn(t, t.TempDir(), limits, live.Options{}, func(s chat.Store) chat.Store { return &crowded{Store: s, rooms: rooms} })
}

func TestD6ManyRoomsComeInParts(t *testing.T) {
	const rooms = 15_000
	r := startCrowded(t, rooms, quick())
	c, list := r.person().lobby()
	seen := map[string]bool{}
	for part := list; ; {
		ids := roomIDs(part)
		next, _ := part["next"].(string)
		if len(ids) > 50 || len(ids) == 0 || part["total"] != float64(rooms) || (next != "") != (len(seen)+len(ids) < rooms) {
			t.Fatalf("behind %d rooms a part of %d, total %v, next %q", len(seen), len(ids), part["total"], next)
		}
		for _, id := range ids {
			if seen[id] {
				t.Fatalf("%s comes twice", id)
			}
			seen[id] = true
		}
		if next == "" {
			break
		}
		part = c.must("/room", "list", object{"cursor": next})
	}
	if len(seen) != rooms {
		t.Errorf("%d rooms", len(seen))
	}
	for _, p := range c.log {
		if len(p.text) > 20<<10 {
			t.Errorf("%s of %d bytes", p.name, len(p.text))
		}
	}
	found := c.must("/room", "list", object{"q": "방 1499", "limit": 4})
	if ids := roomIDs(found); len(ids) != 4 || found["total"] != 11.0 || ids[0] != crowdedRoom(14_999) {
		t.Errorf("found %v of %v", ids, found["total"])
	}
}

// Reading and searching the list have a rate.
func TestD6ListsHaveARate(t *testing.T) {
	limits := quick()
	limits.ListsPerSecond = 0
	r := start(t, limits, live.Options{})
	c, _ := r.person().lobby()
	for i := 0; ; i++ {
		q := []object{{}, {"q": "x"}}[i%2]
		e, _ := c.ask("/room", "list", q)["error"].(object)
		if e == nil && i < 500 {
			continue
		}
		refusal(t, e, "RATE_LIMITED", "lists-per-second", 5)
		break
	}
	if _, list := r.person().lobby(); list["rooms"] == nil { // what comes unasked is everybody's
		t.Errorf("list %v", list)
	}
}

// The lobby's events go their own way: while they stand still, lists come, rooms are made and
// messages sent. What happened meanwhile is told afterwards.
func TestD6NobodyWaitsForTheLobby(t *testing.T) {
	limits := quick()
	limits.LobbyPause = time.Millisecond
	r := start(t, limits, live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	talk, hear := kim.tab(), lee.tab()
	talk.must("/chat", "join", object{"room": room})
	hear.must("/chat", "join", object{"room": room})
	early, _ := kim.lobby()
	r.told(chat.Lobby)

	held, going := make(chan struct{}), make(chan struct{})
	r.house.InOrder(chat.Lobby, func() { close(held); <-going })
	<-held
	early.must("/room", "list", object{})
	for i := range early.log { // what a slow machine has told only now
		early.log[i].taken = true
	}
	gone := kim.room(chat.NewRoom{Title: "gone"})
	late, list := kim.lobby()
	if ids := roomIDs(list); len(ids) != 2 || ids[0] != room || ids[1] != gone {
		t.Errorf("roomList %v", ids)
	}
	made := early.must("/room", "createRoom", object{"title": "made", "cid": "1"})["room"].(object)["_id"].(string)
	early.must("/room", "removeRoom", object{"room": gone})
	for range 20 {
		if list := early.must("/room", "list", object{}); len(roomIDs(list)) != 2 {
			t.Errorf("list %v", list)
		}
	}
	talk.must("/chat", "chat", object{"room": room, "chat": "hello", "cid": "1"})
	if m := hear.event("chat"); m["chat"] != "hello" {
		t.Errorf("got %v", m)
	}
	for _, c := range []*client{early, late} {
		for _, name := range c.rest() {
			t.Errorf("%s is told already", name)
		}
	}
	close(going)
	for _, c := range []*client{early, late} {
		c.find("the new room", func(p *packet) bool { return p.name == "newRoom" && p.data["_id"] == made })
		c.find("the end of a room", func(p *packet) bool { return p.name == "removeRoom" && p.text == `"`+gone+`"` })
	}
	late.must("/room", "list", object{})
	kim.room(chat.NewRoom{Title: "last"})
	late.find("the last room", func(p *packet) bool { return p.name == "newRoom" && p.data["title"] == "last" })
}

// However many rooms are busy, those who look at the list hear of as many as it has on a page.
func TestD6BusyRoomsDontFloodTheLobby(t *testing.T) {
	limits := quick()
	limits.LobbyPause, limits.LobbyPage = time.Hour, 5
	r := startCrowded(t, 30, limits)
	c, _ := r.person().lobby()
	r.told(chat.Lobby)
	c.must("/room", "list", object{})
	kim := r.person()
	for i := range 30 {
		kim.tab().must("/chat", "join", object{"room": crowdedRoom(i)})
	}
	kim.room(chat.NewRoom{Title: "last"})
	c.event("newRoom")
	updates := 0
	for _, name := range c.rest() {
		if name == "updateRoom" {
			updates++
		}
	}
	if updates != 5 {
		t.Errorf("%d updates", updates)
	}
}

// However many rooms were busy, everybody sees in the end how many are in each.
func TestD6BusyRoomsAreToldInTheEnd(t *testing.T) {
	const rooms = 200
	limits := quick()
	limits.LobbyPause, limits.LobbyPage = 20*time.Millisecond, 10
	r := startCrowded(t, rooms, limits)
	var pages []*client
	for range 2 {
		c, _ := r.person().lobby()
		c.must("/room", "list", object{})
		pages = append(pages, c)
	}
	r.told(chat.Lobby)
	kim, lee := r.person(), r.person()
	for _, p := range []*person{kim, lee} {
		for i := range rooms {
			if _, err := r.house.Join(t.Context(), p.Visitor, chat.JoinRequest{Room: crowdedRoom(i), Conn: "a"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	gone := kim.room(chat.NewRoom{})
	if err := r.house.CloseRoom(t.Context(), kim.Visitor, gone); err != nil {
		t.Fatal(err)
	}
	for _, c := range pages {
		counts := map[any]any{}
		right := 0
		c.find("the right count of every room", func(p *packet) bool {
			if p.name == "updateRoom" {
				if counts[p.data["_id"]] == 2.0 {
					right--
				}
				if counts[p.data["_id"]] = p.data["count"]; p.data["count"] == 2.0 {
					right++
				}
			}
			return right == rooms
		})
	}
}

// BenchmarkList is what one part of a long list costs, from the question to the answer.
func BenchmarkList(b *testing.B) {
	r := startCrowded(b, 15_000, quick())
	c, _ := r.person().lobby()
	for b.Loop() {
		c.ask("/room", "list", object{})
		c.log = c.log[:0]
	}
}

// BenchmarkSendBesideTheLobby is how long a message takes while others read the list all the time.
func BenchmarkSendBesideTheLobby(b *testing.B) {
	r := startCrowded(b, 15_000, quick())
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	talk := kim.tab()
	talk.must("/chat", "join", object{"room": room})
	stop := make(chan struct{})
	done := make(chan struct{}, 4)
	for range cap(done) {
		c, _ := r.person().lobby()
		go func() {
			defer func() { done <- struct{}{} }()
			for {
				select {
				case <-stop:
					return
				default:
					c.ask("/room", "list", object{})
					c.log = c.log[:0]
				}
			}
		}()
	}
	for b.Loop() {
		talk.ask("/chat", "chat", object{"room": room, "chat": "hello"})
		talk.log = talk.log[:0]
	}
	close(stop)
	for range cap(done) {
		<-done
	}
}
