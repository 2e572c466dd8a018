package chat_test

import (
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// A locked door keeps out who is new: from a seat, the history and the password. Who is inside, or
// was within a day, isn't new, nor is who may lock it.
func TestM21LockedDoor(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		hashes := k.HashCheaply()
		owner, inside, lately, long, fresh := k.visitor(), k.visitor(), k.visitor(), k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "1")
		k.join(long, room, "1")
		k.check(k.Leave(k.Context(), long, room, "1"))
		time.Sleep(20 * time.Hour)
		k.join(lately, room, "1")
		k.join(inside, room, "1")
		k.check(k.Leave(k.Context(), lately, room, "1"))
		time.Sleep(4 * time.Hour)

		yes, no := true, false
		lock := func(who chat.Visitor, locked *bool) error {
			_, err := k.ChangeRoom(k.Context(), who, room, chat.RoomChange{DoorLocked: locked})
			return err
		}
		k.fails(lock(inside, &yes), chat.NotInCharge)
		k.fails(lock(fresh, &yes), chat.NotInCharge)
		var heard events
		defer k.Subscribe(room, heard.add)()
		k.check(lock(owner, &yes))
		if all := heard.take(); len(all) != 1 || all[0].Kind != chat.EventChanged || !all[0].Room.DoorLocked {
			k.Errorf("heard %+v", all)
		}
		for range 2 { // and after a restart
			for _, who := range []chat.Visitor{fresh, long} {
				_, err := k.Join(k.Context(), who, chat.JoinRequest{Room: room, Conn: "x"})
				k.fails(err, chat.DoorLocked)
				_, err = k.History(k.Context(), who, chat.HistoryQuery{Room: room})
				k.fails(err, chat.DoorLocked)
				k.fails(k.CanEnter(k.Context(), who, room, ""), chat.DoorLocked)
				_, err = k.Enter(k.Context(), who, room, "")
				k.fails(err, chat.DoorLocked)
			}
			k.join(inside, room, "2")
			k.check(k.Close())
			k.start()
			if v, err := k.Room(room); err != nil || !v.DoorLocked {
				k.Errorf("after a restart: %+v, %v", v, err)
			}
		}
		k.join(lately, room, "1")
		k.check(k.Leave(k.Context(), lately, room, "1"))
		k.join(owner, room, "1")
		k.check(k.Leave(k.Context(), owner, room, "1"))
		time.Sleep(25 * time.Hour)
		_, err := k.Join(k.Context(), lately, chat.JoinRequest{Room: room, Conn: "x"})
		k.fails(err, chat.DoorLocked)
		k.join(owner, room, "1")
		k.check(lock(owner, &no))
		fresh = k.visitor() // the other one was forgotten
		k.join(fresh, room, "1")

		// A grant is no key, and nobody tries passwords at a locked door.
		long = k.visitor()
		closed := k.room(owner, chat.NewRoom{Password: "open sesame"})
		grant, err := k.Enter(k.Context(), fresh, closed, "open sesame")
		k.check(err)
		_, err = k.ChangeRoom(k.Context(), owner, closed, chat.RoomChange{DoorLocked: &yes})
		k.check(err)
		n := hashes.Load()
		_, err = k.Join(k.Context(), fresh, chat.JoinRequest{Room: closed, Conn: "x", Grant: grant})
		k.fails(err, chat.DoorLocked)
		_, err = k.Enter(k.Context(), long, closed, "open sesame")
		k.fails(err, chat.DoorLocked)
		if hashes.Load() != n {
			k.Error("a password was hashed")
		}
	})
}
