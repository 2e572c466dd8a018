package chat_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// party is a room with its owner and guests inside.
func (k *kit) party(guests int) (room string, owner chat.Visitor, all []chat.Visitor) {
	k.Helper()
	owner = k.visitor()
	room = k.room(owner, chat.NewRoom{})
	k.join(owner, room, "owner")
	for range guests {
		v := k.visitor()
		k.join(v, room, v.ID)
		all = append(all, v)
	}
	return room, owner, all
}

// color is how somebody is called in a room.
func (k *kit) color(who chat.Visitor, room string) string {
	k.Helper()
	return k.join(who, room, "color").Me.Color
}

func (k *kit) read(who chat.Visitor, room string) []chat.Message {
	k.Helper()
	s, err := k.History(k.Context(), who, chat.HistoryQuery{Room: room})
	k.check(err)
	return s.Messages
}

func TestM4DeletingMessages(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(2)
		kim, lee := guests[0], guests[1]
		e := k.watch(room)
		m := k.send(kim, room, "a secret")
		other := k.send(lee, room, "of another")
		k.saw(e, chat.EventPosted, chat.EventPosted)

		_, err := k.DeleteMessage(k.Context(), lee, room, m.Seq)
		k.fails(err, chat.NotInCharge)
		_, err = k.DeleteMessage(k.Context(), kim, room, 1) // a line of ours
		k.fails(err, chat.NotFound)
		for _, seq := range []int64{0, -1, 1 << 40} {
			_, err = k.DeleteMessage(k.Context(), kim, room, seq)
			k.fails(err, chat.NotFound)
		}
		_, err = k.DeleteMessage(k.Context(), k.visitor(), room, m.Seq)
		k.fails(err, chat.NotMember)
		k.saw(e)

		rev, err := k.DeleteMessage(k.Context(), kim, room, m.Seq)
		k.check(err)
		told := k.saw(e, chat.EventDeleted)[0].Message
		if rev != other.Rev+1 || told.Rev != rev || told.Seq != m.Seq || told.Text != "" || told.Deleted != chat.DeletedByAuthor {
			t.Errorf("rev %d, told %+v", rev, told)
		}
		again, err := k.DeleteMessage(k.Context(), kim, room, m.Seq)
		k.check(err)
		if again != rev {
			t.Errorf("deleted twice: %d, %d", rev, again)
		}
		_, err = k.DeleteMessage(k.Context(), owner, room, other.Seq)
		k.check(err)
		if told := k.saw(e, chat.EventDeleted)[0].Message; told.Deleted != chat.DeletedInCharge || told.By.ID != lee.ID {
			t.Errorf("told %+v", told)
		}

		// Who was away gets both as they are now, once each.
		j, err := k.Join(k.Context(), lee, chat.JoinRequest{Room: room, Conn: "again", Since: &chat.Since{Epoch: k.Epoch(), Rev: other.Rev}})
		k.check(err)
		if len(j.Messages) != 2 || j.Messages[0].Seq != m.Seq || j.Messages[1].Seq != other.Seq || j.Messages[0].Text+j.Messages[1].Text != "" || j.Reset {
			t.Errorf("resumed with %+v", j.Snapshot)
		}
	})
}

func TestM4DeletingAllOfSomebody(t *testing.T) {
	inside(t, chat.Limits{SendPerSecond: -1, RoomPerSecond: -1}, func(k *kit) {
		room, owner, guests := k.party(2)
		kim, lee := guests[0], guests[1]
		for range 250 {
			k.send(kim, room, "spam")
		}
		k.send(lee, room, "mine")
		e := k.watch(room)

		_, err := k.DeleteAll(k.Context(), lee, room, k.color(kim, room))
		k.fails(err, chat.NotInCharge)
		_, err = k.DeleteAll(k.Context(), owner, room, "#none")
		k.fails(err, chat.NotFound)
		n, err := k.DeleteAll(k.Context(), owner, room, k.color(kim, room))
		k.check(err)
		if n != 250 {
			t.Errorf("%d messages deleted", n)
		}
		events := e.take()
		if len(events) != 251 {
			t.Fatalf("%d events", len(events))
		}
		for i, ev := range events[:250] {
			if ev.Kind != chat.EventDeleted || i > 0 && ev.Message.Rev != events[i-1].Message.Rev+1 {
				t.Fatalf("event %d: %+v", i, ev)
			}
		}
		if last := events[250]; last.Kind != chat.EventPosted || last.Message.Code != chat.LineCleared || last.Message.N != 250 ||
			last.Message.By.ID != kim.ID || last.Message.Actor.ID != owner.ID || last.Message.Rev != events[249].Message.Rev+1 {
			t.Errorf("the line is %+v", last.Message)
		}
		// One's own are nobody's business.
		n, err = k.DeleteAll(k.Context(), lee, room, k.color(lee, room))
		k.check(err)
		k.saw(e, chat.EventDeleted)
		if n != 1 {
			t.Errorf("%d messages deleted", n)
		}
	})
}

func TestM4DeletedImagesAreGone(t *testing.T) {
	inside(t, chat.Limits{MediaTotal: 100}, func(k *kit) {
		room, owner, guests := k.party(1)
		files := k.o.Files.(*files)
		u, err := k.Upload(guests[0], room, 60)
		k.check(err)
		m, _, err := u.Send(k.Context(), chat.Post{Text: "caption"}, chat.Media{Name: "0123456789abcdef0123456789abcdef.gif", MIME: "image/gif", Bytes: 60})
		k.check(err)
		_, err = k.Upload(owner, room, 60)
		k.fails(err, chat.NoSpace)

		_, err = k.DeleteMessage(k.Context(), owner, room, m.Seq)
		k.check(err)
		if !slices.Equal(files.removed, []string{m.Media[0].Name}) {
			t.Errorf("removed %v", files.removed)
		}
		_, err = k.Media(k.Context(), m.Media[0].Name)
		k.fails(err, chat.NotFound)
		u, err = k.Upload(owner, room, 60)
		k.check(err)
		u.End()
	})
}

func TestS7WhoWasRemovedStaysOut(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(2)
		troll, lee := guests[0], guests[1]
		k.join(troll, room, "second tab")
		before := k.join(troll, room, "third tab")
		upload, err := k.Upload(troll, room, 60)
		k.check(err)
		e := k.watch(room)

		k.fails(k.Remove(k.Context(), lee, room, before.Me.Color), chat.NotInCharge)
		k.fails(k.Remove(k.Context(), lee, room, k.color(owner, room)), chat.NotInCharge)
		k.fails(k.Remove(k.Context(), owner, room, k.color(owner, room)), chat.BadRequest)
		k.check(k.Remove(k.Context(), owner, room, before.Me.Color))
		events := k.saw(e, chat.EventLeft, chat.EventOut)
		if m := events[0].Message; m.Code != chat.LineRemoved || m.By.ID != troll.ID || m.Actor.ID != owner.ID || events[0].Room.Count != 2 {
			t.Errorf("the line is %+v", m)
		}
		if events[1].Who != troll.ID || chat.CodeOf(events[1].Why) != chat.Kicked {
			t.Errorf("out: %+v", events[1])
		}
		k.fails(k.Remove(k.Context(), owner, room, before.Me.Color), chat.NotFound)

		k.send(owner, room, "is he gone?")
		out := func(what string, err error) {
			t.Helper()
			if chat.CodeOf(err) != chat.Kicked {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err = k.Join(k.Context(), troll, chat.JoinRequest{Room: room, Conn: "at once"})
		out("instant rejoin", err)
		_, err = k.Join(k.Context(), troll, chat.JoinRequest{Room: room, Conn: "third tab", Since: &chat.Since{Epoch: k.Epoch(), Rev: before.Rev}})
		out("resume", err)
		_, _, err = k.Send(k.Context(), troll, chat.Post{Room: room, Text: "back"})
		out("post", err)
		out("bytes of an upload", upload.Came(10))
		_, _, err = upload.Send(k.Context(), chat.Post{}, chat.Media{Name: "0123456789abcdef0123456789abcdef.gif", MIME: "image/gif", Bytes: 60})
		out("upload", err)
		_, err = k.Upload(troll, room, 60)
		out("another upload", err)
		_, err = k.History(k.Context(), troll, chat.HistoryQuery{Room: room})
		out("history", err)
		out("page", k.CanEnter(k.Context(), troll, room, ""))
		_, err = k.DeleteMessage(k.Context(), troll, room, 1)
		out("deletion", err)
		k.Gone(troll, room, "second tab")
		k.saw(e, chat.EventPosted)

		time.Sleep(k.Limits().KickPause)
		k.join(troll, room, "later")
	})
}

// The seat may be on its way to its owner when somebody is removed.
func TestS7RemovedWhileComing(t *testing.T) {
	inside(t, chat.Limits{JoinsPerMinute: -1, KickPause: time.Millisecond}, func(k *kit) {
		room, owner, guests := k.party(1)
		troll := guests[0]
		color := k.color(troll, room)
		for range 50 {
			joined := make(chan error, 1)
			go func() {
				_, err := k.Join(context.Background(), troll, chat.JoinRequest{Room: room, Conn: "racing"})
				joined <- err
			}()
			err := k.Remove(k.Context(), owner, room, color)
			if err := <-joined; err != nil && chat.CodeOf(err) != chat.Kicked {
				t.Fatal(err)
			}
			if err == nil {
				if r, err := k.Room(room); err != nil || r.Count != 1 {
					t.Fatalf("%d are in the room, %v", r.Count, err)
				}
			}
			time.Sleep(time.Second)
		}
	})
}

func TestM4Moderators(t *testing.T) {
	inside(t, chat.Limits{Moderators: 2}, func(k *kit) {
		room, owner, guests := k.party(4)
		mod, other, third, lee := guests[0], guests[1], guests[2], guests[3]
		colors := map[chat.Visitor]string{}
		for _, v := range append(guests, owner) {
			colors[v] = k.color(v, room)
		}
		name := func(by, who chat.Visitor, on bool) error {
			return k.SetModerator(k.Context(), by, room, colors[who], on)
		}
		e := k.watch(room)
		k.fails(name(lee, mod, true), chat.NotOwner)
		k.check(name(owner, mod, true))
		k.check(name(owner, mod, true)) // is so already
		line := k.saw(e, chat.EventPosted)[0].Message
		if line.Code != chat.LineNamed || line.By.ID != mod.ID || line.By.Role != chat.RoleModerator || line.Actor.ID != owner.ID {
			t.Errorf("the line is %+v", line)
		}
		k.check(name(owner, other, true))
		k.fails(name(owner, third, true), chat.TooMany)
		k.fails(name(mod, third, true), chat.NotOwner)
		k.fails(name(owner, owner, false), chat.BadRequest)

		// They have power over members alone.
		k.fails(k.Remove(k.Context(), mod, room, colors[owner]), chat.NotOwner)
		k.fails(k.Remove(k.Context(), mod, room, colors[other]), chat.NotOwner)
		said := k.send(other, room, "of a moderator")
		_, err := k.DeleteMessage(k.Context(), mod, room, said.Seq)
		k.fails(err, chat.NotOwner)
		said = k.send(lee, room, "of a member")
		_, err = k.DeleteMessage(k.Context(), mod, room, said.Seq)
		k.check(err)
		k.fails(k.CloseRoom(k.Context(), mod, room), chat.NotOwner)

		// It lasts, and ends.
		k.check(k.Close())
		k.start()
		for _, v := range []chat.Visitor{owner, mod, lee} {
			k.join(v, room, v.ID)
		}
		k.check(k.Remove(k.Context(), mod, room, colors[lee]))
		k.check(name(owner, mod, false))
		k.fails(k.Remove(k.Context(), mod, room, colors[other]), chat.NotInCharge)
	})
}

func TestS7WhoIsBannedFromARoom(t *testing.T) {
	inside(t, chat.Limits{RoomBans: 2}, func(k *kit) {
		room, owner, guests := k.party(2)
		troll := k.from("203.0.113.9")
		neighbour := k.from("203.0.113.9")
		elsewhere := k.room(owner, chat.NewRoom{})
		color := k.join(troll, room, "troll").Me.Color
		k.join(neighbour, room, "neighbour")
		before := k.join(troll, elsewhere, "elsewhere")
		e := k.watch(room)
		ban := func(by chat.Visitor, q chat.BanRequest) error { q.Room = room; return k.BanMember(k.Context(), by, q) }

		k.fails(ban(guests[0], chat.BanRequest{User: color}), chat.NotInCharge)
		k.fails(ban(owner, chat.BanRequest{User: color, Reason: string(make([]byte, 101)) + strings.Repeat("가", 101)}), chat.TooLong)
		k.fails(ban(owner, chat.BanRequest{User: color, For: -1}), chat.BadRequest)
		k.check(ban(owner, chat.BanRequest{User: color, For: time.Hour, Address: true, Reason: " spam\n"}))
		events := k.saw(e, chat.EventLeft, chat.EventOut)
		if m := events[0].Message; m.Code != chat.LineBanned || m.Reason != "spam" || m.Until.Sub(m.Created) < 59*time.Minute || m.By.ID != troll.ID {
			t.Errorf("the line is %+v", m)
		}
		if chat.CodeOf(events[1].Why) != chat.RoomBanned {
			t.Errorf("why: %v", events[1].Why)
		}
		out := func(what string, err error) {
			t.Helper()
			if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != chat.RoomBanned || e.RetryAfter <= 0 || e.RetryAfter > time.Hour {
				t.Errorf("%s: %v", what, err)
			}
		}
		again := func(who chat.Visitor) error {
			_, err := k.Join(k.Context(), who, chat.JoinRequest{Room: room, Conn: "again", Since: &chat.Since{Epoch: k.Epoch(), Rev: 1}})
			return err
		}
		barred := func() {
			t.Helper()
			out("join and resume", again(troll))
			_, _, err := k.Send(k.Context(), troll, chat.Post{Room: room, Text: "back"})
			out("post", err)
			_, err = k.History(k.Context(), troll, chat.HistoryQuery{Room: room})
			out("history", err)
			out("a new name from there", again(k.from("203.0.113.9")))
			k.check(again(k.from("203.0.113.10")))
			k.check(again(neighbour)) // whom the room knows
			k.check(again(owner))
		}
		barred()
		k.send(troll, elsewhere, "here I am") // another room is another room's
		_ = before

		k.check(k.Close())
		k.start()
		barred()
		bans, err := k.BannedFrom(owner, room)
		k.check(err)
		if len(bans) != 1 || bans[0].ID != troll.ID || !bans[0].Address || bans[0].Reason != "spam" || bans[0].Actor.ID != owner.ID {
			t.Errorf("bans %+v", bans)
		}
		_, err = k.BannedFrom(neighbour, room)
		k.fails(err, chat.NotInCharge)

		// Who has left can be banned too, and the limit holds.
		k.check(k.Leave(k.Context(), guests[0], room, guests[0].ID))
		k.join(guests[1], room, "b")
		e = k.watch(room)
		k.check(ban(owner, chat.BanRequest{User: k.wearing(room, guests[0]), For: 0}))
		if m := k.saw(e, chat.EventPosted)[0].Message; m.Code != chat.LineBanned || !m.Until.IsZero() || m.Reason != "" {
			t.Errorf("the line is %+v", m)
		}
		k.fails(again(guests[0]), chat.RoomBanned)
		k.fails(ban(owner, chat.BanRequest{User: k.color(guests[1], room)}), chat.TooMany)
		// in place of the first
		k.check(ban(owner, chat.BanRequest{User: color, For: 24 * time.Hour}))

		k.fails(k.LiftBanOf(k.Context(), guests[1], room, color), chat.NotInCharge)
		k.fails(k.LiftBanOf(k.Context(), owner, room, k.color(guests[1], room)), chat.NotFound)
		k.check(k.LiftBanOf(k.Context(), owner, room, k.wearing(room, guests[0])))
		k.check(again(guests[0]))
		time.Sleep(24*time.Hour + time.Minute)
		k.check(again(troll))
	})
}

// wearing is the color of somebody who needn't be in the room.
func (k *kit) wearing(room string, who chat.Visitor) string {
	k.Helper()
	r, err := k.o.Store.Room(k.Context(), room)
	k.check(err)
	for _, m := range r.Members {
		if m.ID == who.ID {
			return m.Color
		}
	}
	k.Fatal("not a member")
	return ""
}

func TestM4Reports(t *testing.T) {
	inside(t, chat.Limits{Reports: 3, ReportsPerMinute: 4}, func(k *kit) {
		room, owner, guests := k.party(3)
		troll, kim, lee := guests[0], guests[1], guests[2]
		m := k.send(troll, room, "rude")
		e := k.watch(room)
		report := func(by chat.Visitor, q chat.ReportRequest) error { q.Room = room; return k.Report(k.Context(), by, q) }
		k.check(report(kim, chat.ReportRequest{Seq: m.Seq, Reason: "rude"}))
		if ev := k.saw(e, chat.EventReported)[0]; !slices.Equal(ev.To, []string{owner.ID}) || ev.Message != nil {
			t.Errorf("told %+v", ev)
		}
		// another reason, no other report
		k.check(report(kim, chat.ReportRequest{Seq: m.Seq, Reason: "very rude"}))
		k.check(report(lee, chat.ReportRequest{Seq: m.Seq}))
		k.check(report(lee, chat.ReportRequest{User: k.color(troll, room)}))
		k.fails(report(lee, chat.ReportRequest{User: k.color(lee, room)}), chat.BadRequest)
		k.fails(report(lee, chat.ReportRequest{Seq: 1}), chat.NotFound)
		k.fails(report(lee, chat.ReportRequest{User: "#none"}), chat.NotFound)
		k.fails(report(k.visitor(), chat.ReportRequest{Seq: m.Seq}), chat.NotMember)

		_, err := k.Reports(k.Context(), kim, room)
		k.fails(err, chat.NotInCharge)
		all, err := k.Reports(k.Context(), owner, room)
		k.check(err)
		if len(all) != 2 {
			t.Fatalf("%d are reported", len(all))
		}
		for _, r := range all {
			if r.About.ID != troll.ID || r.Message != nil && (r.Count != 2 || r.Message.Text != "rude" || !slices.Equal(r.Reasons, []string{"very rude"})) ||
				r.Message == nil && r.Count != 1 {
				t.Errorf("%+v", r)
			}
		}
		// They last, are bounded, and go with what they are about.
		k.check(k.Close())
		k.start()
		for _, v := range []chat.Visitor{owner, kim, lee} {
			k.join(v, room, v.ID)
		}
		k.check(report(owner, chat.ReportRequest{Seq: m.Seq}))
		if all, err = k.Reports(k.Context(), owner, room); err != nil || len(all) != 2 || all[0].Count+all[1].Count != 3 {
			t.Errorf("%+v, %v", all, err)
		}
		k.check(k.DismissReport(k.Context(), owner, room, k.wearing(room, troll), 0))
		_, err = k.DeleteMessage(k.Context(), owner, room, m.Seq)
		k.check(err)
		if all, err = k.Reports(k.Context(), owner, room); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		for range 4 {
			time.Sleep(time.Second)
			_ = report(kim, chat.ReportRequest{User: k.color(lee, room)})
		}
		k.fails(report(kim, chat.ReportRequest{User: k.color(lee, room)}), chat.RateLimited)
	})
}

func TestM4HandingOver(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(3)
		heir, mod, gone := guests[0], guests[1], guests[2]
		away := k.color(gone, room)
		k.check(k.Leave(k.Context(), gone, room, gone.ID))
		k.check(k.Leave(k.Context(), gone, room, "color"))
		k.check(k.SetModerator(k.Context(), owner, room, k.color(mod, room), true))
		color := k.color(heir, room)
		hand := func(by chat.Visitor, user string) error { return k.HandOver(k.Context(), by, room, user) }
		k.fails(hand(mod, color), chat.NotOwner)
		k.fails(hand(heir, k.color(mod, room)), chat.NotOwner)
		k.fails(hand(owner, away), chat.NotFound)
		e := k.watch(room)
		k.check(hand(owner, color))
		line := k.saw(e, chat.EventPosted, chat.EventChanged)[0].Message
		if line.Code != chat.LineOwner || line.By.ID != heir.ID || line.Actor.ID != owner.ID {
			t.Errorf("the line is %+v", line)
		}
		check := func() {
			t.Helper()
			for who, role := range map[chat.Visitor]chat.Role{heir: chat.RoleOwner, owner: chat.RoleModerator, mod: chat.RoleModerator} {
				if j := k.join(who, room, "check"); j.Me.Role != role || j.Room.OwnerID != heir.ID {
					t.Errorf("%+v is a %s, want %s", j.Me, j.Me.Role, role)
				}
			}
		}
		check()
		k.fails(hand(owner, k.color(mod, room)), chat.NotOwner)
		k.fails(k.CloseRoom(k.Context(), owner, room), chat.NotOwner)
		k.check(k.Close())
		k.start()
		check()
	})
}

// Nobody gets more rooms than one may have by being handed them, not by two owners at once either.
func TestM4HandedRoomsCount(t *testing.T) {
	inside(t, chat.Limits{RoomsPerIdentity: 2, CreatesPerAddress: -1}, func(k *kit) {
		heir := k.visitor()
		k.room(heir, chat.NewRoom{})
		var owners []chat.Visitor
		var rooms []string
		for range 3 {
			owner := k.visitor()
			room := k.room(owner, chat.NewRoom{})
			k.join(owner, room, "owner")
			k.join(heir, room, "heir")
			owners, rooms = append(owners, owner), append(rooms, room)
		}
		errs := make(chan error, len(rooms))
		for i, room := range rooms {
			color := k.color(heir, room)
			go func() { errs <- k.HandOver(k.Context(), owners[i], room, color) }()
		}
		refused := 0
		for range rooms {
			if err := <-errs; err != nil {
				k.fails(err, chat.TooManyRooms)
				if e, _ := errors.AsType[*chat.Error](err); e.Limit != "rooms-per-identity" || e.Field != "user" || e.N != 2 {
					t.Errorf("told %+v", e)
				}
				refused++
			}
		}
		if n := len(k.OwnRooms(heir)); n != 2 || refused != 2 {
			t.Errorf("%d rooms, %d refusals", n, refused)
		}
		_, _, err := k.CreateRoom(k.Context(), heir, chat.NewRoom{Title: "one more"})
		k.fails(err, chat.TooManyRooms)
		for i, room := range rooms { // what wasn't handed over is its owner's still
			if v, err := k.House.Room(room); err != nil || v.OwnerID != heir.ID && v.OwnerID != owners[i].ID {
				t.Errorf("%+v, %v", v, err)
			}
		}
	})
}

// Another ban of somebody who is banned already says how long, and lets nobody in from where that
// one was.
func TestS7BannedAgain(t *testing.T) {
	for name, address := range map[string]bool{"with newcomers": true, "alone": false} {
		t.Run(name, func(t *testing.T) {
			inside(t, chat.Limits{}, func(k *kit) {
				room, owner, _ := k.party(0)
				troll := k.from("203.0.113.9")
				color := k.join(troll, room, "troll").Me.Color
				ban := func(d time.Duration, address bool) {
					t.Helper()
					k.check(k.BanMember(k.Context(), owner, chat.BanRequest{Room: room, User: color, For: d, Address: address}))
				}
				again := func() error {
					_, err := k.Join(k.Context(), k.from("203.0.113.9"), chat.JoinRequest{Room: room, Conn: "again"})
					return err
				}
				ban(time.Hour, true)
				ban(0, address)
				time.Sleep(2 * time.Hour)
				k.fails(again(), chat.RoomBanned)
				k.check(k.Close())
				k.start()
				k.fails(again(), chat.RoomBanned)
				if bans, err := k.BannedFrom(owner, room); err != nil || len(bans) != 1 || !bans[0].Address || !bans[0].Until.IsZero() {
					t.Errorf("bans %+v, %v", bans, err)
				}
				k.check(k.LiftBanOf(k.Context(), owner, room, color))
				k.check(again())
				ban(time.Minute, address) // the one that was lifted is forgotten
				k.check(again())
				k.check(k.Close())
				k.start()
				k.check(again())
			})
		})
	}
}

// What a ban that is over said of networks is over too.
func TestS7BannedAnewAfterATime(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, _ := k.party(0)
		troll := k.from("203.0.113.9")
		color := k.join(troll, room, "troll").Me.Color
		for _, q := range []chat.BanRequest{{For: time.Second, Address: true}, {}} {
			q.Room, q.User = room, color
			k.check(k.BanMember(k.Context(), owner, q))
			time.Sleep(time.Second)
		}
		_, err := k.Join(k.Context(), k.from("203.0.113.9"), chat.JoinRequest{Room: room, Conn: "again"})
		k.check(err)
	})
}
