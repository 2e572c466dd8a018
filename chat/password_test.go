package chat_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/madang-chat/madang/chat"
)

func TestPassword(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a, b := k.visitor(), k.visitor()
		room, open := k.room(a, chat.NewRoom{Password: "비밀번호", Max: 2}), k.room(a, chat.NewRoom{})
		k.check(k.Allowed(a, room, "")) // the owner
		k.check(k.Allowed(b, open, ""))
		k.fails(k.Allowed(b, room, ""), chat.WrongPassword)
		for _, wrong := range []string{"", "비밀번", "비밀번호 ", "\xff"} {
			_, err := k.Enter(k.Context(), b, room, wrong)
			k.fails(err, chat.WrongPassword)
		}
		_, err := k.Enter(k.Context(), b, open, "")
		k.check(err)
		grant, err := k.Enter(k.Context(), b, room, norm.NFD.String("비밀번호"))
		k.check(err)
		k.check(k.CanEnter(b, room, ""))

		c := k.visitor()
		for _, g := range []string{"", "x", grant, grant[1:], grant + "A"} {
			k.fails(k.Allowed(c, room, g), chat.WrongPassword) // it is b's
		}
	})
}

func TestGrantEnds(t *testing.T) {
	inside(t, chat.Limits{UnvisitedGrace: 24 * time.Hour}, func(k *kit) {
		b := k.visitor()
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame", Max: 2})
		other := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		grant, err := k.Enter(k.Context(), b, room, "open sesame")
		k.check(err)
		k.fails(k.Allowed(b, other, grant), chat.WrongPassword)
		time.Sleep(12*time.Hour - 2*time.Second)
		k.check(k.Allowed(b, room, grant))
		time.Sleep(3 * time.Second)
		k.fails(k.Allowed(b, room, grant), chat.WrongPassword)

		c, d := k.visitor(), k.visitor()
		for _, id := range []chat.Visitor{b, c, d} {
			_, err := k.Enter(k.Context(), id, room, "open sesame")
			if id == d {
				k.fails(err, chat.RoomFull)
				break
			}
			k.check(err)
			k.join(id, room, id.ID)
		}
		k.fails(k.CanEnter(d, room, ""), chat.RoomFull)
	})
}

func TestGuessing(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a, b := k.visitor(), k.visitor()
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		for range 9 {
			_, err := k.Enter(k.Context(), a, room, "guess")
			k.fails(err, chat.WrongPassword)
		}
		_, err := k.Enter(k.Context(), a, room, "open sesame") // the tenth
		k.check(err)
		for range 10 {
			_, err := k.Enter(k.Context(), a, room, "guess")
			k.fails(err, chat.WrongPassword)
		}
		_, err = k.Enter(k.Context(), a, room, "open sesame")
		k.fails(err, chat.RateLimited)
		_, err = k.Enter(k.Context(), b, room, "open sesame")
		k.check(err)
		time.Sleep(18 * time.Second)
		_, err = k.Enter(k.Context(), a, room, "open sesame")
		k.check(err)
	})
}

// A session costs nothing: with a fresh one for each try, the address is what is counted.
func TestGuessingByAddress(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame", Max: 100})
		other := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		for range 3 { // who knows the password isn't kept away by neighbours' mistakes
			for range 9 {
				_, err := k.Enter(k.Context(), k.from("192.0.2.1"), room, "guess")
				k.fails(err, chat.WrongPassword)
			}
			_, err := k.Enter(k.Context(), k.from("192.0.2.1"), room, "open sesame")
			k.check(err)
		}
		for range 10 {
			_, err := k.Enter(k.Context(), k.from("192.0.2.1"), room, "guess")
			k.fails(err, chat.WrongPassword)
		}
		_, err := k.Enter(k.Context(), k.from("192.0.2.1"), room, "open sesame")
		k.fails(err, chat.RateLimited)
		_, err = k.Enter(k.Context(), k.from("192.0.2.2"), room, "open sesame")
		k.check(err)
		_, err = k.Enter(k.Context(), k.from("192.0.2.1"), other, "open sesame")
		k.check(err)
		time.Sleep(18 * time.Second)
		_, err = k.Enter(k.Context(), k.from("192.0.2.1"), room, "open sesame")
		k.check(err)
	})
}

func TestHashingIsBounded(t *testing.T) {
	inside(t, chat.Limits{Hashing: 1, HashingQueue: 3}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		var right, refused atomic.Int32
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for range 40 {
			id := k.visitor()
			wg.Go(func() {
				<-begin
				switch _, err := k.Enter(context.Background(), id, room, "open sesame"); chat.CodeOf(err) {
				case "":
					right.Add(1)
				case chat.Unavailable:
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		close(begin)
		wg.Wait()
		if right.Load() < 1 || refused.Load() == 0 || right.Load()+refused.Load() != 40 {
			t.Errorf("%d right, %d refused", right.Load(), refused.Load())
		}
	})
}
