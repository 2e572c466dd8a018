package chat_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// known is the visitor of a token.
func (k *kit) known(token string) chat.Visitor {
	k.Helper()
	v, err := k.Visitor(k.Context(), token)
	k.check(err)
	return v
}

func (k *kit) session() (string, chat.Visitor) {
	k.Helper()
	token, _, err := k.NewSession(k.Context(), "ko", "")
	k.check(err)
	return token, k.known(token)
}

// linked is a further device of a visitor.
func (k *kit) linked(v chat.Visitor) (string, chat.Visitor) {
	k.Helper()
	secret, _, err := k.Link(v)
	k.check(err)
	token, _, err := k.TakeLink(k.Context(), secret, "ko", "Firefox · Linux", chat.Visitor{})
	k.check(err)
	return token, k.known(token)
}

func TestS3AnotherDevice(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		_, ann := k.session()
		k.rename(ann, "민수")
		room := k.room(ann, chat.NewRoom{Max: 2})
		k.join(ann, room, "a")
		secret, until, err := k.Link(ann)
		k.check(err)
		if d := time.Until(until); d != 10*time.Minute {
			t.Errorf("the link lasts %v", d)
		}
		for range 2 { // who only looks uses nothing up
			id, err := k.Linked(k.Context(), secret, "192.0.2.1")
			k.check(err)
			if id.ID != ann.ID || id.Nickname != "민수" {
				t.Errorf("leads to %+v", id)
			}
		}
		_, other := k.session()
		token, id, err := k.TakeLink(k.Context(), secret, "en", "Firefox · Linux", other)
		k.check(err)
		phone := k.known(token)
		if id.ID != ann.ID || phone.ID != ann.ID || phone.Nickname != "민수" || phone.Device == ann.Device {
			t.Errorf("the phone is %+v", phone)
		}
		_, _, err = k.TakeLink(k.Context(), secret, "en", "", chat.Visitor{})
		k.fails(err, chat.NoSuchLink)
		if !k.Ended(other) {
			t.Error("who the browser was before goes on")
		}
		// Three devices have one seat.
		tablet, _ := k.linked(phone)
		for i, v := range []chat.Visitor{phone, k.known(tablet)} {
			if j := k.join(v, room, string(rune('b'+i))); len(j.Members) != 1 {
				t.Errorf("%d people", len(j.Members))
			}
		}
		devices, err := k.Devices(k.Context(), ann)
		k.check(err)
		if len(devices) != 3 || devices[0].ID != ann.Device || devices[1].Label != "Firefox · Linux" || devices[1].Seen.IsZero() {
			t.Errorf("devices %+v", devices)
		}

		var told []chat.Ending
		k.OnEnding(func(e chat.Ending) { told = append(told, e) })
		k.check(k.EndDevice(k.Context(), ann, phone.Device))
		if len(told) != 1 || !told[0].Of(phone) || told[0].Of(ann) {
			t.Errorf("doors were told %+v", told)
		}
		_, err = k.Visitor(k.Context(), token)
		k.fails(err, chat.Unauthorized)
		k.known(tablet)
		k.fails(k.EndDevice(k.Context(), ann, phone.Device), chat.NotFound)
		_, stranger := k.session()
		k.fails(k.EndDevice(k.Context(), stranger, ann.Device), chat.NotFound)

		// The first device may end: the others are who they were.
		k.check(k.EndDevice(k.Context(), ann, ann.Device))
		k.check(k.Close())
		k.start()
		if v := k.known(tablet); v.ID != ann.ID || v.Nickname != "민수" {
			t.Errorf("the tablet is %+v", v)
		}
	})
}

func TestS3LinksEnd(t *testing.T) {
	inside(t, chat.Limits{Devices: 2, Links: 4}, func(k *kit) {
		_, ann := k.session()
		first, _, err := k.Link(ann)
		k.check(err)
		second, _, err := k.Link(ann)
		k.check(err)
		_, err = k.Linked(k.Context(), first, "")
		k.fails(err, chat.NoSuchLink) // there is one at a time
		time.Sleep(10 * time.Minute)
		_, _, err = k.TakeLink(k.Context(), second, "ko", "", chat.Visitor{})
		k.fails(err, chat.NoSuchLink)
		k.linked(ann)
		third, _, err := k.Link(ann)
		k.check(err)
		_, _, err = k.TakeLink(k.Context(), third, "ko", "", chat.Visitor{})
		k.fails(err, chat.TooMany)
		_, err = k.Linked(k.Context(), third, "") // it isn't used up by that
		k.check(err)
		if token, id, err := k.TakeLink(k.Context(), third, "ko", "", ann); err != nil || token != "" || id.ID != ann.ID {
			t.Errorf("the own link: %q, %+v, %v", token, id, err)
		}
		_, _, err = k.Link(ann)
		k.fails(err, chat.RateLimited)
	})
}

func TestS3GuessedLinks(t *testing.T) {
	inside(t, chat.Limits{LinkTriesPerAddress: 3}, func(k *kit) {
		_, ann := k.session()
		secret, _, err := k.Link(ann)
		k.check(err)
		for range 3 {
			_, err := k.Linked(k.Context(), strings.Repeat("A", len(secret)), "192.0.2.1")
			k.fails(err, chat.NoSuchLink)
		}
		_, err = k.Linked(k.Context(), secret, "192.0.2.1")
		k.fails(err, chat.RateLimited)
		_, err = k.Linked(k.Context(), secret, "192.0.2.2")
		k.check(err)
	})
}

// A passphrase makes a tag that is the same each time, and the device has another token.
func TestS3Tags(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		_, ann := k.session()
		_, bob := k.session()
		room := k.room(ann, chat.NewRoom{})
		k.join(ann, room, "a")
		k.join(bob, room, "b")
		events := k.watch(room)
		tag := func(v chat.Visitor, word string) string {
			t.Helper()
			id, err := k.SetTag(k.Context(), v, word)
			k.check(err)
			return id.Tag
		}
		first := tag(ann, "열려라 참깨")
		line := k.saw(events, chat.EventRenamed)[0].Message
		if len(first) != 6 || line.Was.Tag != "" || line.Now.Tag != first || line.By.Tag != first {
			t.Errorf("tag %q, line %+v", first, line)
		}
		if other := tag(bob, "열려라 참깨"); other != first {
			t.Errorf("the same word makes %q and %q", first, other)
		}
		if other := tag(bob, "other word"); other == first {
			t.Error("another word makes the same tag")
		}
		if m := k.send(bob, room, "hello"); m.By.Tag == "" || m.By.Tag == first {
			t.Errorf("sent as %q", m.By.Tag)
		}
		k.check(k.Close())
		k.start()
		j := k.join(ann, room, "a")
		if j.Me.Tag != first {
			t.Errorf("after the restart %q", j.Me.Tag)
		}
		if tag(ann, "") != "" || tag(ann, "열려라 참깨") != first {
			t.Error("the tag isn't stable")
		}
		_, err := k.SetTag(k.Context(), ann, "abc")
		k.fails(err, chat.BadPassword)
		for range 5 {
			_, err = k.SetTag(k.Context(), ann, "열려라 참깨")
		}
		k.fails(err, chat.RateLimited)
	})
}

// The old token ends as soon as the new one was used, and not before: the answer may get lost.
func TestS3ReplacedTokenEndsAtOnce(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		token, ann := k.session()
		var told []chat.Ending
		k.OnEnding(func(e chat.Ending) { told = append(told, e) })
		lost, err := k.Replace(k.Context(), token)
		k.check(err)
		k.known(token)
		next, err := k.Replace(k.Context(), token) // the answer didn't come
		k.check(err)
		if next == lost || next == token {
			t.Error("no new token")
		}
		if len(told) != 0 {
			t.Errorf("told %+v too early", told)
		}
		now := k.known(next)
		_, err = k.Visitor(k.Context(), token)
		k.fails(err, chat.Unauthorized)
		_, err = k.Visitor(k.Context(), lost)
		k.fails(err, chat.Unauthorized)
		if len(told) != 1 || !told[0].Of(ann) || told[0].Of(now) {
			t.Errorf("doors were told %+v", told)
		}
		if renewed, err := k.Renew(k.Context(), next); err != nil || renewed != next {
			t.Errorf("renewed to %q, %v", renewed, err)
		}
	})
}

func TestForgottenVisitor(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		token, ann := k.session()
		phone, _ := k.linked(ann)
		_, bob := k.session()
		k.rename(ann, "민수")
		_, err := k.SetTag(k.Context(), ann, "열려라 참깨")
		k.check(err)
		room := k.room(bob, chat.NewRoom{})
		former := k.room(bob, chat.NewRoom{})
		for _, r := range []string{former, room} {
			k.join(bob, r, "b"+r)
			k.join(ann, r, "a"+r)
			k.send(ann, r, "hello")
		}
		k.check(k.Leave(k.Context(), ann, former, "a"+former))
		events := k.watch(room)
		k.check(k.Forget(context.Background(), ann))
		got := k.saw(events, chat.EventRenamed, chat.EventLeft)
		if got[0].Message.Now.Nickname != "" || got[0].Message.Now.Tag != "" || got[1].Room.Count != 1 {
			t.Errorf("events %+v", got)
		}
		for _, token := range []string{token, phone} {
			_, err := k.Visitor(k.Context(), token)
			k.fails(err, chat.Unauthorized)
		}
		for range 2 {
			for _, r := range []string{room, former} {
				for _, m := range k.join(bob, r, "c"+r).Messages {
					if m.By.ID == ann.ID && (m.By.Nickname != "" || m.By.Tag != "") {
						t.Errorf("%s of %q %q", m.Code, m.By.Nickname, m.By.Tag)
					}
				}
			}
			k.check(k.Close())
			k.start()
		}
		k.rename(bob, "민수") // it is free
		synctest.Wait()
	})
}
