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
	if few > 4<<10 || many-few > 1<<10 {
		t.Errorf("a room of one takes %d bytes, one of ten %d", few, many)
	}
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
