package chat_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/madang-chat/madang/chat"
)

// list reads a part of the lobby's list.
func (k *kit) list(q chat.LobbyQuery) chat.LobbyPage {
	k.Helper()
	p, err := k.Lobby(chat.Visitor{}, q)
	k.check(err)
	return p
}

func titles(rooms []chat.Room) (all []string) {
	for _, r := range rooms {
		all = append(all, r.Title)
	}
	return all
}

// titled opens a listed room a second later than the one before.
func (k *kit) titled(title string) (id string, owner chat.Visitor) {
	k.Helper()
	time.Sleep(time.Second)
	owner = k.visitor()
	return k.room(owner, chat.NewRoom{Title: title}), owner
}

func TestLobbyList(t *testing.T) {
	inside(t, chat.Limits{LobbyPage: 3, RestartGrace: time.Hour}, func(k *kit) {
		if p := k.list(chat.LobbyQuery{}); p.Rooms == nil || len(p.Rooms) != 0 || p.Total != 0 || p.Next != "" {
			t.Errorf("empty: %+v", p)
		}
		var ids []string
		var owners []chat.Visitor
		for i := range 7 {
			id, owner := k.titled(fmt.Sprint(i))
			ids, owners = append(ids, id), append(owners, owner)
		}
		k.room(owners[0], chat.NewRoom{Title: "hidden", Unlisted: true})
		see := func(q chat.LobbyQuery, total int, want ...string) chat.LobbyPage {
			t.Helper()
			p := k.list(q)
			if !slices.Equal(titles(p.Rooms), want) || p.Total != total {
				t.Errorf("%+v: %q of %d, want %q of %d", q, titles(p.Rooms), p.Total, want, total)
			}
			return p
		}
		first := see(chat.LobbyQuery{Limit: 1000}, 7, "6", "5", "4")
		see(chat.LobbyQuery{Limit: 2}, 7, "6", "5")

		// Rooms move, come and go while somebody reads on.
		k.join(owners[1], ids[1], "c")
		time.Sleep(2 * time.Second)
		k.send(owners[1], ids[1], "x")
		k.titled("7")
		k.check(k.CloseRoom(k.Context(), owners[4], ids[4]))
		second := see(chat.LobbyQuery{After: first.Next}, 7, "3", "2", "0")
		if second.Next != "" {
			t.Errorf("there is more behind the last: %q", second.Next)
		}
		see(chat.LobbyQuery{}, 7, "1", "7", "6") // somebody is in 1

		k.check(k.Close())
		k.start()
		see(chat.LobbyQuery{}, 7, "1", "7", "6") // somebody is in 1
		for _, q := range []chat.LobbyQuery{{After: "x"}, {After: "!"}, {Limit: -1}, {Title: string(make([]byte, 1<<20))}} {
			_, err := k.Lobby(chat.Visitor{}, q)
			k.fails(err, chat.BadRequest)
		}
	})
}

func TestLobbyListByTitle(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		for _, title := range []string{"Café Münster", "점심 뭐 먹지?", norm.NFD.String("저녁 먹자"), "STRASSE", "추구"} {
			k.titled(title)
		}
		for part, want := range map[string]int{"": 5, " ": 5, "CAFÉ": 1, norm.NFD.String("café"): 1, "먹": 2, norm.NFD.String("저녁"): 1,
			"straße": 1, "dinner": 0, "\xff": 0, "점심뭐": 1, "머": 2, "축": 1, "추": 1, "저녀": 1, "점심 ㅁ": 1, "ㅁㅈ": 2, "ㅈㄴ ㅁㅈ": 1, "ㅋ": 0,
			"가먹": 0, "카": 0} {
			if p := k.list(chat.LobbyQuery{Title: part}); len(p.Rooms) != want || p.Total != want {
				t.Errorf("%q: %q of %d, want %d", part, titles(p.Rooms), p.Total, want)
			}
		}
		page := k.list(chat.LobbyQuery{Title: "먹", Limit: 1})
		if p := k.list(chat.LobbyQuery{Title: "먹", Limit: 1, After: page.Next}); len(p.Rooms) != 1 || p.Rooms[0].Title != "점심 뭐 먹지?" || p.Next != "" {
			t.Errorf("second part: %+v", p)
		}
	})
}

// That a room was opened or closed shows at once, what happens in it after a pause.
func TestLobbyListIsSorted(t *testing.T) {
	inside(t, chat.Limits{LobbyPause: 10 * time.Second, SendPerSecond: -1}, func(k *kit) {
		id, owner := k.titled("a")
		k.titled("b")
		time.Sleep(time.Second)
		k.join(owner, id, "c")
		k.send(owner, id, "x")
		top := func() string { t.Helper(); return k.list(chat.LobbyQuery{}).Rooms[0].Title }
		if got := top(); got != "b" {
			t.Errorf("%s is first", got)
		}
		time.Sleep(10 * time.Second)
		if got := k.list(chat.LobbyQuery{}).Rooms[0]; got.Title != "a" || got.Count != 1 {
			t.Errorf("after a pause: %+v", got)
		}
		other, by := k.titled("c")
		if got := top(); got != "a" { // nobody is in c
			t.Errorf("%s is first", got)
		}
		k.join(by, other, "c")
		time.Sleep(20 * time.Second)
		if got := top(); got != "c" {
			t.Errorf("%s is first", got)
		}
		k.check(k.CloseRoom(k.Context(), by, other))
		if got := top(); got != "a" {
			t.Errorf("%s is first", got)
		}
	})
}

// Who reads the list hears of no change that was told before: it has to be there already, wherever
// the room stands.
func TestLobbyListIsNoOlderThanItsEvents(t *testing.T) {
	inside(t, chat.Limits{LobbyPause: 10 * time.Second}, func(k *kit) {
		id, owner := k.titled("a")
		k.titled("b")
		time.Sleep(10 * time.Second)
		k.list(chat.LobbyQuery{})
		told := 0
		defer k.Subscribe(chat.Lobby, func(e chat.Event) { told = e.Room.Count })()
		k.join(owner, id, "c")
		synctest.Wait()
		for _, r := range k.list(chat.LobbyQuery{}).Rooms {
			if r.ID == id && (told != 1 || r.Count != told) {
				t.Errorf("%d in the list, after %d were told", r.Count, told)
			}
		}
	})
}

// Who reads the list waits for no room, and no room for who reads.
func TestLobbyListNeedsNoRoom(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		id, _ := k.titled("a")
		release := k.HoldRoom(id)
		defer release()
		if p := k.list(chat.LobbyQuery{}); len(p.Rooms) != 1 {
			t.Errorf("list: %+v", p)
		}
	})
}
