package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/search"
)

// seek looks for words, and returns the seqs and where to go on.
func (k *kit) seek(room, words string, q chat.Seek) (seqs []int64, next int64) {
	k.Helper()
	var ok bool
	if q.Words, ok = search.Parse(words); !ok {
		k.Fatalf("%q has no words", words)
	}
	if q.Limit == 0 {
		q.Limit = 1000
	}
	if q.Span == 0 {
		q.Span = 1000
	}
	found, err := k.Search(k.Context(), room, q)
	k.check(err)
	for _, m := range found.Messages {
		if m.Room != room || m.By.Color == "" {
			k.Errorf("found %+v", m)
		}
		seqs = append(seqs, m.Seq)
	}
	return seqs, found.Next
}

// searching finds what is there, across many messages, and nothing else.
func searching(t *testing.T, k *kit) {
	room, by := k.room()
	other, there := k.room()
	k.append(text(other, "o", "안녕 in another room", there))
	const n = 300
	for seq := int64(2); seq <= n; seq++ {
		body := fmt.Sprintf("message %d", seq)
		switch seq % 50 {
		case 0:
			body = "여러분 안녕하세요, Hello"
		case 13, 14: // the ends of what belongs together
			body = "회의"
		}
		if seq%50 == 7 {
			e := picture(room, fmt.Sprint(seq), by)
			e.Message.Text = ""
			e.Message.Media[0].Alt = "수달이 안녕"
			k.append(e)
			continue
		}
		k.append(text(room, fmt.Sprint(seq), body, by))
	}
	is := func(words string, q chat.Seek, next int64, want ...int64) {
		t.Helper()
		if got, at := k.seek(room, words, q); !slices.Equal(got, want) || at != next {
			t.Errorf("%q %+v: %v, next %d; want %v, %d", words, q, got, at, want, next)
		}
	}
	hello := []int64{300, 257, 250, 207, 200, 157, 150, 107, 100, 57, 50, 7}
	is("안녕", chat.Seek{}, 0, hello...)
	is("ㅇㄴ", chat.Seek{}, 0, hello...)
	is("HELLO 안녕", chat.Seek{}, 0, 300, 250, 200, 150, 100, 50)
	is("수달이", chat.Seek{Limit: 1}, 257, 257)
	is("message 299", chat.Seek{}, 0, 299)
	is("녕", chat.Seek{Limit: 3}, 250, hello[:3]...)
	is("녕", chat.Seek{Limit: 3, Before: 250}, 157, hello[3:6]...)
	is("녕", chat.Seek{Limit: 12}, 0, hello...)
	is("안녕", chat.Seek{Before: 50}, 0, 7)
	is("안녕", chat.Seek{Before: 7}, 0)
	is("안녕", chat.Seek{Before: 9999, Limit: 1}, 300, 300)
	is("안녕", chat.Seek{Span: 45}, 256, 300, 257)
	is("안녕", chat.Seek{Before: 200, Span: 10}, 190)
	is("없어요", chat.Seek{Span: 100}, 201)
	is("마당", chat.Seek{}, 0) // a line of ours tells of it
	is("회의", chat.Seek{Limit: 2}, 263, 264, 263)

	erase := func(e chat.Erasure) {
		t.Helper()
		e.Room, e.How, e.At = room, chat.DeletedByAuthor, start.Add(time.Hour)
		k.check(k.DeleteMessages(t.Context(), e, func([]chat.Message, []chat.Media) {}))
	}
	erase(chat.Erasure{Seq: 300})
	erase(chat.Erasure{Seq: 57})
	is("안녕", chat.Seek{Limit: 9}, 50, 257, 250, 207, 200, 157, 150, 107, 100, 50)
	if _, err := k.ForgetMessages(t.Context(), room, start.Add(time.Hour), 105, nil); err != nil {
		t.Fatal(err)
	}
	is("안녕", chat.Seek{}, 0, 257, 250, 207, 200, 157, 150, 107)
	is("안녕", chat.Seek{Before: 100}, 0)
	k.check(k.Close())
	k.Store = k.open(t)
	is("안녕", chat.Seek{}, 0, 257, 250, 207, 200, 157, 150, 107)
	erase(chat.Erasure{By: by.ID, Most: 1000})
	is("안녕", chat.Seek{}, 0)
	if seqs, _ := k.seek(other, "안녕", chat.Seek{}); len(seqs) != 1 {
		t.Errorf("in the other room: %v", seqs)
	}
	if _, err := k.RemoveRoom(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	words, _ := search.Parse("x")
	if _, err := k.Search(t.Context(), room, chat.Seek{Words: words, Limit: 1, Span: 1}); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("a room that is gone: %v", err)
	}
}
