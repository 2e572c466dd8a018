package sqlite_test

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// BenchmarkAppend has one sender, or 64 in one room.
func BenchmarkAppend(b *testing.B) {
	for name, d := range map[string]sqlite.Durability{"full": sqlite.Full, "normal": sqlite.Normal} {
		b.Run(name, func(b *testing.B) {
			s, say := fill(b, d)
			defer s.Close()
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					say()
				}
			})
		})
	}
	b.Run("alone", func(b *testing.B) {
		s, say := fill(b, sqlite.Full)
		defer s.Close()
		for b.Loop() {
			say()
		}
	})
}

// BenchmarkAppendBesideVisitors has one sender while 64 visitors come as fast as they can.
func BenchmarkAppendBesideVisitors(b *testing.B) {
	s, say := fill(b, sqlite.Full)
	defer s.Close()
	ctx, end := context.WithCancel(b.Context())
	var visitors sync.WaitGroup
	for range 64 {
		visitors.Go(func() {
			for ctx.Err() == nil {
				now := time.Now()
				id := chat.NewID()
				s.AddSession(ctx, chat.Session{Identity: chat.Identity{ID: id}, TokenHash: sha256.Sum256([]byte(id)),
					Created: now, Seen: now, Expires: now})
			}
		})
	}
	for b.Loop() {
		say()
	}
	end()
	visitors.Wait()
}

// fill opens a store with a room in it; say sends a message there.
func fill(b *testing.B, d sqlite.Durability) (s *sqlite.Store, say func()) {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "chat.db"), sqlite.Options{Durability: d})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	by := chat.Member{Identity: chat.Identity{ID: "someone"}, Color: "#000000", Role: chat.RoleOwner}
	if err := s.AddSession(ctx, chat.Session{Identity: by.Identity, TokenHash: sha256.Sum256(nil), Created: now, Seen: now, Expires: now}); err != nil {
		b.Fatal(err)
	}
	r := chat.RoomRecord{Room: chat.Room{ID: "room", Title: "x", Max: 10, OwnerID: by.ID, Life: chat.Week, History: chat.Always, Created: now, Active: now}}
	if _, err := s.AddRoom(ctx, r, "c", chat.Message{ID: chat.NewID(), Room: r.ID, CID: "sys:", Kind: chat.KindSystem,
		Code: chat.LineCreated, Created: now, By: by}); err != nil {
		b.Fatal(err)
	}
	return s, func() {
		e := chat.Entry{Message: chat.Message{ID: chat.NewID(), Room: r.ID, CID: chat.NewID(), Kind: chat.KindText,
			Text: "the quick brown fox", Created: now, By: by}}
		if _, _, err := s.Append(ctx, e, nil); err != nil {
			b.Error(err)
		}
	}
}
