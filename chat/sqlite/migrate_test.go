package sqlite_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// upTo has the first n migrations, and others by name.
func upTo(t *testing.T, n int, others ...string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(sqlite.Migrations, "migrations/*.sql")
	if err != nil || len(names) < n {
		t.Fatalf("%d migrations, %v", len(names), err)
	}
	for _, name := range names[:n] {
		data, err := fs.ReadFile(sqlite.Migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = &fstest.MapFile{Data: data}
	}
	for i := 0; i < len(others); i += 2 {
		files[others[i]] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + others[i+1])}
	}
	return files
}

// execute runs statements on a database that nobody has open.
func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// first makes a database of version 1 with a room, its owner, a guest, a text and a picture.
func first(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "chat.db")
	s, err := sqlite.OpenWith(t.Context(), path, upTo(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, path,
		`INSERT INTO sessions (id, token_hash, name_idx, lang, created, seen, expires) VALUES
			('owner', x'01', 7, 'ko', 1, 2, 9), ('guest', x'02', 8, 'en', 1, 2, 9)`,
		`INSERT INTO rooms (id, title, title_fold, max, owner_sid, listed, last_seq, last_rev, created, active)
			VALUES ('room', '마당', '마당', 10, 'owner', 1, 3, 3, 1, 3)`,
		`INSERT INTO members (room_id, sid, color, hue, shape, role, joined) VALUES
			('room', 'owner', '#000001', 1, 1, 'owner', 1), ('room', 'guest', '#000002', 2, 2, 'member', 2)`,
		`INSERT INTO media (id, room_id, sid, mime, bytes, w, h, frames, sha256, state, created)
			VALUES ('0123456789abcdef0123456789abcdef', 'room', 'guest', 'image/gif', 9, 3, 2, 1, x'03', 'live', 3)`,
		`INSERT INTO messages (id, room_id, seq, rev, sid, cid, kind, body, media_id, sys_code, created) VALUES
			('m1', 'room', 1, 1, 'owner', 'c', 'system', '', NULL, 'created', 1),
			('m2', 'room', 2, 2, 'guest', 'a', 'text', '안녕', NULL, NULL, 2),
			('m3', 'room', 3, 3, 'guest', 'b', 'media', '', '0123456789abcdef0123456789abcdef', NULL, 3)`)
	return path
}

// keepsFirst checks that all of first is there.
func keepsFirst(t *testing.T, s *sqlite.Store) {
	t.Helper()
	rooms, err := s.Rooms(t.Context())
	if err != nil || len(rooms) != 1 || rooms[0].Title != "마당" || len(rooms[0].Members) != 2 || rooms[0].Members[1].NameIdx != 8 {
		t.Errorf("rooms %+v, %v", rooms, err)
	}
	snap, err := s.Messages(t.Context(), "room", chat.Range{Limit: 10})
	if err != nil || len(snap.Messages) != 3 || snap.Rev != 3 {
		t.Fatalf("messages %+v, %v", snap, err)
	}
	if m := snap.Messages; m[1].Text != "안녕" || m[1].By.NameIdx != 8 || len(m[2].Media) != 1 || m[2].Media[0].Bytes != 9 || m[2].Media[0].Flash != chat.FlashNone {
		t.Errorf("messages %+v", m)
	}
}

func names(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestO4UpgradeKeepsAll(t *testing.T) {
	path := first(t)
	s := open(t, path, sqlite.Options{})
	keepsFirst(t, s)
	epoch := s.Epoch()
	m, _, err := s.Append(t.Context(), chat.Entry{Message: chat.Message{ID: "m4", Room: "room", CID: "d", Kind: chat.KindText,
		Text: "next", By: chat.Member{Identity: chat.Identity{ID: "guest"}}}}, nil)
	if err != nil || m.Seq != 4 {
		t.Errorf("append: %+v, %v", m, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// The old database is beside it, whole, and stays.
	before := path + ".before-2"
	if err := sqlite.Check(t.Context(), before); err != nil {
		t.Error(err)
	}
	old, err := sqlite.OpenWith(t.Context(), before, upTo(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if old.Epoch() != epoch {
		t.Errorf("an upgrade made epoch %s of %s", epoch, old.Epoch())
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	list := names(t, path)
	for range 2 { // nothing is pending: nothing is copied
		if err := open(t, path, sqlite.Options{}).Close(); err != nil {
			t.Fatal(err)
		}
	}
	if now := names(t, path); now != list {
		t.Errorf("%q became %q", list, now)
	}

	// Who goes back and upgrades again loses neither of the old ones.
	if err := os.Rename(path, path+".mine"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(before)
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s = open(t, path, sqlite.Options{})
	defer s.Close()
	keepsFirst(t, s)
	if _, err := os.Stat(path + ".before-2-2"); err != nil {
		t.Error(err)
	}
}

// number is the version that a migration makes.
func number(t *testing.T, migration string) int {
	t.Helper()
	n, err := strconv.Atoi(filepath.Base(migration)[:5])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Nobody has looked whether pictures flash that were sent to an older version.
func TestO4OldPictures(t *testing.T) {
	path := first(t)
	execute(t, path, `UPDATE media SET frames = 8`)
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	snap, err := s.Messages(t.Context(), "room", chat.Range{Limit: 1})
	if err != nil || len(snap.Messages) != 1 || len(snap.Messages[0].Media) != 1 || snap.Messages[0].Media[0].Flash != chat.FlashUnknown {
		t.Errorf("messages %+v, %v", snap, err)
	}
}

// From whichever version a database comes, all is there, and what is new works.
func TestO4UpgradeFromEachVersion(t *testing.T) {
	all, err := fs.Glob(sqlite.Migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	newest := number(t, all[len(all)-1])
	for i := 1; i < len(all); i++ {
		version := number(t, all[i-1])
		path := first(t)
		old, err := sqlite.OpenWith(t.Context(), path, upTo(t, i))
		if err != nil {
			t.Fatal(err)
		}
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		s := open(t, path, sqlite.Options{})
		keepsFirst(t, s)
		if from, to := s.Upgraded(); from != int64(version) || to != int64(newest) {
			t.Errorf("from %d: upgraded from %d to %d", version, from, to)
		}
		if err := sqlite.Check(t.Context(), fmt.Sprintf("%s.before-%d", path, version+1)); err != nil {
			t.Errorf("from %d: the old database: %v", version, err)
		}
		yes := true
		if r, err := s.Room(t.Context(), "room"); err != nil || r.Kept || !r.Listed || r.Life != chat.Week || r.History != chat.Always ||
			time.Since(r.LifeFrom) > time.Hour || r.Since["guest"].UnixMilli() != 2 {
			t.Errorf("from %d: %+v, %v", version, r, err)
		}
		if err := s.ChangeRoom(t.Context(), "room", chat.RoomFields{Kept: &yes}, nil); err != nil {
			t.Error(err)
		}
		if r, err := s.Room(t.Context(), "room"); err != nil || !r.Kept || !r.Listed {
			t.Errorf("from %d: %+v, %v", version, r, err)
		}
		if _, err := s.AddBan(t.Context(), chat.Ban{Session: "guest"}, func(chat.Ban) {}); err != nil {
			t.Error(err)
		}
		if bans, err := s.Bans(t.Context()); err != nil || len(bans) != 1 || bans[0].Session != "guest" {
			t.Errorf("from %d: %+v, %v", version, bans, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestO4UpgradeThatFails(t *testing.T) {
	const half = `CREATE TABLE extra (id TEXT) STRICT; INSERT INTO extra VALUES ('x');
		DELETE FROM messages; UPDATE messages SET nothing = 1;`
	for name, broken := range map[string][]string{
		"in the first":  {"00002_broken.sql", half},
		"in the second": {"00002_good.sql", `CREATE TABLE good (id TEXT) STRICT;`, "00003_broken.sql", half},
		"by what it leaves": {"00002_broken.sql", `-- +goose NO TRANSACTION
			PRAGMA foreign_keys = 0; DELETE FROM sessions;`},
	} {
		t.Run(name, func(t *testing.T) {
			path := first(t)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			list := names(t, path)
			if _, err := sqlite.OpenWith(t.Context(), path, upTo(t, 1, broken...)); err == nil ||
				!strings.Contains(err.Error(), "from version 1 to") || !strings.Contains(err.Error(), "as it was") {
				t.Errorf("opened: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(data) {
				t.Errorf("the database has changed (%v)", err)
			}
			if now := names(t, path); now != list {
				t.Errorf("%q became %q", list, now)
			}
			s := open(t, path, sqlite.Options{})
			defer s.Close()
			keepsFirst(t, s)
		})
	}
}

// A start that is cut short between any two steps is made good by the next one.
func TestO4UpgradeThatIsCutShort(t *testing.T) {
	path := first(t)
	for _, name := range []string{path + ".next", path + ".next-journal"} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(path, path+".before-2"); err != nil {
		t.Skip(err)
	}
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	keepsFirst(t, s)
	if list := names(t, path); strings.Contains(list, "next") || strings.Contains(list, "before-2-2") {
		t.Error(list)
	}
}

// A migration doesn't pull the database from under somebody who reads it.
func TestO4UpgradeBesideAReader(t *testing.T) {
	path := first(t)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM messages`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("opened: %v", err)
	}
	tx.Rollback()
	db.Close()
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	keepsFirst(t, s)
}
