package chat_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

func (k *kit) change(who chat.Visitor, room string, c chat.RoomChange) error {
	_, err := k.ChangeRoom(k.Context(), who, room, c)
	return err
}

// A password that changes ends the grants of before; who is inside stays.
func TestM3PasswordsThatChange(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(1)
		late := k.visitor()
		enter := func(password string) (string, error) { return k.Enter(k.Context(), late, room, password) }
		old, first, second := "", "s3cret", "0ther"
		k.check(k.change(owner, room, chat.RoomChange{Password: &first}))
		_, err := k.Join(k.Context(), late, chat.JoinRequest{Room: room, Conn: "late"})
		k.fails(err, chat.WrongPassword)
		grant, err := enter(first)
		k.check(err)
		k.check(k.change(owner, room, chat.RoomChange{Password: &second}))
		_, err = k.Join(k.Context(), late, chat.JoinRequest{Room: room, Conn: "late", Grant: grant})
		k.fails(err, chat.WrongPassword)
		_, err = enter(first)
		k.fails(err, chat.WrongPassword)
		k.send(guests[0], room, "still here")
		k.join(guests[0], room, "another tab")
		k.check(k.Close())
		k.start()
		_, err = k.Join(k.Context(), late, chat.JoinRequest{Room: room, Conn: "late", Grant: grant})
		k.fails(err, chat.WrongPassword)
		k.join(owner, room, "owner")
		k.check(k.change(owner, room, chat.RoomChange{Password: &old}))
		k.join(late, room, "late")
		short := "abc"
		k.fails(k.change(owner, room, chat.RoomChange{Password: &short}), chat.BadPassword)
	})
}

// The name, the seats and the list are the owner's; each change is told to the room and the lobby.
func TestM4SettingsOfARoom(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(3)
		k.check(k.SetModerator(k.Context(), owner, room, k.color(guests[0], room), true))
		time.Sleep(time.Minute)
		e, lobby := k.watch(room), k.watch(chat.Lobby)
		title, few, enough, no := "  새 이름 ", 3, 4, false
		for _, c := range []chat.RoomChange{{Title: &title}, {Max: &enough}, {Listed: &no}, {Password: &title}} {
			k.fails(k.change(guests[0], room, c), chat.NotOwner)
			k.fails(k.change(guests[1], room, c), chat.NotOwner)
		}
		k.fails(k.change(owner, room, chat.RoomChange{Max: &few}), chat.BadMax)
		k.check(k.change(owner, room, chat.RoomChange{Title: &title, Max: &enough}))
		events := k.saw(e, chat.EventChanged, chat.EventPosted, chat.EventPosted)
		if events[1].Message.Code != chat.LineTitle || events[1].Message.Title != "새 이름" || events[2].Message.Code != chat.LineMax || events[2].Message.N != 4 {
			t.Errorf("lines %+v, %+v", events[1].Message, events[2].Message)
		}
		if told := k.saw(lobby, chat.EventUpdated); told[0].Room.Title != "새 이름" || told[0].Room.Max != 4 {
			t.Errorf("the lobby heard %+v", told)
		}
		p, err := k.Lobby(chat.Visitor{}, chat.LobbyQuery{Title: "새 이름"})
		k.check(err)
		if len(p.Rooms) != 1 {
			t.Errorf("%d rooms of the new name", len(p.Rooms))
		}
		_, err = k.Join(k.Context(), k.visitor(), chat.JoinRequest{Room: room, Conn: "late"})
		k.fails(err, chat.RoomFull)
		k.check(k.change(owner, room, chat.RoomChange{Listed: &no}))
		k.check(k.Close())
		k.start()
		if r, err := k.Room(room); err != nil || r.Title != "새 이름" || r.Max != 4 || r.Listed {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// In a read-only room those in charge write; in a slow one everybody else waits.
func TestM4ReadOnlyAndSlow(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(2)
		mod, lee := guests[0], guests[1]
		k.check(k.SetModerator(k.Context(), owner, room, k.color(mod, room), true))
		upload, err := k.Upload(lee, room, 60)
		k.check(err)
		yes, no, slow, off, odd := true, false, 30*time.Second, time.Duration(0), 7*time.Second
		say := func(who chat.Visitor) error {
			_, _, err := k.Send(k.Context(), who, chat.Post{Room: room, Text: "hello"})
			return err
		}
		k.fails(k.change(lee, room, chat.RoomChange{Quiet: &yes}), chat.NotInCharge)
		k.fails(k.change(mod, room, chat.RoomChange{Quiet: &yes, Listed: &yes}), chat.NotOwner)
		k.check(k.change(mod, room, chat.RoomChange{Quiet: &yes}))
		k.fails(say(lee), chat.ReadOnly)
		k.fails(upload.Came(10), chat.ReadOnly)
		upload.End()
		k.check(say(owner))
		k.check(say(mod))
		k.check(k.change(mod, room, chat.RoomChange{Quiet: &no}))
		k.check(say(lee))

		k.fails(k.change(mod, room, chat.RoomChange{Slow: &odd}), chat.BadRequest)
		k.check(k.change(mod, room, chat.RoomChange{Slow: &slow}))
		k.check(say(lee))
		for range 2 { // a refusal takes nothing
			err = say(lee)
			if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != chat.SlowMode || e.RetryAfter != slow || e.N != 30 {
				t.Errorf("%v", err)
			}
		}
		k.check(say(owner))
		k.check(say(owner))
		time.Sleep(slow)
		_, _, err = k.Send(k.Context(), lee, chat.Post{Room: room, Text: "\n"})
		k.fails(err, chat.BadMessage)
		k.check(say(lee)) // what wasn't a message costs no pause
		k.check(k.change(mod, room, chat.RoomChange{Slow: &off}))
		k.check(say(lee))
		var codes []string
		for _, m := range k.read(owner, room) {
			if m.Kind == chat.KindSystem && m.Code != chat.LineJoin {
				codes = append(codes, m.Code)
			}
		}
		if want := []string{chat.LineCreated, chat.LineNamed, chat.LineQuiet, chat.LineTalk, chat.LineSlow, chat.LineSlow}; !slices.Equal(codes, want) {
			t.Errorf("lines %v", codes)
		}
	})
}
