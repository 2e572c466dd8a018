package sqlite_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// killed is the variable that makes TestKilled the process to kill; its value is the database.
const killed = "MADANG_TEST_KILLED"

// What was acknowledged is there after the process died at any moment, with both durabilities.
func TestKilled(t *testing.T) {
	if path := os.Getenv(killed); path != "" {
		appendForever(t, path)
	}
	path := filepath.Join(t.TempDir(), "chat.db")
	s := open(t, path, sqlite.Options{})
	epoch := s.Epoch()
	s.Close()
	for round := range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killed+"="+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		acked := map[string]int64{}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var id string
			var seq int64
			if n, err := fmt.Sscanln(lines.Text(), &id, &seq); n != 2 || err != nil {
				t.Fatalf("line %q", lines.Text())
			}
			acked[id] = seq
			if len(acked) == 300+100*round {
				cmd.Process.Kill()
			}
		}
		cmd.Wait() // fails: it was killed
		if len(acked) < 300 {
			t.Fatalf("only %d messages", len(acked))
		}
		checkAcked(t, path, acked, epoch)
	}
}

func checkAcked(t *testing.T, path string, acked map[string]int64, epoch string) {
	t.Helper()
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	if s.Epoch() != epoch {
		t.Errorf("the end of the process made epoch %s of %s", s.Epoch(), epoch)
	}
	rooms, err := s.Rooms(t.Context())
	if err != nil || len(rooms) != 1 {
		t.Fatalf("%d rooms, %v", len(rooms), err)
	}
	snap, err := s.Messages(t.Context(), rooms[0].ID, chat.Range{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range snap.Messages {
		if m.Seq != int64(i+1) || m.Rev != m.Seq {
			t.Fatalf("message %d has seq %d, rev %d", i+1, m.Seq, m.Rev)
		}
		if seq, ok := acked[m.ID]; ok && seq == m.Seq {
			delete(acked, m.ID)
		}
	}
	if len(acked) > 0 {
		t.Errorf("%d of the acknowledged messages are lost", len(acked))
	}
}

// appendForever appends from several goroutines and prints what is acknowledged.
func appendForever(t *testing.T, path string) {
	s := open(t, path, sqlite.Options{Durability: sqlite.Normal})
	ctx := context.Background()
	by := chat.Member{Identity: chat.Identity{ID: "someone"}, Color: "#000000", Role: chat.RoleOwner}
	now := time.Now()
	s.AddSession(ctx, chat.Session{Identity: by.Identity, TokenHash: sha256.Sum256(nil), Created: now, Seen: now, Expires: now})
	// After the first round both are there.
	r := chat.RoomRecord{Room: chat.Room{ID: "room", Title: "x", Max: 10, OwnerID: by.ID, Life: chat.Week, History: chat.Always, Created: now, Active: now}}
	if _, err := s.AddRoom(ctx, r, "c", chat.Message{ID: chat.NewID(), Room: r.ID, CID: "sys:", Kind: chat.KindSystem,
		Code: chat.LineCreated, Created: now, By: by}); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	for range 8 {
		go func() {
			for {
				e := chat.Entry{Message: chat.Message{ID: chat.NewID(), Room: r.ID, CID: chat.NewID(), Kind: chat.KindText,
					Text: strings.Repeat("x", 500), Created: time.Now(), By: by}}
				m, _, err := s.Append(ctx, e, nil)
				if err != nil {
					panic(err)
				}
				lines <- fmt.Sprintln(m.ID, m.Seq)
			}
		}()
	}
	for l := range lines {
		os.Stdout.WriteString(l)
	}
}
