package sqlite_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// Within a minute, none of the database's files holds a deleted text, long or short, nor a backup
// made then.
func TestM4DeletedTextsLeaveTheDisk(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "chat.db")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path, sqlite.Options{})
		defer s.Close()
		owner := chat.Member{Identity: chat.Identity{ID: "owner"}, Color: "#000001", Role: chat.RoleOwner}
		if err := s.AddSession(t.Context(), chat.Session{Identity: owner.Identity}); err != nil {
			t.Fatal(err)
		}
		first := chat.Message{ID: "first", Room: "room", CID: "sys:1", Kind: chat.KindSystem, Code: chat.LineCreated, By: owner}
		rec := chat.RoomRecord{Room: chat.Room{ID: "room", Title: "t", Max: 10, OwnerID: "owner", Life: chat.Week, History: chat.Always}, LastRev: 1}
		if _, err := s.AddRoom(t.Context(), rec, "c", first); err != nil {
			t.Fatal(err)
		}
		const secret = "nobody may read this"
		for i, text := range []string{secret, strings.Repeat(secret+" ", 380), "kept", secret + " either"} {
			m := chat.Message{ID: chat.NewID(), Room: "room", CID: string('a' + rune(i)), Kind: chat.KindText, Text: text, By: owner}
			if _, _, err := s.Append(t.Context(), chat.Entry{Message: m}, nil); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 100 { // so that they are prepared for searches
			m := chat.Message{ID: chat.NewID(), Room: "room", CID: fmt.Sprint(i), Kind: chat.KindText, Text: "kept", By: owner}
			if _, _, err := s.Append(t.Context(), chat.Entry{Message: m}, nil); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		for _, seq := range []int64{2, 3, 5} {
			e := chat.Erasure{Room: "room", Seq: seq, How: chat.DeletedByAuthor}
			if err := s.DeleteMessages(t.Context(), e, func([]chat.Message, []chat.Media) {}); err != nil {
				t.Fatal(err)
			}
		}
		if !holds(t, dir, secret) {
			t.Error("the text was nowhere before")
		}
		time.Sleep(time.Minute)
		if err := sqlite.Snapshot(t.Context(), path, filepath.Join(dir, "backup.db")); err != nil {
			t.Fatal(err)
		}
		if holds(t, dir, secret) {
			t.Error("the text is there a minute later")
		}
		if !holds(t, dir, "kept") {
			t.Error("nothing is there")
		}
	})
}

func holds(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}
