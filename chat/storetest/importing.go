package storetest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// imports adds rooms with all that was said there, whole or not at all.
func imports(t *testing.T, k *kit) {
	elsewhere, by := k.room()
	k.append(text(elsewhere, "a", "hello", by))
	sessions := func(people []chat.Member) (n int) {
		for _, m := range people {
			if _, err := k.Profile(t.Context(), m.ID); err == nil {
				n++
			} else if !errors.Is(err, chat.ErrNotFound) {
				t.Fatal(err)
			}
		}
		return n
	}
	foreign := func() chat.RoomRecord {
		k.n++
		owner := k.looks(chat.Identity{ID: chat.NewID(), NameIdx: 3})
		k.n++
		guest := k.looks(chat.Identity{ID: chat.NewID(), NameIdx: 4, Nickname: "손님"})
		owner.Role = chat.RoleOwner
		owner.Left, guest.Left = start, start
		return chat.RoomRecord{Room: chat.Room{ID: fmt.Sprintf("room%018d", k.n), Title: "Elsewhere", Max: 10, OwnerID: owner.ID, Owner: owner.Color,
			Life: chat.Week, History: chat.Month, Quiet: true, Slow: 30 * time.Second, Created: start, Active: start.Add(time.Hour)}, LifeFrom: start, Members: []chat.Member{owner, guest}}
	}
	const first, last = 90, 300
	said := func(r chat.RoomRecord, fail error) iter.Seq2[chat.Message, error] {
		return func(yield func(chat.Message, error) bool) {
			for seq := int64(first); seq <= last; seq++ {
				m := chat.Message{ID: chat.NewID(), Seq: seq, CID: fmt.Sprint("import:", seq), Kind: chat.KindText, Text: fmt.Sprint("said ", seq),
					Created: start.Add(time.Duration(seq) * time.Second), By: r.Members[seq%2]}
				switch seq {
				case first:
					m.Kind, m.Code, m.Text, m.Title, m.Actor = chat.KindSystem, chat.LineBanned, "", "", &r.Members[1]
				case 100:
					m.Text, m.Deleted = "", chat.DeletedByAuthor
				case 101:
					m = picture(r.ID, m.CID, m.By).Message
					m.Seq = seq
				case 102:
					continue
				case last:
					if fail != nil {
						yield(chat.Message{}, fail)
						return
					}
				}
				if !yield(m, nil) {
					return
				}
			}
		}
	}

	whole := foreign()
	k.check(k.ImportRoom(t.Context(), whole, said(whole, nil)))
	rec, err := k.Room(t.Context(), whole.ID)
	k.check(err)
	whole.First, whole.LastRev = first, last
	if rec.Room != whole.Room || rec.LastRev != last || len(rec.Members) != 2 || rec.Members[0] != whole.Members[0] || rec.Members[1] != whole.Members[1] {
		t.Errorf("%+v, want %+v", rec, whole)
	}
	all := k.all(whole.ID)
	if len(all) != last-first || all[0].Seq != first || all[0].Actor == nil || all[10].Deleted != chat.DeletedByAuthor || len(all[11].Media) != 2 ||
		all[12].Seq != 103 || all[12].Text != "said 103" || all[12].By.Nickname != "손님" || !all[12].Created.Equal(start.Add(103*time.Second)) {
		t.Errorf("%d messages, %+v", len(all), all[9:13])
	}
	for _, words := range []string{"said 103", "said 128", "said 191", "ＳＡＩＤ 1", "300"} {
		want := map[string][]int64{"said 103": {103}, "said 128": {128}, "said 191": {191}, "300": {300}}[words]
		if got, _ := k.seek(whole.ID, words, chat.Seek{}); !slices.Equal(got, want) {
			t.Errorf("%q: %v", words, got)
		}
	}
	if m := k.append(text(whole.ID, "next", "goes on", newcomer(k, whole.ID))); m.Seq != last+2 {
		t.Errorf("the next message is %d", m.Seq)
	}

	// Whatever fails, nothing is left.
	failing := errors.New("the zip ends here")
	for _, again := range []chat.RoomRecord{foreign(), foreign()} {
		if err := k.ImportRoom(t.Context(), again, said(again, failing)); !errors.Is(err, failing) {
			t.Errorf("%v", err)
		}
		if _, err := k.Room(t.Context(), again.ID); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("there is half a room: %v", err)
		}
		if n := sessions(again.Members); n > 0 {
			t.Errorf("%d sessions are left", n)
		}
	}
	twice := foreign()
	err = k.ImportRoom(t.Context(), twice, func(yield func(chat.Message, error) bool) {
		for range 2 {
			for m := range said(twice, nil) {
				if !yield(m, nil) {
					return
				}
			}
		}
	})
	if err == nil {
		t.Error("messages that come twice are taken")
	}
	none := foreign()
	if k.ImportRoom(t.Context(), none, func(func(chat.Message, error) bool) {}) == nil {
		t.Error("a room without messages is taken")
	}
	for range 2 {
		rooms, err := k.Rooms(t.Context())
		k.check(err)
		if len(rooms) != 2 {
			t.Errorf("%d rooms", len(rooms))
		}
		k.check(k.Close())
		k.Store = k.open(t)
	}
	// Nobody has the sessions of its people, who stay while the room does.
	if n, err := k.RemoveSessions(t.Context(), start.Add(100*time.Hour), start, 100); err != nil || sessions(whole.Members) != 2 {
		t.Errorf("%d sessions removed, %v", n, err)
	}
}

// newcomer is a newcomer with a seat.
func newcomer(k *kit, room string) chat.Member {
	m := k.member()
	k.append(chat.Entry{Message: line(room, "sit"+m.ID, chat.LineJoin, m), Seat: chat.SeatTaken})
	return m
}
