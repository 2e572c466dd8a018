package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// found are the texts that a search brings, and where it goes on.
func (k *kit) found(who chat.Visitor, q chat.SearchQuery) (texts []string, next int64) {
	k.Helper()
	hits, err := k.Search(k.Context(), who, q)
	k.check(err)
	for _, h := range hits.Hits {
		texts = append(texts, h.Text)
	}
	return texts, hits.Next
}

// Part of a word is found, and first consonants; several words are all there, in any order; the
// newest come first, page by page.
func TestF10Search(t *testing.T) {
	inside(t, chat.Limits{SearchPage: 2, SearchBurst: 100, SendBurst: 100}, func(k *kit) {
		who := k.visitor()
		room := k.room(who, chat.NewRoom{Title: "회의실"})
		k.join(who, room, "a")
		for _, text := range []string{"내일 회의 있어요", "서울 Station", "회의실은 서울에", "점심?"} {
			k.send(who, room, text)
		}
		for _, c := range []struct {
			q    string
			want []string
		}{
			{"서울", []string{"회의실은 서울에", "서울 Station"}},
			{"의", []string{"회의실은 서울에", "내일 회의 있어요"}},
			{"ㅎㅇㅅ", []string{"회의실은 서울에"}},
			{"ㅅㅇ 회의", []string{"회의실은 서울에"}},
			{"STAT", []string{"서울 Station"}},
			{"저녁", nil},
		} {
			if got, _ := k.found(who, chat.SearchQuery{Room: room, Text: c.q}); !slices.Equal(got, c.want) {
				t.Errorf("%q: %q, want %q", c.q, got, c.want)
			}
		}
		k.send(who, room, "또 회의")
		first, next := k.found(who, chat.SearchQuery{Room: room, Text: "회의"})
		second, end := k.found(who, chat.SearchQuery{Room: room, Text: "회의", Before: next})
		if !slices.Equal(first, []string{"또 회의", "회의실은 서울에"}) || !slices.Equal(second, []string{"내일 회의 있어요"}) || end != 0 {
			t.Errorf("pages %q, %q, then %d", first, second, end)
		}
		hits, err := k.Search(k.Context(), who, chat.SearchQuery{Room: room, Text: "회의 또"})
		k.check(err)
		if h := hits.Hits[0]; fmt.Sprint(h.Ranges) != "[[0 1] [2 4]]" || h.By.ID != who.ID {
			t.Errorf("%+v", h)
		}
	})
}

// Who has no seat searches nothing, and who was removed no more; what is deleted isn't found.
func TestF10WhoSearchesWhat(t *testing.T) {
	inside(t, chat.Limits{SearchBurst: 100}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{Password: "s3cret-pass"})
		search := func(who chat.Visitor, text string) (int, error) {
			hits, err := k.Search(k.Context(), who, chat.SearchQuery{Room: room, Text: text})
			return len(hits.Hits), err
		}
		k.join(owner, room, "a")
		m := k.send(owner, room, "a word")
		_, err := search(guest, "word")
		k.fails(err, chat.NotMember)
		_, err = k.Enter(k.Context(), guest, room, "s3cret-pass")
		k.check(err)
		_, err = search(guest, "word")
		k.fails(err, chat.NotMember)
		color := k.join(guest, room, "b").Me.Color
		if n, err := search(guest, "word"); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		_, err = k.DeleteMessage(k.Context(), owner, room, m.Seq)
		k.check(err)
		if n, err := search(guest, "word"); n != 0 || err != nil {
			t.Errorf("deleted: %d, %v", n, err)
		}
		k.check(k.Remove(k.Context(), owner, room, color))
		_, err = search(guest, "word")
		k.fails(err, chat.Kicked)
		for _, text := range []string{"", " \n", "\xff"} {
			_, err = search(owner, text)
			k.fails(err, chat.BadRequest)
		}
		_, err = search(owner, strings.Repeat("x", 101))
		k.fails(err, chat.TooLong)
		_, err = k.Search(k.Context(), owner, chat.SearchQuery{Room: "none", Text: "x"})
		k.fails(err, chat.NoSuchRoom)
		_, err = k.Search(k.Context(), owner, chat.SearchQuery{Room: room, Text: "x", Before: -1})
		k.fails(err, chat.BadRequest)
	})
}

func TestD2Searches(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		who := k.from("192.0.2.1")
		room := k.room(who, chat.NewRoom{})
		k.join(who, room, "a")
		search := func() error {
			_, err := k.Search(k.Context(), who, chat.SearchQuery{Room: room, Text: "x"})
			return err
		}
		for range 5 {
			k.check(search())
		}
		k.limited(search(), "searches-per-second", 1, time.Second, time.Second)
		time.Sleep(time.Second)
		k.check(search())
	})
}

// slowSearches is a store whose searches end when they are told to.
type slowSearches struct {
	chat.Store
	end chan struct{}
}

func (s *slowSearches) Search(ctx context.Context, room string, q chat.Seek) (chat.Sought, error) {
	select {
	case <-s.end:
		return s.Store.Search(ctx, room, q)
	case <-ctx.Done():
		return chat.Sought{}, ctx.Err()
	}
}

// Few searches are under way at once, none lasts, and messages don't wait for them.
func TestD2SearchesAtOnce(t *testing.T) {
	inside(t, chat.Limits{SearchBurst: 100}, func(k *kit) {
		k.check(k.Close())
		store, err := sqlite.Open(k.Context(), k.path, sqlite.Options{Durability: sqlite.Normal})
		k.check(err)
		slow := &slowSearches{Store: store, end: make(chan struct{})}
		k.o.Store = slow
		k.House, err = chat.Open(k.Context(), k.o)
		k.check(err)
		who := k.visitor()
		room := k.room(who, chat.NewRoom{})
		k.join(who, room, "a")
		errs := make([]error, 4)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				_, errs[i] = k.Search(k.Context(), who, chat.SearchQuery{Room: room, Text: "x"})
			})
		}
		synctest.Wait()
		k.send(who, room, "meanwhile")
		slow.end <- struct{}{}
		synctest.Wait()
		start := time.Now()
		all.Wait()
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("they end after %v", took)
		}
		failed := 0
		for _, err := range errs {
			if err != nil {
				e, ok := errors.AsType[*chat.Error](err)
				if !ok || e.Code != chat.Unavailable || e.Limit != "search-time" || e.N != 2 || !e.Retryable {
					t.Errorf("%+v", err)
				}
				failed++
			}
		}
		if failed != 3 {
			t.Errorf("%d of 4 fail: %v", failed, errs)
		}
	})
}
