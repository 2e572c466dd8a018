package sqlite_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/search"
	"github.com/madang-chat/madang/chat/sqlite"
)

// talk is a room of a store with somebody who says things in it.
func talk(t testing.TB, s *sqlite.Store) (say func(text string)) {
	t.Helper()
	now := time.Now()
	by := chat.Member{Identity: chat.Identity{ID: "someone"}, Color: "#000000", Role: chat.RoleOwner}
	if err := s.AddSession(t.Context(), chat.Session{Identity: by.Identity, TokenHash: sha256.Sum256(nil), Created: now, Seen: now, Expires: now}); err != nil {
		t.Fatal(err)
	}
	r := chat.RoomRecord{Room: chat.Room{ID: "room", Title: "x", Max: 10, OwnerID: by.ID, Life: chat.Week, History: chat.Always, Created: now, Active: now}}
	if _, err := s.AddRoom(t.Context(), r, "c", chat.Message{ID: chat.NewID(), Room: r.ID, CID: "sys:", Kind: chat.KindSystem,
		Code: chat.LineCreated, Created: now, By: by}); err != nil {
		t.Fatal(err)
	}
	return func(text string) {
		e := chat.Entry{Message: chat.Message{ID: chat.NewID(), Room: r.ID, CID: chat.NewID(), Kind: chat.KindText, Text: text, Created: now, By: by}}
		if _, _, err := s.Append(context.Background(), e, nil); err != nil {
			t.Error(err)
		}
	}
}

// sought are the seqs that are found in that room.
func sought(t testing.TB, s *sqlite.Store, text string, limit int) (seqs []int64) {
	t.Helper()
	words, ok := search.Parse(text)
	if !ok {
		t.Fatalf("%q has no words", text)
	}
	found, err := s.Search(t.Context(), "room", chat.Seek{Words: words, Limit: limit, Span: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found.Messages {
		seqs = append(seqs, m.Seq)
	}
	return seqs
}

// A database of before searches finds the same, at once and when it is prepared, which it then is
// for good.
func TestSearchInAnOlderDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.db")
	s := open(t, path, sqlite.Options{})
	say := talk(t, s)
	for i := range 400 {
		say(fmt.Sprintf("메시지 %d", i))
	}
	want := sought(t, s, "ㅁㅅㅈ 7", 1000)
	if err := s.Close(); err != nil || len(want) < 40 {
		t.Fatal(want, err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	blocks := func() (n int) {
		if err := db.QueryRow(`SELECT count(*) FROM search_blocks`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := blocks(); n != 401/64 {
		t.Errorf("%d blocks", n)
	}
	for _, delete := range []string{`DELETE FROM search_blocks`, `DELETE FROM search_blocks WHERE number IN (1, 4)`} {
		if _, err := db.Exec(delete); err != nil {
			t.Fatal(err)
		}
		s = open(t, path, sqlite.Options{})
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
			n := blocks()
			if got := sought(t, s, "ㅁㅅㅈ 7", 1000); !slices.Equal(got, want) {
				t.Fatalf("with %d blocks: %v, want %v", n, got, want)
			}
			if n == 401/64 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%d blocks", n)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkSearch looks for words in a room of 100,000 messages: some that all have, some that few
// do, and some that none does, for which all of it is looked through. Each is the first in a row,
// with the caches of the last one.
func BenchmarkSearch(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "chat.db"), sqlite.Options{Durability: sqlite.Normal})
	defer s.Close()
	say := talk(b, s)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 100_000 {
		text := sentence(r)
		if i%20_000 == 10_000 {
			text += " 옛날이야기 rare"
		}
		say(text)
	}
	for _, text := range []string{"서울", "비", "the", "ㅇㄴ", "옛날이야기", "ㅇㄴㅇㅇㄱ", "rare", "없는낱말", "ㅃㅉㄲㄸ", "zebra", "서울 zebra"} {
		b.Run(text, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				sought(b, s, text, 20)
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}

var spoken = strings.Fields(`안녕하세요 오늘 회의 회의실 예약했나요 점심 뭐 먹을까요 저는 괜찮아요 내일 서울 부산 가는 기차 시간 확인
	부탁드려요 ㅋㅋㅋ 그럼요 좋습니다 사진 보내 주세요 여기 링크 있어요 마당 방 이름 바꿨어요 축구 보러 갈래 비가 와서 못 갔어 다음
	주에 봐요 감사합니다 the quick brown fox meeting room lunch tomorrow train ticket please check server build failed again`)

// sentence is as people write: three to twelve words, of Korean mostly.
func sentence(r *rand.Rand) string {
	words := make([]string, 3+r.IntN(10))
	for i := range words {
		words[i] = spoken[r.IntN(len(spoken))]
	}
	return strings.Join(words, " ")
}
