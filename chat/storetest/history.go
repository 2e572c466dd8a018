package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// picture is a message with two images.
func picture(room, cid string, by chat.Member) chat.Entry {
	e := text(room, cid, "caption", by)
	e.Message.Kind = chat.KindMedia
	one := chat.Media{Room: room, MIME: "image/gif", W: 3, H: 2, Frames: 7, Bytes: 99, SHA256: sha256.Sum256([]byte("gif"))}
	one.Name = fmt.Sprintf("%032x.gif", sha256.Sum256([]byte(room+cid)))[32:]
	two := one
	two.Name, two.Alt, two.Flash = fmt.Sprintf("%032x.gif", sha256.Sum256([]byte(room+cid+"2")))[32:], `"수달" <b>\n`, chat.FlashStrong
	e.Message.Media = []chat.Media{one, two}
	return e
}

func filesOf(e chat.Entry) (names []string) {
	for _, f := range e.Message.Media {
		names = append(names, f.Name)
	}
	return names
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

// same tells whether two messages are, with all that belongs to them.
func same(a, b chat.Message) bool { return reflect.DeepEqual(a, b) }

func media(t *testing.T, k *kit) {
	room, by := k.room()
	e := picture(room, "p", by)
	m := k.append(e)
	k.append(picture(room, "q", by))
	f := e.Message.Media[1]
	for _, want := range e.Message.Media {
		got, err := k.Media(t.Context(), want.Name)
		k.check(err)
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if got := k.all(room)[1]; !slices.Equal(got.Media, e.Message.Media) || got.Text != "caption" || got.Kind != chat.KindMedia || got.ID != m.ID {
		t.Errorf("message %+v", got)
	}
	for _, name := range []string{"", "x", f.Name + ".gif", f.Name[:32], f.Name[:33] + "png"} {
		if _, err := k.Media(t.Context(), name); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("media %q: %v", name, err)
		}
	}
}

func paging(t *testing.T, k *kit) {
	room, by := k.room()
	for i := range 9 {
		k.append(text(room, fmt.Sprint(i), "x", by))
	}
	for _, c := range []struct {
		r        chat.Range
		from, to int64 // none when from > to
		more     bool
	}{
		{chat.Range{Limit: 3}, 8, 10, true},
		{chat.Range{Limit: 10}, 1, 10, false},
		{chat.Range{Limit: 3, Before: 8}, 5, 7, true},
		{chat.Range{Limit: 3, Before: 4}, 1, 3, false},
		{chat.Range{Limit: 3, Before: 1}, 1, 0, false},
		{chat.Range{Limit: 3, Oldest: true}, 1, 3, true},
		{chat.Range{Limit: 3, After: 4, Oldest: true}, 5, 7, true},
		{chat.Range{Limit: 3, After: 7, Oldest: true}, 8, 10, false},
		{chat.Range{Limit: 3, After: 10, Oldest: true}, 1, 0, false},
		{chat.Range{Limit: 3, After: 2, Before: 9}, 6, 8, true},
		{chat.Range{Limit: 9, After: 2, Before: 9}, 3, 8, false},
	} {
		s, err := k.Messages(t.Context(), room, c.r)
		k.check(err)
		var want, got []int64
		for seq := c.from; seq <= c.to; seq++ {
			want = append(want, seq)
		}
		for _, m := range s.Messages {
			got = append(got, m.Seq)
		}
		if !slices.Equal(got, want) || s.More != c.more || s.Rev != 10 {
			t.Errorf("%+v: seqs %v, more %v, rev %d; want %v, %v, 10", c.r, got, s.More, s.Rev, want, c.more)
		}
	}
	if _, err := k.Messages(t.Context(), "unknown", chat.Range{Limit: 1}); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("unknown room: %v", err)
	}
}

func changes(t *testing.T, k *kit) {
	room, by := k.room()
	for i := range 4 {
		k.append(text(room, fmt.Sprint(i), "x", by))
	}
	for _, c := range []struct {
		rev  int64
		most int
		n    int
		more bool
	}{{0, 5, 5, false}, {0, 4, 4, true}, {3, 5, 2, false}, {5, 5, 0, false}, {99, 5, 0, false}} {
		s, err := k.Changes(t.Context(), room, c.rev, c.most)
		k.check(err)
		if len(s.Messages) != c.n || s.More != c.more || s.Rev != 5 {
			t.Errorf("since %d: %d messages, more %v, rev %d", c.rev, len(s.Messages), s.More, s.Rev)
		}
		for i, m := range s.Messages {
			if m.Rev != c.rev+int64(i)+1 {
				t.Errorf("since %d: rev %d at %d", c.rev, m.Rev, i)
			}
		}
	}
}

func reopen(t *testing.T, k *kit) {
	room, by := k.room()
	k.append(text(room, "a", "안녕", by))
	k.append(picture(room, "b", by))
	before, epoch := k.all(room), k.Epoch()
	records, err := k.Rooms(t.Context())
	k.check(err)
	k.check(k.Close())
	if _, _, err := k.Append(t.Context(), text(room, "late", "x", by), nil); err == nil {
		t.Error("a closed store appends")
	}

	k.Store = k.open(t)
	if k.Epoch() != epoch || epoch == "" {
		t.Errorf("epoch %q became %q", epoch, k.Epoch())
	}
	after := k.all(room)
	again, err := k.Rooms(t.Context())
	k.check(err)
	if len(again) != 1 || again[0].Room != records[0].Room {
		t.Errorf("rooms %+v became %+v", records, again)
	}
	if len(after) != len(before) {
		t.Fatalf("%d messages became %d", len(before), len(after))
	}
	for i := range after {
		a, b := after[i], before[i]
		if !same(a, b) {
			t.Errorf("message %+v became %+v", b, a)
		}
	}
	m, dup, err := k.Append(t.Context(), text(room, "a", "x", by), nil)
	if err != nil || !dup || m.Seq != 2 {
		t.Errorf("again: %+v, dup %v, %v", m, dup, err)
	}
	k.append(text(room, "c", "next", by))
	k.isGapless(k.all(room), 4)
}

func last(t *testing.T, k *kit) {
	quiet, _ := k.room()
	room, by := k.room()
	other, them := k.room()
	k.append(text(room, "a", "first", by))
	newest := k.append(text(room, "b", "second", by))
	deleted := k.append(text(room, "c", "third", by))
	for i := range 5 { // of ours
		e := text(room, fmt.Sprint("line", i), "", by)
		e.Message.Kind, e.Message.Code = chat.KindSystem, chat.LineExit
		k.append(e)
	}
	k.check(k.DeleteMessages(t.Context(), chat.Erasure{Room: room, Seq: deleted.Seq, How: chat.DeletedByAuthor}, func([]chat.Message, []chat.Media) {}))
	shown := k.append(picture(other, "p", them))
	all, err := k.Last(t.Context())
	k.check(err)
	got := map[string]chat.Message{}
	for _, m := range all {
		got[m.Room] = m
	}
	if len(all) != 2 || got[quiet].Seq != 0 || got[room].ID != newest.ID || got[room].By.ID != by.ID || got[other].ID != shown.ID || got[other].Media == nil {
		t.Errorf("last: %+v", all)
	}
}
