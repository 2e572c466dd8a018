package storetest

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// kit is a store with short cuts for tests.
type kit struct {
	*testing.T
	chat.Store
	open func(*testing.T) chat.Store
	full func(chat.Store, int) error
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
	s := k.newSession()
	k.check(k.AddSession(k.Context(), s))
	return s
}

func (k *kit) newSession() chat.Session {
	k.n++
	return chat.Session{
		Identity:  chat.Identity{ID: chat.NewID(), NameIdx: k.n},
		TokenHash: sha256.Sum256([]byte(fmt.Sprint(k.Name(), k.n))),
		Lang:      "ko", Created: start, Seen: start, Renewed: start, Expires: start.Add(time.Hour),
	}
}

// member is a newcomer with looks of its own.
func (k *kit) member() chat.Member {
	k.Helper()
	return k.looks(k.session().Identity)
}

func (k *kit) looks(id chat.Identity) chat.Member {
	return chat.Member{Identity: id, Color: fmt.Sprintf("#%06x", k.n), Hue: k.n % chat.Hues, Shape: k.n % chat.Shapes}
}

func (k *kit) record(owner chat.Member) (chat.RoomRecord, chat.Message) {
	owner.Role = chat.RoleOwner
	owner.Left = start
	k.n++
	r := chat.RoomRecord{
		Room: chat.Room{ID: fmt.Sprintf("room%018d", k.n), Title: "마당", Max: 10, OwnerID: owner.ID, Owner: owner.Color,
			Listed: true, Life: chat.Week, History: chat.Always, First: 1, Created: start, Active: start},
		LifeFrom: start,
		Members:  []chat.Member{owner},
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
	owner.Role = chat.RoleOwner
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
