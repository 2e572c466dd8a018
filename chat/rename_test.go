package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

func (k *kit) rename(v chat.Visitor, nickname string) chat.Identity {
	k.Helper()
	id, err := k.Rename(k.Context(), v, nickname)
	k.check(err)
	return id
}

// A name is told in the room's order, and everything said is under it, then and after a restart.
func TestRename(t *testing.T) {
	inside(t, chat.Limits{RestartGrace: time.Hour}, func(k *kit) {
		ann, bob := k.named(5, ""), k.named(9, "")
		room := k.room(ann, chat.NewRoom{})
		k.join(ann, room, "a")
		k.join(bob, room, "b")
		k.send(ann, room, "before")
		events := k.watch(room)
		if id := k.rename(ann, " 민수\u200b "); id.Nickname != "민수" {
			t.Errorf("called %q", id.Nickname)
		}
		got := k.saw(events, chat.EventRenamed)
		line := got[0].Message
		if line.Code != chat.LineNick || line.Was.NameIdx != 5 || line.Was.Nickname != "" || line.Now.Nickname != "민수" ||
			line.By.Nickname != "민수" {
			t.Errorf("line %+v", line)
		}
		k.rename(ann, "민수") // nothing happens
		k.saw(events)
		k.rename(ann, "영희")

		check := func() {
			t.Helper()
			j := k.join(bob, room, "b2")
			was := []string{}
			for _, m := range j.Messages {
				if m.By.ID == ann.ID && m.By.Nickname != "영희" {
					t.Errorf("%s %q is of %q", m.Code, m.Text, m.By.Nickname)
				}
				if m.Code == chat.LineNick {
					was = append(was, m.Was.Name("ko")+">"+m.Now.Name("ko"))
				}
			}
			if want := []string{chat.GeneratedName(5, "ko") + ">민수", "민수>영희"}; !slices.Equal(was, want) {
				t.Errorf("lines %q", was)
			}
			if names := namesOf(j.Members); !slices.Contains(names, "영희") {
				t.Errorf("people %q", names)
			}
		}
		check()
		k.check(k.Close())
		k.start()
		check()
		// The connection knows the identity as it was: where it comes to, it has the name of now.
		if j := k.join(ann, k.room(bob, chat.NewRoom{}), "x"); j.Me.Nickname != "영희" {
			t.Errorf("called %q elsewhere", j.Me.Nickname)
		}
		r := k.room(ann, chat.NewRoom{})
		if j := k.join(bob, r, "y"); j.Messages[0].By.Nickname != "영희" {
			t.Errorf("the room is of %q", j.Messages[0].By.Nickname)
		}
		k.rename(ann, "")
		if j := k.join(ann, room, "a"); j.Me.Nickname != "" || j.Me.NameIdx != 5 {
			t.Errorf("back as %q, %d", j.Me.Nickname, j.Me.NameIdx)
		}
	})
}

func TestNicknamesDifferInARoom(t *testing.T) {
	inside(t, chat.Limits{NickChanges: -1}, func(k *kit) {
		ann, bob := k.named(5, ""), k.named(9, "")
		room := k.room(ann, chat.NewRoom{})
		k.join(ann, room, "a")
		k.join(bob, room, "b")
		k.rename(ann, "Paul")
		for _, taken := range []string{"Paul", "PAUL", "ｐａｕｌ", "P a u l", "Рaul", "Pаul", "Pau\u200dl", "P-a-u-l", "Paulㅤ",
			"Paul\ufe0f", "Paul\U000e0100", "P\U000e01efa\U000e01eeul", "Paul\u180b", "Pau\u17b4l", "Paul\U00016fe4", "Paul\U0001d159", "Paul\U00013441",
			chat.GeneratedName(5, "ko"), chat.GeneratedName(5, "en"), strings.ToUpper(chat.GeneratedName(5, "en"))} {
			_, err := k.Rename(k.Context(), bob, taken)
			k.fails(err, chat.NickTaken)
			_, err = k.CheckNickname(bob, taken)
			k.fails(err, chat.NickTaken)
		}
		k.rename(bob, chat.GeneratedName(9, "en")) // its own
		k.rename(ann, "Peter")
		k.rename(bob, "paul") // free again

		// Who comes with a name that somebody has is called otherwise here, and gets it when it is
		// free.
		eve := k.named(30, "PETER")
		if j := k.join(eve, room, "e"); j.Me.Nickname != "" || j.Me.NameIdx != 30 {
			t.Errorf("a second Peter is called %q", j.Me.Nickname)
		}
		other := k.room(bob, chat.NewRoom{})
		if j := k.join(eve, other, "e"); j.Me.Nickname != "PETER" {
			t.Errorf("elsewhere called %q", j.Me.Nickname)
		}
		k.check(k.Leave(k.Context(), eve, room, "e"))
		k.check(k.Leave(k.Context(), ann, room, "a"))
		if j := k.join(eve, room, "e"); j.Me.Nickname != "PETER" {
			t.Errorf("called %q when the name is free", j.Me.Nickname)
		}
		if j := k.join(ann, room, "a"); j.Me.Nickname != "" {
			t.Errorf("came back as a second %q", j.Me.Nickname)
		}
	})
}

// Of many who want one name at once, one gets it.
func TestOneNicknameForMany(t *testing.T) {
	inside(t, chat.Limits{RoomJoinsPerMinute: -1, RoomNewcomersFree: -1}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Max: 100})
		var wg sync.WaitGroup
		got := make([]bool, 40)
		for i := range got {
			v := k.visitor()
			if i%2 == 0 {
				k.join(v, room, fmt.Sprint(i))
			}
			wg.Go(func() {
				if i%2 != 0 { // comes in while it is renamed
					wg.Go(func() { k.Join(k.Context(), v, chat.JoinRequest{Room: room, Conn: fmt.Sprint(i)}) })
				}
				_, err := k.Rename(k.Context(), v, "철수")
				got[i] = err == nil
			})
		}
		wg.Wait()
		j := k.join(owner, room, "o")
		bear := 0
		for _, m := range j.Members {
			if m.Nickname == "철수" {
				bear++
			}
		}
		if bear != 1 {
			t.Errorf("%d people are called so", bear)
		}
		all := namesOf(j.Members)
		if len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
			t.Errorf("names %q", all)
		}
	})
}

func TestOddNicknames(t *testing.T) {
	inside(t, chat.Limits{NickChanges: -1}, func(k *kit) {
		v := k.visitor()
		for _, bad := range []string{" ", "\u3164", "\u200b", "a\nb", "a\xff", strings.Repeat("가", 21), strings.Repeat("a", 10_000),
			"admin", "Admin", "ADMIN", "а\u00addmin", "ad min", "a.d.m.i.n", "adm1n", "admin1", "@dmin", "ａｄｍｉｎ", "аdmin", "관리자", "관 리 자", "관리자님",
			"방장", "방장2", "system", "owner", "Madang", "마당", "운영자", "나", "You", "everyone",
			"수달 · k3f9q2", "수달·ABC123", "수달#abc123", "수달 • abc123", "수달 [k3f9q2]", "수달 (k3f9q2)", "수달［ｋ３ｆ９ｑ２］", "수달 [k3f9q2]\ufe0f",
			"수달·abc1\u180b23", "수달 #abc123ㅤ", "admin\ufe0f", "마당\u180b", "공지\u17b4"} {
			_, err := k.Rename(k.Context(), v, bad)
			k.fails(err, chat.BadNick)
		}
		for nick, want := range map[string]string{
			strings.Repeat("가", 20): strings.Repeat("가", 20),
			"👨‍👩‍👧‍👦🏳️‍🌈":           "👨‍👩‍👧‍👦🏳️‍🌈",
			"  a   b  ":                         "a b",
			"ㅎㅏㄴ":                               "ㅎㅏㄴ",
			"한글":                                "한글",
			"عبد الله":                          "عبد الله",
			"a" + strings.Repeat("\u0301", 100): "á\u0301\u0301\u0301\u0301",
			"葛\U000e0100城":                      "葛\U000e0100城",
			"민수\U000e0100":                      "민수",
			"방장님의 고양이":                          "방장님의 고양이",
			"administer":                        "administer",
			"<b>굵게</b>":                         "<b>굵게</b>",
		} {
			if id := k.rename(v, nick); id.Nickname != want {
				t.Errorf("%q became %q", nick, id.Nickname)
			}
		}
	})
}

func TestD2ChangesOfNames(t *testing.T) {
	inside(t, chat.Limits{NickChangesPerAddress: 5}, func(k *kit) {
		ann := k.from("192.0.2.1")
		room := k.room(ann, chat.NewRoom{})
		k.join(ann, room, "a")
		bob := k.from("192.0.2.2")
		k.join(bob, room, "b")
		k.rename(bob, "taken")
		for i := range 3 {
			k.rename(ann, fmt.Sprint("name", i))
			_, err := k.Rename(k.Context(), ann, "taken") // costs nothing
			if i < 2 {
				k.fails(err, chat.NickTaken)
			}
		}
		_, err := k.Rename(k.Context(), ann, "one more")
		k.fails(err, chat.RateLimited)
		if e := err.(*chat.Error); e.Limit != "nick-changes" || e.N != 3 || e.RetryAfter < 19*time.Minute || e.RetryAfter > 21*time.Minute {
			t.Errorf("%+v", e)
		}
		time.Sleep(20 * time.Minute)
		k.rename(ann, "one more")
		for i := range 3 {
			_, err = k.Rename(k.Context(), k.from("192.0.2.1"), fmt.Sprint("other", i))
		}
		k.fails(err, chat.RateLimited)
		if e := err.(*chat.Error); e.Limit != "nick-changes-per-address" {
			t.Errorf("%+v", e)
		}
	})
}

// Names that differ in what has no ink are called alike, also those that were kept before such
// characters were taken out.
func TestKeptNamesWithoutInk(t *testing.T) {
	inside(t, chat.Limits{RestartGrace: time.Hour}, func(k *kit) {
		ann, bob, eve := k.named(5, "민수\U000e0100"), k.named(9, "민\u17b4수"), k.visitor()
		room := k.room(ann, chat.NewRoom{})
		if j := k.join(ann, room, "a"); j.Me.Nickname != ann.Nickname {
			t.Errorf("called %q", j.Me.Nickname)
		}
		if j := k.join(bob, room, "b"); j.Me.Nickname != "" {
			t.Errorf("a second one is called %q", j.Me.Nickname)
		}
		k.join(eve, room, "e")
		_, err := k.Rename(k.Context(), eve, "민수")
		k.fails(err, chat.NickTaken)
		k.check(k.Close())
		k.start()
		if j := k.join(ann, room, "a"); j.Me.Nickname != ann.Nickname {
			t.Errorf("after a restart called %q", j.Me.Nickname)
		}
		_, err = k.Rename(k.Context(), eve, "민수")
		k.fails(err, chat.NickTaken)
		if id := k.rename(ann, "민수"); id.Nickname != "민수" {
			t.Errorf("called %q", id.Nickname)
		}
	})
}
