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

// Who was removed or banned is new to a locked door, however long ago, whoever was removed since
// and whether the server or the room slept; and stays out for a minute also over a restart.
func TestM21RemovedPeopleAreNew(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(4)
		kim, lee, banned, back := guests[0], guests[1], guests[2], guests[3]
		enter := func(who chat.Visitor) error {
			_, err := k.Join(k.Context(), who, chat.JoinRequest{Room: room, Conn: "again"})
			return err
		}
		again := func() {
			k.check(k.Close())
			k.start()
			k.join(owner, room, "owner")
		}
		remove := func(who chat.Visitor) { k.check(k.Remove(k.Context(), owner, room, k.color(who, room))) }
		yes := true
		_, err := k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{DoorLocked: &yes})
		k.check(err)
		k.check(k.BanMember(k.Context(), owner, chat.BanRequest{Room: room, User: k.color(banned, room), For: time.Hour}))
		remove(kim)
		again()
		k.fails(enter(kim), chat.Kicked)
		time.Sleep(2 * time.Minute)
		remove(lee)
		for range 2 {
			time.Sleep(2 * time.Minute)
			k.fails(enter(kim), chat.DoorLocked)
			k.fails(enter(lee), chat.DoorLocked)
			again()
		}
		time.Sleep(time.Hour)
		k.fails(enter(banned), chat.DoorLocked)
		k.slept(room, owner, back)
		for _, who := range []chat.Visitor{kim, lee, banned} {
			k.fails(enter(who), chat.DoorLocked)
		}
		k.join(owner, room, "owner")
		k.check(enter(back))

		// Who comes back isn't new any more, nor is whose ban is lifted.
		no := false
		_, err = k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{DoorLocked: &no})
		k.check(err)
		k.check(enter(kim))
		k.check(enter(lee))
		k.check(k.BanMember(k.Context(), owner, chat.BanRequest{Room: room, User: k.color(lee, room)}))
		k.check(k.LiftBanOf(k.Context(), owner, room, k.members(room)[lee.ID].Color))
		k.check(k.Leave(k.Context(), kim, room, "again"))
		_, err = k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{DoorLocked: &yes})
		k.check(err)
		k.check(enter(kim))
		k.check(enter(lee))
	})
}
