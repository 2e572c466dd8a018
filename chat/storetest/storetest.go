// Package storetest is the suite that every chat.Store passes.
package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// Run runs the suite. open makes the data of one test: each call within the same t opens the same
// data again, which is empty at first.
func Run(t *testing.T, open func(t *testing.T) chat.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *kit)
	}{
		{"sessions", sessions},
		{"removing sessions", removeSessions},
		{"rooms", rooms},
		{"a room is made once per cid", roomOnce},
		{"removing a room leaves nothing", removeRoom},
		{"seq and rev have no gaps", gapless},
		{"concurrent appends", concurrent},
		{"the same cid makes one message", sendOnce},
		{"the same cid at the same time", sendOnceAtOnce},
		{"an entry that fails leaves nothing", failed},
		{"seats", seats},
		{"media", media},
		{"paging", paging},
		{"changes", changes},
		{"reopening keeps all", reopen},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &kit{T: t, open: open}
			k.Store = open(t)
			t.Cleanup(func() {
				if err := k.Store.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			c.test(t, k)
		})
	}
}

// kit is a store with short cuts for tests.
type kit struct {
	*testing.T
	chat.Store
	open func(*testing.T) chat.Store
	n    int // makes tokens, colors and names unlike
}

// start is a time that survives a store's precision.
var start = time.UnixMilli(1_800_000_000_000).UTC()

func (k *kit) check(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

func (k *kit) session() chat.Session {
	k.Helper()
	k.n++
	s := chat.Session{
		Identity:  chat.Identity{ID: chat.NewID(), NameIdx: k.n},
		TokenHash: sha256.Sum256([]byte(fmt.Sprint(k.Name(), k.n))),
		Lang:      "ko", Created: start, Seen: start, Expires: start.Add(time.Hour),
	}
	k.check(k.AddSession(k.Context(), s))
	return s
}

// member is a newcomer with looks of its own.
func (k *kit) member() chat.Member {
	s := k.session()
	return chat.Member{Identity: s.Identity, Color: fmt.Sprintf("#%06x", k.n), Hue: k.n % chat.Hues, Shape: k.n % chat.Shapes}
}

func (k *kit) record(owner chat.Member) (chat.RoomRecord, chat.Message) {
	owner.Owner = true
	owner.Left = start
	k.n++
	r := chat.RoomRecord{
		Room: chat.Room{ID: fmt.Sprintf("room%018d", k.n), Title: "마당", Max: 10, OwnerID: owner.ID, Owner: owner.Color,
			Listed: true, Created: start, Active: start},
		Members: []chat.Member{owner},
	}
	by := owner
	by.Left = time.Time{}
	return r, chat.Message{ID: chat.NewID(), Room: r.ID, CID: "sys:" + r.ID, Kind: chat.KindSystem, Code: chat.LineCreated,
		Title: r.Title, Created: start, By: by}
}

// room makes a room; its owner may write.
func (k *kit) room() (string, chat.Member) {
	k.Helper()
	owner := k.member()
	r, first := k.record(owner)
	id, err := k.AddRoom(k.Context(), r, "c1", first)
	k.check(err)
	if id != r.ID {
		k.Fatalf("made %s, asked for %s", id, r.ID)
	}
	owner.Owner = true
	return id, owner
}

func text(room, cid, body string, by chat.Member) chat.Entry {
	return chat.Entry{Message: chat.Message{ID: chat.NewID(), Room: room, CID: cid, Kind: chat.KindText, Text: body,
		Created: start.Add(time.Minute), By: by}}
}

func (k *kit) append(e chat.Entry) chat.Message {
	k.Helper()
	m, dup, err := k.Append(k.Context(), e, nil)
	k.check(err)
	if dup {
		k.Fatalf("%s is a duplicate", e.Message.CID)
	}
	return m
}

func (k *kit) all(room string) []chat.Message {
	k.Helper()
	s, err := k.Messages(k.Context(), room, chat.Range{Limit: 1 << 20})
	k.check(err)
	if s.More {
		k.Fatal("more than all")
	}
	return s.Messages
}

// isGapless checks that messages are 1, 2, 3 … in both numbers.
func (k *kit) isGapless(messages []chat.Message, n int) {
	k.Helper()
	if len(messages) != n {
		k.Fatalf("%d messages, want %d", len(messages), n)
	}
	for i, m := range messages {
		if m.Seq != int64(i+1) || m.Rev != int64(i+1) {
			k.Fatalf("message %d has seq %d, rev %d", i+1, m.Seq, m.Rev)
		}
	}
}

func sessions(t *testing.T, k *kit) {
	s := k.session()
	got, err := k.Session(t.Context(), s.TokenHash)
	k.check(err)
	if got != s {
		t.Errorf("got %+v, want %+v", got, s)
	}
	if _, err := k.Session(t.Context(), sha256.Sum256(nil)); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("unknown session: %v", err)
	}
	s.Seen, s.Expires = start.Add(time.Hour), start.Add(2*time.Hour)
	k.check(k.TouchSession(t.Context(), s.ID, s.Seen, s.Expires))
	if got, err = k.Session(t.Context(), s.TokenHash); err != nil || got != s {
		t.Errorf("touched: got %+v, %v, want %+v", got, err, s)
	}
	if err := k.AddSession(t.Context(), s); err == nil {
		t.Error("the same session was added twice")
	}
}

func removeSessions(t *testing.T, k *kit) {
	room, owner := k.room()
	member := k.member()
	k.append(chat.Entry{Seat: chat.SeatTaken, Message: chat.Message{ID: chat.NewID(), Room: room, CID: "sys:1",
		Kind: chat.KindSystem, Code: chat.LineJoin, Created: start, By: member}})
	k.append(text(room, "c", "hello", member))
	seen, other := k.session(), k.session()
	k.check(k.TouchSession(t.Context(), seen.ID, start.Add(time.Minute), seen.Expires))
	has := func(s chat.Session) bool {
		_, err := k.Session(t.Context(), s.TokenHash)
		return err == nil
	}
	remove := func(now, unused time.Time, limit, want int) {
		t.Helper()
		if n, err := k.RemoveSessions(t.Context(), now, unused, limit); err != nil || n != want {
			t.Errorf("removed %d sessions, %v, want %d", n, err, want)
		}
	}
	remove(start, start, 10, 0)
	remove(start.Add(time.Hour-time.Millisecond), start.Add(time.Millisecond), 10, 1)
	if !has(seen) || has(other) {
		t.Error("not the unused session was removed")
	}
	k.session()
	remove(start.Add(time.Hour), start, 1, 1)
	remove(start.Add(time.Hour), start, 10, 1)
	if has(seen) {
		t.Error("an expired session is left")
	}
	all, err := k.Rooms(t.Context())
	k.check(err)
	if len(all) != 1 || len(all[0].Members) != 2 || all[0].OwnerID != owner.ID {
		t.Errorf("rooms %+v", all)
	}
	_, err = k.RemoveRoom(t.Context(), room)
	k.check(err)
	remove(start.Add(time.Hour), start, 10, 2)
}

func rooms(t *testing.T, k *kit) {
	owner := k.member()
	r, first := k.record(owner)
	r.PassHash, r.PassVer, r.Locked, r.Listed, r.Max = "$hash", 1, true, false, 2
	_, err := k.AddRoom(t.Context(), r, "c", first)
	k.check(err)
	got, err := k.Rooms(t.Context())
	k.check(err)
	r.Members[0].Owner = true
	if len(got) != 1 || got[0].Room != r.Room || got[0].PassHash != r.PassHash || got[0].PassVer != 1 || got[0].LastRev != 1 ||
		!slices.Equal(got[0].Members, r.Members) {
		t.Errorf("got %+v, want %+v", got, r)
	}
	msgs := k.all(r.ID)
	first.Seq, first.Rev = 1, 1
	if len(msgs) != 1 || msgs[0] != first {
		t.Errorf("got %+v, want %+v", msgs, first)
	}
}

func roomOnce(t *testing.T, k *kit) {
	if _, err := k.RoomMade(t.Context(), "nobody", "c"); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("nothing made: %v", err)
	}
	owner, other := k.member(), k.member()
	a, first := k.record(owner)
	_, err := k.AddRoom(t.Context(), a, "c", first)
	k.check(err)
	b, first := k.record(owner)
	if id, err := k.AddRoom(t.Context(), b, "c", first); err != nil || id != a.ID {
		t.Errorf("again: %s, %v", id, err)
	}
	c, first := k.record(other)
	if id, err := k.AddRoom(t.Context(), c, "c", first); err != nil || id != c.ID {
		t.Errorf("another's cid: %s, %v", id, err)
	}
	if id, err := k.RoomMade(t.Context(), owner.ID, "c"); err != nil || id != a.ID {
		t.Errorf("made: %s, %v", id, err)
	}
	if all, err := k.Rooms(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("%d rooms, %v", len(all), err)
	}
}

func removeRoom(t *testing.T, k *kit) {
	id, owner := k.room()
	other, by := k.room()
	k.append(text(id, "a", "안녕", owner))
	k.append(text(other, "a", "hi", by))
	image := picture(id, "b", owner)
	k.append(image)
	files, err := k.RemoveRoom(t.Context(), id)
	k.check(err)
	if !slices.Equal(files, []string{image.Message.Media.Name}) {
		t.Errorf("files %v", files)
	}
	if _, err := k.RemoveRoom(t.Context(), id); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("removed again: %v", err)
	}
	if _, err := k.Messages(t.Context(), id, chat.Range{Limit: 1}); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("messages: %v", err)
	}
	if _, err := k.Changes(t.Context(), id, 0, 1); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("changes: %v", err)
	}
	if _, err := k.Media(t.Context(), image.Message.Media.Name); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("media: %v", err)
	}
	for _, e := range []chat.Entry{text(id, "c", "late", owner), {Message: text(id, "d", "", owner).Message, Seat: chat.SeatTaken}} {
		if _, _, err := k.Append(t.Context(), e, nil); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("append: %v", err)
		}
	}
	k.isGapless(k.all(other), 2)
}

func gapless(t *testing.T, k *kit) {
	a, byA := k.room()
	b, byB := k.room()
	for i := range 5 {
		k.append(text(a, fmt.Sprint(i), "a", byA))
		k.append(text(b, fmt.Sprint(i), "b", byB))
	}
	k.isGapless(k.all(a), 6)
	k.isGapless(k.all(b), 6)
}

func concurrent(t *testing.T, k *kit) {
	const senders, each = 8, 50
	room, _ := k.room()
	var mu sync.Mutex
	var told []int64 // guarded by mu
	var running int  // guarded by mu
	var wg sync.WaitGroup
	for s := range senders {
		by := k.member()
		k.append(chat.Entry{Message: line(room, "j", chat.LineJoin, by), Seat: chat.SeatTaken})
		wg.Go(func() {
			for i := range each {
				answered := false
				m, dup, err := k.Append(t.Context(), text(room, fmt.Sprint(s, "-", i), "x", by), func(m chat.Message) {
					mu.Lock()
					defer mu.Unlock()
					if running++; running != 1 || answered {
						t.Error("committed runs beside another, or late")
					}
					told = append(told, m.Rev)
					running--
				})
				answered = true
				if err != nil || dup || m.Seq == 0 {
					t.Errorf("append: %+v, dup %v, %v", m, dup, err)
				}
			}
		})
	}
	wg.Wait()
	k.isGapless(k.all(room), 1+senders+senders*each)
	if len(told) != senders*each || !slices.IsSorted(told) {
		t.Errorf("committed was called %d times, in order: %v", len(told), slices.IsSorted(told))
	}
}

func sendOnce(t *testing.T, k *kit) {
	room, by := k.room()
	first := k.append(text(room, "c", "first", by))
	m, dup, err := k.Append(t.Context(), text(room, "c", "second", by), func(chat.Message) { t.Error("a duplicate was committed") })
	k.check(err)
	if !dup || m != first {
		t.Errorf("got %+v, dup %v, want %+v", m, dup, first)
	}
	other := k.member()
	k.append(chat.Entry{Message: line(room, "j", chat.LineJoin, other), Seat: chat.SeatTaken})
	k.append(text(room, "c", "of another", other))
	k.isGapless(k.all(room), 4)
}

func sendOnceAtOnce(t *testing.T, k *kit) {
	room, by := k.room()
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]int{} // guarded by mu
	fresh := 0              // guarded by mu
	for range 16 {
		wg.Go(func() {
			m, dup, err := k.Append(t.Context(), text(room, "c", "x", by), nil)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[m.ID]++
			if !dup {
				fresh++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || fresh != 1 {
		t.Errorf("%d messages, %d fresh", len(ids), fresh)
	}
	k.isGapless(k.all(room), 2)
}

// failed appends beside entries that can't be kept: no number is lost and nobody else is hurt.
func failed(t *testing.T, k *kit) {
	room, by := k.room()
	twice := text(room, "used", "x", by)
	k.append(twice)
	twice.Message.CID = "other" // its ID is taken
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, _, err := k.Append(t.Context(), twice, func(chat.Message) { t.Error("committed") }); err == nil {
				t.Error("the same id was kept twice")
			}
		})
		wg.Go(func() {
			if _, _, err := k.Append(t.Context(), text(room, fmt.Sprint(i), "x", by), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	k.isGapless(k.all(room), 22)
}

func line(room, cid, code string, by chat.Member) chat.Message {
	return chat.Message{ID: chat.NewID(), Room: room, CID: "sys:" + code + by.ID + cid, Kind: chat.KindSystem, Code: code,
		Created: start.Add(time.Second), By: by}
}

func seats(t *testing.T, k *kit) {
	room, _ := k.room()
	m := k.member()
	find := func() chat.Member {
		t.Helper()
		all, err := k.Rooms(t.Context())
		k.check(err)
		for _, got := range all[0].Members {
			if got.ID == m.ID {
				return got
			}
		}
		t.Fatal("no such member")
		return chat.Member{}
	}
	k.append(chat.Entry{Message: line(room, "1", chat.LineJoin, m), Seat: chat.SeatTaken})
	if got := find(); got != m {
		t.Errorf("seated: %+v, want %+v", got, m)
	}
	k.append(text(room, "a", "x", m))
	if got := find(); got != m {
		t.Errorf("after a message: %+v, want %+v", got, m)
	}
	k.append(chat.Entry{Message: line(room, "1", chat.LineExit, m), Seat: chat.SeatFreed})
	if got := find(); got.Left.IsZero() || got.Color != m.Color {
		t.Errorf("left: %+v", got)
	}
	k.append(chat.Entry{Message: line(room, "2", chat.LineJoin, m), Seat: chat.SeatTaken})
	if got := find(); got != m {
		t.Errorf("back: %+v, want %+v", got, m)
	}
}

func picture(room, cid string, by chat.Member) chat.Entry {
	e := text(room, cid, "caption", by)
	e.Message.Kind = chat.KindMedia
	e.Message.Media = &chat.Media{Name: fmt.Sprintf("%032x.gif", sha256.Sum256([]byte(room+cid)))[32:], Room: room,
		MIME: "image/gif", W: 3, H: 2, Frames: 7, Bytes: 99, SHA256: sha256.Sum256([]byte("gif"))}
	return e
}

func media(t *testing.T, k *kit) {
	room, by := k.room()
	e := picture(room, "p", by)
	m := k.append(e)
	f, err := k.Media(t.Context(), e.Message.Media.Name)
	k.check(err)
	if f != *e.Message.Media {
		t.Errorf("got %+v, want %+v", f, *e.Message.Media)
	}
	if got := k.all(room)[1]; got.Media == nil || *got.Media != f || got.Text != "caption" || got.Kind != chat.KindMedia || got.ID != m.ID {
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
		{chat.Range{Limit: 3, After: 4}, 5, 7, true},
		{chat.Range{Limit: 3, After: 7}, 8, 10, false},
		{chat.Range{Limit: 3, After: 10}, 1, 0, false},
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
		if a.Media != nil && b.Media != nil && *a.Media == *b.Media {
			a.Media, b.Media = nil, nil
		}
		if a != b {
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
