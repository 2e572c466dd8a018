package chat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// glimpse is what the list shows of a room.
func (k *kit) glimpse(room string) *chat.Glimpse {
	k.Helper()
	time.Sleep(3 * time.Second) // changes wait for a moment, and the list for another one
	for _, r := range k.list(chat.LobbyQuery{}).Rooms {
		if r.ID == room {
			return r.Glimpse
		}
	}
	k.Fatal("the room isn't in the list")
	return nil
}

// Whoever looks at the list sees what was said last in open rooms, and who is there, as long as it
// is so, also behind a restart.
func TestU12LastLineInTheList(t *testing.T) {
	inside(t, chat.Limits{LobbyText: 5, LobbyFaces: 2, RestartGrace: time.Hour}, func(k *kit) {
		id, owner := k.titled("a")
		said := func(want string) {
			k.Helper()
			g := k.glimpse(id)
			if want == "" && g.Said != nil || want != "" && (g.Said == nil || g.Said.Text != want) {
				t.Errorf("said: %+v, want %q", g.Said, want)
			}
		}
		said("")
		k.join(owner, id, "c")
		k.send(owner, id, "one")
		m := k.send(owner, id, "가나다\n 라마바")
		said("가나다 라…")
		owner.Identity = k.rename(owner, "민수")
		if g := k.glimpse(id); g.Said.By.Nickname != "민수" || g.Said.Color != m.By.Color || m.By.Color == "" || len(g.Faces) != 1 || g.Faces[0].Nickname != "민수" {
			t.Errorf("after a change of name: %+v %+v", g.Faces, g.Said)
		}
		k.check(k.Close())
		k.start()
		said("가나다 라…")

		guests := []chat.Visitor{k.visitor(), k.visitor()}
		for _, g := range guests {
			k.join(g, id, "c")
		}
		if g := k.glimpse(id); len(g.Faces) != 2 || g.Faces[1].NameIdx == g.Faces[0].NameIdx {
			t.Errorf("faces: %+v", g.Faces)
		}
		_, err := k.DeleteMessage(k.Context(), owner, id, m.Seq)
		k.check(err)
		said("")
		k.send(guests[0], id, "12345")
		said("12345")
	})
}

// What is said behind a password, a locked door or in a room that isn't listed is nobody's outside.
func TestU12LastLineStaysInside(t *testing.T) {
	inside(t, chat.Limits{RestartGrace: time.Hour}, func(k *kit) {
		const secret = "between us"
		id, owner := k.titled("a")
		k.join(owner, id, "c")
		k.send(owner, id, secret)
		if g := k.glimpse(id); g == nil || g.Said.Text != secret {
			t.Fatalf("open: %+v", g)
		}
		word, none, yes, no := "riverside", "", true, false
		for _, c := range []struct{ close, open chat.RoomChange }{
			{chat.RoomChange{Password: &word}, chat.RoomChange{Password: &none}},
			{chat.RoomChange{DoorLocked: &yes}, chat.RoomChange{DoorLocked: &no}},
		} {
			k.check(k.change(owner, id, c.close))
			if g := k.glimpse(id); g != nil {
				t.Errorf("closed: %+v", g)
			}
			k.check(k.Close())
			k.start()
			if g := k.glimpse(id); g != nil {
				t.Errorf("closed, behind a restart: %+v", g)
			}
			k.check(k.change(owner, id, c.open))
			if g := k.glimpse(id); g == nil || !strings.Contains(g.Said.Text, secret) {
				t.Errorf("open again: %+v", g)
			}
		}
		k.check(k.change(owner, id, chat.RoomChange{Listed: &no}))
		k.send(owner, id, secret)
		for _, r := range k.OwnRooms(owner) {
			if r.Glimpse != nil {
				t.Errorf("not listed: %+v", r.Glimpse)
			}
		}
		if got, err := k.Room(id); err != nil || got.Glimpse != nil {
			t.Errorf("the room itself: %+v %v", got.Glimpse, err)
		}
	})
}
