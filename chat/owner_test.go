package chat_test

import (
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// owner checks whose a room is, in memory and in the store, and that exactly one member says so.
func (k *kit) owner(room string, who chat.Visitor) {
	k.Helper()
	r, err := k.o.Store.Room(k.Context(), room)
	k.check(err)
	v, err := k.Room(room)
	k.check(err)
	if r.OwnerID != who.ID || v.OwnerID != who.ID || v.Owner != r.Owner {
		k.Errorf("owner %s %s, in the store %s %s, want %s", v.OwnerID, v.Owner, r.OwnerID, r.Owner, who.ID)
	}
	for _, m := range r.Members {
		if (m.Role == chat.RoleOwner) != (m.ID == who.ID) {
			k.Errorf("member %+v", m)
		}
	}
}

// Ownership is kept for a day while the owner is away, then it is of who has been there longest.
// The former owner comes back as a member.
func TestM8OwnershipPassesOn(t *testing.T) {
	inside(t, chat.Limits{SessionUnused: 365 * day}, func(k *kit) {
		owner, first, second := k.visitor(), k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{Life: chat.Always, Password: "s3cret"})
		k.join(owner, room, "a")
		grants := map[string]string{}
		for _, v := range []chat.Visitor{first, second} {
			g, err := k.Enter(k.Context(), v, room, "s3cret")
			k.check(err)
			grants[v.ID] = g
			_, err = k.Join(k.Context(), v, chat.JoinRequest{Room: room, Conn: "c", Grant: g})
			k.check(err)
			time.Sleep(time.Minute)
		}
		k.check(k.Leave(k.Context(), first, room, "c"))
		_, err := k.Join(k.Context(), first, chat.JoinRequest{Room: room, Conn: "c", Grant: grants[first.ID]})
		k.check(err)
		k.Gone(owner, room, "a")
		time.Sleep(30 * time.Second)
		time.Sleep(day - 10*time.Second)
		k.owner(room, owner)
		e := k.watch(room)
		time.Sleep(31 * time.Second)
		k.owner(room, second) // who came anew is behind
		c := k.saw(e, chat.EventPosted, chat.EventChanged)
		if len(c) == 2 && (c[0].Message.Code != chat.LineOwner || c[0].Message.By.ID != second.ID || c[0].Message.By.Role != chat.RoleOwner || c[1].Room.OwnerID != second.ID) {
			t.Errorf("%+v", c)
		}
		_, err = k.Join(k.Context(), owner, chat.JoinRequest{Room: room, Conn: "a"})
		k.fails(err, chat.WrongPassword)
		_, err = k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{Life: span("day")})
		k.fails(err, chat.NotOwner)
		_, err = k.ChangeRoom(k.Context(), second, room, chat.RoomChange{Life: span("day")})
		k.check(err)
		// Limits follow.
		for range 4 {
			time.Sleep(10 * time.Minute)
			k.room(second, chat.NewRoom{Life: chat.Always})
		}
		_, _, err = k.CreateRoom(k.Context(), second, chat.NewRoom{Title: "x"})
		k.fails(err, chat.TooManyRooms)
		if r, err := k.Room(room); err != nil || len(k.join(second, r.ID, "c").Members) != 2 {
			t.Errorf("%+v, %v", r, err)
		}
		k.check(k.CloseRoom(k.Context(), second, room))
	})
}

// When the day is over and nobody is there, the room goes to who is there next; an owner who is
// back before stays it. A server that was off gives everybody an hour.
func TestM8OwnershipWaitsForSomebody(t *testing.T) {
	inside(t, chat.Limits{SessionUnused: 365 * day}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{Life: chat.Always}) // the owner never came
		time.Sleep(3 * day)
		k.owner(room, owner)
		k.join(owner, room, "a")
		k.join(guest, room, "b")
		time.Sleep(time.Minute)
		k.owner(room, owner)
		k.check(k.Leave(k.Context(), owner, room, "a"))
		k.check(k.Leave(k.Context(), guest, room, "b"))
		k.check(k.Close())
		time.Sleep(14 * day)
		k.start()
		k.join(guest, room, "b")
		time.Sleep(59 * time.Minute)
		k.owner(room, owner)
		time.Sleep(2 * time.Minute)
		k.owner(room, guest)
		k.check(k.Close())
		k.start()
		k.owner(room, guest)
	})
}
