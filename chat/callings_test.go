package chat_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// named is a visitor whose session has that generated name and nickname.
func (k *kit) named(idx int, nickname string) chat.Visitor {
	k.Helper()
	id := chat.NewID()
	now := time.Now().UTC().Truncate(time.Millisecond)
	s := chat.Session{Identity: chat.Identity{ID: id, NameIdx: idx, Nickname: nickname}, TokenHash: sha256.Sum256([]byte(id)),
		Lang: "ko", Created: now, Seen: now, Expires: now.Add(24 * time.Hour)}
	k.check(k.o.Store.AddSession(k.Context(), s))
	return chat.Visitor{Identity: s.Identity}
}

func namesOf(members []chat.Member) (names []string) {
	for _, m := range members {
		names = append(names, m.Name("ko"))
	}
	return names
}

// Two hundred people who are all called the same get two hundred names, and keep them.
func TestNamesDifferInARoom(t *testing.T) {
	const people = 200
	inside(t, chat.Limits{RestartGrace: time.Hour, RoomNewcomersFree: -1, NewcomersFree: -1}, func(k *kit) {
		owner := k.named(5, "")
		room := k.room(owner, chat.NewRoom{Max: 1000})
		first := k.join(owner, room, "o")
		if first.Me.NameIdx != 5 {
			t.Errorf("the first is called %d", first.Me.NameIdx)
		}
		var all []chat.Visitor
		var last chat.Joined
		for i := range people - 1 {
			v := k.named(5, "")
			last = k.join(v, room, fmt.Sprint(i))
			all = append(all, v)
		}
		was := namesOf(last.Members)
		if n := len(slices.Compact(slices.Sorted(slices.Values(was)))); n != people {
			t.Errorf("%d people have %d names", people, n)
		}
		bob := all[20]
		m := k.send(bob, room, "hello")
		if m.By.NameIdx == 5 || m.By.Name("ko") != was[21] {
			t.Errorf("sent by %s, who is %s", m.By.Name("ko"), was[21])
		}

		k.check(k.Leave(k.Context(), bob, room, "20"))
		newcomer := k.named(m.By.NameIdx, "")
		if j := k.join(newcomer, room, "n"); j.Me.NameIdx == m.By.NameIdx {
			t.Error("a name is given anew whose bearer has only left")
		}
		k.check(k.Close())
		k.start()
		back := k.join(bob, room, "back")
		if back.Me.NameIdx != m.By.NameIdx || back.Me.Name("ko") != was[21] {
			t.Errorf("came back as %s, was %s", back.Me.Name("ko"), was[21])
		}
		for _, line := range back.Messages {
			if line.By.ID == bob.ID && line.By.NameIdx != m.By.NameIdx {
				t.Errorf("line %s is of %s", line.Code, line.By.Name("ko"))
			}
		}
		if other := k.join(k.named(5, ""), room, "later"); slices.Contains(was, other.Me.Name("ko")) {
			t.Errorf("after the restart a newcomer is called %s", other.Me.Name("ko"))
		}

		// Elsewhere one is called as always.
		if j := k.join(bob, k.room(owner, chat.NewRoom{}), "x"); j.Me.NameIdx != 6 {
			t.Errorf("called %d in a room whose owner is 5", j.Me.NameIdx)
		}
	})
}

func TestNamesDifferFromNicknames(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room := k.room(k.named(100, ""), chat.NewRoom{})
		k.join(k.named(200, chat.GeneratedName(7, "ko")), room, "1")
		k.join(k.named(201, "easygoing otter"), room, "2") // 1 in English
		if j := k.join(k.named(7, ""), room, "3"); j.Me.NameIdx != 8 {
			t.Errorf("called %d", j.Me.NameIdx)
		}
		if j := k.join(k.named(1, ""), room, "4"); j.Me.NameIdx != 2 {
			t.Errorf("called %d", j.Me.NameIdx)
		}
	})
}
