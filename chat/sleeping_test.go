package chat_test

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// asleep fills a database with rooms that nobody is in, of n people each. Every other room is
// unlisted; each third person has a nickname.
func asleep(t *testing.T, path string, rooms, n int) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Durability: sqlite.Normal})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, fill := range []string{
		`INSERT INTO sessions (id, token_hash, name_idx, nickname, lang, created, seen, expires)
			WITH RECURSIVE i (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n + 1 < ?1 * ?2)
			SELECT printf('%026d', n), randomblob(32), n % 1000, iif(n % 3, NULL, printf('손님 %d', n)), 'ko', ?3, ?3 + 1, ?3 + 10000000000 FROM i`,
		`INSERT INTO rooms (id, title, title_fold, max, owner_sid, listed, last_seq, last_rev, created, active, life_from)
			WITH RECURSIVE i (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n + 1 < ?1)
			SELECT printf('%022d', n), printf('동네 이야기 %d', n), printf('동네 이야기 %d', n), 10, printf('%026d', n * ?2), n % 2, 9, 9, ?3, ?3, ?3 FROM i`,
		`INSERT INTO members (room_id, sid, color, hue, shape, nickname, role, joined, "left")
			WITH RECURSIVE i (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n + 1 < ?1 * ?2)
			SELECT printf('%022d', n / ?2), printf('%026d', n), printf('#%06x', n % ?2), n % 12, n % 4, iif(n % 3, NULL, printf('손님 %d', n)),
				iif(n % ?2, 'member', 'owner'), ?3, ?3 + 1 FROM i`,
	} {
		if _, err := db.Exec(fill, rooms, n, time.Now().UnixMilli()); err != nil {
			t.Fatal(err)
		}
	}
}

// Rooms that nobody is in cost the memory of their rows in the list, however many have been there.
// ROOMS is how many of ten people there are, where it is to be measured.
func TestD6SleepingRoomsAreSmall(t *testing.T) {
	if os.Getenv("ALONE") == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestD6SleepingRoomsAreSmall$", "-test.v")
		c.Env = append(os.Environ(), "ALONE=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	rooms, _ := strconv.Atoi(os.Getenv("ROOMS"))
	rooms = max(rooms, 1500)
	each := func(people int) int64 {
		path := filepath.Join(t.TempDir(), "chat.db")
		asleep(t, path, rooms, people)
		before := heap()
		store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		h, err := chat.Open(context.Background(), chat.Options{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		v, err := h.Lobby(chat.Visitor{}, chat.LobbyQuery{})
		if err != nil || v.Total != rooms/2 {
			t.Fatalf("%d rooms, %v", v.Total, err)
		}
		n := (heap() - before) / int64(rooms)
		t.Logf("%d rooms of %d: %d bytes each, opened in %v", rooms, people, n, took)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	few, many := each(1), each(10)
	if few > 3<<10 || many-few > 256 {
		t.Errorf("a room of one takes %d bytes, one of ten %d", few, many)
	}
}

// slept lets everybody leave a room and it fall asleep.
func (k *kit) slept(room string, all ...chat.Visitor) {
	k.Helper()
	for _, who := range all {
		for _, conn := range []string{"owner", "color", who.ID} {
			if err := k.Leave(k.Context(), who, room, conn); chat.CodeOf(err) != chat.NotMember {
				k.check(err)
			}
		}
	}
	time.Sleep(6 * time.Minute)
	if !k.Asleep(room) {
		k.Fatal("the room doesn't sleep")
	}
}

// A room that slept knows everybody as before: who owns it and who is in charge, who is banned and
// from where, who may pass its locked door, its colors, looks and names.
func TestM2SleepingRoomsForgetNothing(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		const home = "192.0.2.7"
		room, owner, guests := k.party(3)
		mod, kim, troll := guests[0], guests[1], guests[2]
		kim.From = home
		before := map[string]chat.Member{}
		for _, who := range []chat.Visitor{owner, mod, kim, troll} {
			before[who.ID] = k.join(who, room, who.ID).Me
		}
		k.check(k.SetModerator(k.Context(), owner, room, before[mod.ID].Color, true))
		troll.From = home
		k.join(troll, room, "color")
		k.check(k.BanMember(k.Context(), owner, chat.BanRequest{Room: room, User: before[troll.ID].Color, Address: true}))
		k.slept(room, owner, mod, kim)

		// Nobody but the owner changes it, who isn't there.
		title, quiet := "새 이름", true
		_, err := k.ChangeRoom(k.Context(), mod, room, chat.RoomChange{Title: &title})
		k.fails(err, chat.NotOwner)
		k.slept(room)
		_, err = k.ChangeRoom(k.Context(), kim, room, chat.RoomChange{Quiet: &quiet})
		k.fails(err, chat.NotInCharge)
		k.slept(room)
		_, err = k.ChangeRoom(k.Context(), mod, room, chat.RoomChange{Quiet: &quiet})
		k.check(err)
		k.slept(room)
		v, err := k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{Title: &title})
		if k.check(err); v.Owner != before[owner.ID].Color {
			t.Errorf("%+v", v)
		}
		lines := k.all(room)
		for i, want := range []struct{ code, who string }{{chat.LineQuiet, mod.ID}, {chat.LineTitle, owner.ID}} {
			if got := lines[len(lines)-2+i]; got.Code != want.code || got.By.ID != want.who {
				t.Errorf("a line is %s of %s, want %+v", got.Code, got.By.ID, want)
			}
		}
		k.slept(room)
		k.fails(k.CloseRoom(k.Context(), mod, room), chat.NotOwner)

		// Bans, by identity and by network; whom the room knows comes in.
		k.slept(room)
		_, err = k.Join(k.Context(), troll, chat.JoinRequest{Room: room, Conn: "t"})
		k.fails(err, chat.RoomBanned)
		k.slept(room)
		_, err = k.Join(k.Context(), k.from(home), chat.JoinRequest{Room: room, Conn: "t"})
		k.fails(err, chat.RoomBanned)
		k.slept(room)
		k.fails(k.CanEnter(k.Context(), k.from(home), room, ""), chat.RoomBanned)
		k.slept(room)
		k.check(k.CanEnter(k.Context(), kim, room, ""))
		k.slept(room)

		// The door.
		locked := true
		_, err = k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{DoorLocked: &locked})
		k.check(err)
		k.slept(room)
		k.fails(k.CanEnter(k.Context(), k.visitor(), room, ""), chat.DoorLocked)
		k.slept(room)
		_, err = k.Join(k.Context(), k.visitor(), chat.JoinRequest{Room: room, Conn: "n"})
		k.fails(err, chat.DoorLocked)
		k.slept(room)
		if j := k.join(kim, room, kim.ID); j.Me.Color != before[kim.ID].Color || j.Me.Hue != before[kim.ID].Hue || j.Me.NameIdx != before[kim.ID].NameIdx {
			t.Errorf("%+v is %+v", before[kim.ID], j.Me)
		}
		k.slept(room, kim)
		locked = false
		_, err = k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{DoorLocked: &locked})
		k.check(err)
		k.slept(room)

		// Who is new differs from those who were here.
		fresh := k.join(k.visitor(), room, "fresh").Me
		for _, m := range before {
			if m.Color == fresh.Color || m.NameIdx == fresh.NameIdx || m.Hue == fresh.Hue {
				t.Errorf("%+v is like %+v", fresh, m)
			}
		}
		if j := k.join(mod, room, mod.ID); j.Me.Role != chat.RoleModerator {
			t.Errorf("%+v", j.Me)
		}
		if j := k.join(owner, room, "owner"); j.Me.Role != chat.RoleOwner {
			t.Errorf("%+v", j.Me)
		}
	})
}

// The owner of a room that slept for days has been away for as long.
func TestM8SleepingRoomsPassOn(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(1)
		kim := guests[0]
		k.send(kim, room, "안녕")
		k.slept(room, owner, kim)
		time.Sleep(2 * day)
		k.join(kim, room, kim.ID)
		time.Sleep(time.Minute)
		if v, err := k.House.Room(room); err != nil || v.OwnerID != kim.ID {
			t.Errorf("%+v, %v", v, err)
		}
		k.slept(room, kim)
		if j := k.join(owner, room, "owner"); j.Me.Role != chat.RoleMember || j.Room.OwnerID != kim.ID {
			t.Errorf("%+v in %+v", j.Me, j.Room)
		}
	})
}

// meanwhile is a store that does something while a room is read.
type meanwhile struct {
	chat.Store
	do func()
}

func (s *meanwhile) Room(ctx context.Context, id string) (chat.RoomRecord, error) {
	r, err := s.Store.Room(ctx, id)
	if do := s.do; do != nil {
		s.do = nil
		do()
	}
	return r, err
}

// What becomes of people while a room wakes up isn't missed: a name that is forgotten, a room that
// is closed, another who wakes it up too.
func TestM2WakingUpMissesNothing(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		s := &meanwhile{}
		k.check(k.Close())
		store, err := sqlite.Open(k.Context(), k.path, sqlite.Options{Durability: sqlite.Normal})
		k.check(err)
		s.Store, k.o.Store = store, s
		k.House, err = chat.Open(k.Context(), k.o)
		k.check(err)

		room, owner, guests := k.party(1)
		kim := guests[0]
		_, err = k.Rename(k.Context(), kim, "민수")
		k.check(err)
		k.send(kim, room, "안녕")
		k.slept(room, owner, kim)
		k.glimpsed("민수")
		s.do = func() { k.check(k.Forget(k.Context(), kim)) }
		k.join(owner, room, "owner")
		k.check(k.BanMember(k.Context(), owner, chat.BanRequest{Room: room, User: k.members(room)[kim.ID].Color}))
		bans, err := k.BannedFrom(owner, room)
		if k.check(err); len(bans) != 1 || bans[0].Nickname != "" {
			t.Errorf("banned: %+v", bans)
		}
		k.glimpsed("")

		k.slept(room, owner)
		lee := k.visitor()
		s.do = func() { k.join(lee, room, "owner") }
		if j := k.join(owner, room, "color"); len(j.Members) != 2 {
			t.Errorf("%+v", j.Members)
		}
		k.slept(room, owner, lee)
		s.do = func() { k.check(k.ShutRoom(k.Context(), room)) }
		_, err = k.Join(k.Context(), owner, chat.JoinRequest{Room: room, Conn: "late"})
		if code := chat.CodeOf(err); code != chat.Closed && code != chat.NoSuchRoom {
			t.Errorf("a closed room: %v", err)
		}
		k.fails(k.Allowed(k.Context(), owner, room, ""), chat.NoSuchRoom)
	})
}

// glimpsed looks whose the last message in the only room is, for the list.
func (k *kit) glimpsed(nickname string) {
	k.Helper()
	time.Sleep(time.Minute)
	p, err := k.Lobby(chat.Visitor{}, chat.LobbyQuery{})
	k.check(err)
	if len(p.Rooms) != 1 || p.Rooms[0].Glimpse.Said == nil || p.Rooms[0].Glimpse.Said.By.Nickname != nickname {
		k.Errorf("the list shows %+v", p.Rooms)
	}
}

// members are whom the store knows in a room.
func (k *kit) members(room string) map[string]chat.Member {
	k.Helper()
	r, err := k.o.Store.Room(k.Context(), room)
	k.check(err)
	all := map[string]chat.Member{}
	for _, m := range r.Members {
		all[m.ID] = m
	}
	return all
}

// all is a room's log.
func (k *kit) all(room string) []chat.Message {
	k.Helper()
	s, err := k.o.Store.Messages(k.Context(), room, chat.Range{Oldest: true, Limit: 500})
	k.check(err)
	return s.Messages
}

// heap is what the process holds.
func heap() int64 {
	for range 2 { // what finalizers free counts too
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
