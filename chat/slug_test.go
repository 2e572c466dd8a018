package chat_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/madang-chat/madang/chat"
)

// A name in the address has one form, whoever types it with which keyboard.
func TestM20Slugs(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		for _, c := range []struct{ typed, want string }{
			{"moim", "moim"}, {"Moim", "moim"}, {"MOIM_2", "moim_2"}, {"독서모임", "독서모임"}, {norm.NFD.String("독서모임"), "독서모임"},
			{"Straße", "strasse"}, {"ΣΊΣΥΦΟΣ", "σίσυφοσ"}, {"読書会", "読書会"}, {"हिन्दी", "हिन्दी"}, {"نادي-القراءة", "نادي-القراءة"},
			{"١٢٣", "١٢٣"}, {strings.Repeat("가", 50), strings.Repeat("가", 50)}, {"a", "a"}, {"adm1n", "adm1n"},
			{"abcdefghijklmnopqrstuvw", "abcdefghijklmnopqrstuvw"},
		} {
			got, err := k.Slug(c.typed)
			if err != nil || got != c.want {
				k.Errorf("%q: %q, %v", c.typed, got, err)
			}
			if again, err := k.Slug(got); err != nil || again != got {
				k.Errorf("%q has another form: %q, %v", got, again, err)
			}
		}
		for _, bad := range []string{"", "-", "_-_", " ", "a b", "a/b", "a.b", "..", "a%", "a?", "😀", "a\u200bb", "a\u202eb", "\u3164", "\u115f\u1160",
			"\xff", "a\x00", "\u0301a", "-\u0301", "e" + strings.Repeat("\u0301", 6), strings.Repeat("가", 51), strings.Repeat("a", 100_000),
			"admin", "ADMIN", "운영자", norm.NFD.String("관리자"), "madang", "Abcdefghijklmnopqrstuv", "0123456789012345678901",
			"admin\ufe0f", "admin\U000e0100", "마당\u180b", "공지\u17b4", "회의\ufe0f", "회\u180f의", "회의\U00016fe4", "회의\U0001d159", "회의\u034f", "\U00013441회의"} {
			_, err := k.Slug(bad)
			k.fails(err, chat.BadSlug)
		}
		_, _, err := k.CreateRoom(k.Context(), k.visitor(), chat.NewRoom{Title: "방", Slug: "a b"})
		k.fails(err, chat.BadSlug)
	})
}

// A room has the address that it was given by an older rule.
func TestM20KeptSlug(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		const slug = "회의\ufe0f"
		rec := chat.RoomRecord{Room: chat.Room{ID: chat.NewRoomID(), Title: "방", Slug: slug, Max: 10, OwnerID: chat.NewID(), Life: chat.Week, History: chat.Always}}
		rec.Members = []chat.Member{{Identity: chat.Identity{ID: rec.OwnerID}, Color: "#0a0b0c", Role: chat.RoleOwner}}
		said := chat.Message{ID: chat.NewID(), Seq: 1, CID: "1", Kind: chat.KindText, Text: "x", By: rec.Members[0], Created: time.Now()}
		k.check(k.ImportRoom(k.Context(), rec, func(yield func(chat.Message, error) bool) { yield(said, nil) }))
		if got, err := k.Slug(slug); err != nil || got != slug {
			k.Errorf("%q, %v", got, err)
		}
		if found, err := k.FindRoom(slug); err != nil || found.ID != rec.ID {
			k.Errorf("for the operator: %+v, %v", found, err)
		}
		k.check(k.ShutRoom(k.Context(), rec.ID))
		_, err := k.Slug(slug)
		k.fails(err, chat.BadSlug)
	})
}

// While a room lives its slug is its own, also after a restart; whoever opens it again comes to it.
func TestM20SlugIsOneRooms(t *testing.T) {
	inside(t, chat.Limits{CreatesPerAddress: 2}, func(k *kit) {
		owner, other := k.from("192.0.2.1"), k.from("192.0.2.1")
		room, dup, err := k.CreateRoom(k.Context(), owner, chat.NewRoom{Title: "독서", Slug: "독서모임"})
		k.check(err)
		if dup || room.Slug != "독서모임" {
			k.Fatalf("%+v, %v", room, dup)
		}
		for range 5 { // which isn't counted
			again, dup, err := k.CreateRoom(k.Context(), other, chat.NewRoom{Title: "남의 방", Slug: norm.NFD.String("독서모임")})
			k.check(err)
			if !dup || again.ID != room.ID || again.Title != "독서" || again.OwnerID != owner.ID {
				k.Errorf("a second room: %+v, %v", again, dup)
			}
		}
		k.join(owner, room.ID, "1")
		k.check(k.Close())
		k.start()
		found, err := k.RoomAt("독서모임")
		k.check(err)
		if found.ID != room.ID {
			k.Errorf("after a restart: %+v", found)
		}
		if found, err := k.FindRoom("독서모임"); err != nil || found.ID != room.ID {
			k.Errorf("for the operator: %+v, %v", found, err)
		}
		k.check(k.ShutRoom(k.Context(), room.ID))
		_, err = k.RoomAt("독서모임")
		k.fails(err, chat.NoSuchRoom)
		fresh, dup, err := k.CreateRoom(k.Context(), other, chat.NewRoom{Title: "새 방", Slug: "독서모임"})
		k.check(err)
		if dup || fresh.ID == room.ID {
			k.Errorf("free again: %+v, %v", fresh, dup)
		}
		if _, err := k.RoomAt(""); chat.CodeOf(err) != chat.NoSuchRoom {
			k.Errorf("no slug: %v", err)
		}
	})
}

// Of those who open it at the same time one does, and the others come to that room.
func TestM20SlugAtTheSameTime(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		type made struct {
			chat.Room
			dup bool
		}
		var all []made
		var mu sync.Mutex
		var under sync.WaitGroup
		for range 20 {
			who := k.visitor()
			under.Go(func() {
				r, dup, err := k.CreateRoom(k.Context(), who, chat.NewRoom{Title: "동시에", Slug: "same"})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				all = append(all, made{r, dup})
			})
		}
		under.Wait()
		fresh := 0
		for _, m := range all {
			if !m.dup {
				fresh++
			}
			if m.ID != all[0].ID {
				t.Errorf("two rooms: %+v, %+v", m, all[0])
			}
		}
		if fresh != 1 {
			t.Errorf("%d were told that they opened it", fresh)
		}
		synctest.Wait()
		if p, err := k.Lobby(chat.Visitor{}, chat.LobbyQuery{}); err != nil || p.Total != 1 {
			t.Errorf("%d rooms, %v", p.Total, err)
		}
	})
}
