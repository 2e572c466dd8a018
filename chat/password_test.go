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
		k.check(k.Allowed(k.Context(), a, room, "")) // the owner
		k.check(k.Allowed(k.Context(), b, open, ""))
		k.fails(k.Allowed(k.Context(), b, room, ""), chat.WrongPassword)
		for _, wrong := range []string{"", "비밀번", "비밀번호 ", "\xff"} {
			_, err := k.Enter(k.Context(), b, room, wrong)
			k.fails(err, chat.WrongPassword)
		}
		_, err := k.Enter(k.Context(), b, open, "")
		k.check(err)
		grant, err := k.Enter(k.Context(), b, room, norm.NFD.String("비밀번호"))
		k.check(err)
		k.check(k.CanEnter(k.Context(), b, room, ""))

		c := k.visitor()
		for _, g := range []string{"", "x", grant, grant[1:], grant + "A"} {
			k.fails(k.Allowed(k.Context(), c, room, g), chat.WrongPassword) // it is b's
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
		k.fails(k.Allowed(k.Context(), b, other, grant), chat.WrongPassword)
		time.Sleep(12*time.Hour - 2*time.Second)
		k.check(k.Allowed(k.Context(), b, room, grant))
		time.Sleep(3 * time.Second)
		k.fails(k.Allowed(k.Context(), b, room, grant), chat.WrongPassword)

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
		k.fails(k.CanEnter(k.Context(), d, room, ""), chat.RoomFull)
	})
}

// guess tells a password and checks what comes of it.
func (k *kit) guess(who chat.Visitor, room, password string, code chat.Code) error {
	k.Helper()
	_, err := k.Enter(k.Context(), who, room, password)
	k.fails(err, code)
	return err
}

func TestS4GuessesAreLimited(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		k.HashCheaply()
		a, b := k.visitor(), k.visitor()
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		for range 9 {
			k.guess(a, room, "guess", chat.WrongPassword)
		}
		for range 3 { // a right one takes nothing, and gives nothing back
			k.guess(a, room, "open sesame", "")
		}
		k.guess(a, room, "no", chat.WrongPassword) // too short for a password: a guess, too
		err := k.guess(a, room, "open sesame", chat.RateLimited)
		if e := err.(*chat.Error); e.Limit != "guesses" || e.N != 10 || e.RetryAfter > 18*time.Second || e.RetryAfter < 17*time.Second || !e.Retryable {
			t.Errorf("%+v", e)
		}
		k.guess(a, room, "no", chat.RateLimited)
		k.guess(b, room, "open sesame", "")
		time.Sleep(18 * time.Second)
		k.guess(a, room, "open sesame", "")
	})
}

// A session costs nothing, nor does a room: with fresh ones for each try, the address is what is
// counted, and a password that one knows doesn't help.
func TestS4GuessesAreLimitedByAddress(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		k.HashCheaply()
		const network = "192.0.2.1"
		mine := k.room(k.visitor(), chat.NewRoom{Password: "open sesame", Max: 100})
		other := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		for range 5 {
			for _, room := range []string{mine, other} {
				k.guess(k.from(network), mine, "open sesame", "")
				k.guess(k.from(network), room, "guess", chat.WrongPassword)
			}
		}
		err := k.guess(k.from(network), other, "open sesame", chat.RateLimited)
		if e := err.(*chat.Error); e.Limit != "guesses-per-address" || e.RetryAfter > 18*time.Second || e.RetryAfter < 17*time.Second {
			t.Errorf("%+v", e)
		}
		k.guess(k.from("192.0.2.2"), other, "open sesame", "")
		time.Sleep(18 * time.Second)
		k.guess(k.from(network), other, "open sesame", "")
	})
}

// What is refused by the address isn't counted for the visitor, and the other way round.
func TestS4RefusedGuessesTakeNothing(t *testing.T) {
	inside(t, chat.Limits{GuessesPerAddress: 3, Guesses: 5, GuessWindow: 15 * time.Minute}, func(k *kit) {
		k.HashCheaply()
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		a := k.from("192.0.2.1")
		for range 3 {
			k.guess(a, room, "guess", chat.WrongPassword)
		}
		for range 10 {
			k.guess(a, room, "guess", chat.RateLimited)
		}
		a.From = "192.0.2.2"
		for range 2 {
			k.guess(a, room, "guess", chat.WrongPassword)
		}
		for range 10 {
			k.guess(a, room, "guess", chat.RateLimited) // five of the visitor
		}
		k.guess(k.from("192.0.2.2"), room, "guess", chat.WrongPassword)
		k.guess(k.from("192.0.2.2"), room, "guess", chat.RateLimited)
	})
}

// Many who know the password come at once from one address.
func TestS4ThoseWhoKnowComeIn(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		k.HashCheaply()
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame", Max: 100})
		var wg sync.WaitGroup
		for range 30 {
			who := k.from("192.0.2.1")
			wg.Go(func() {
				_, err := k.Enter(context.Background(), who, room, "open sesame")
				k.fails(err, "")
			})
		}
		wg.Wait()
	})
}

// A right password is hashed once, so that telling it over and over keeps nobody waiting.
func TestS5RightPasswordsAreHashedOnce(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		n := k.HashCheaply()
		a, b := k.visitor(), k.visitor()
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		for range 100 {
			k.guess(a, room, "open sesame", "")
			k.guess(b, room, norm.NFD.String("open sesame"), "")
		}
		k.guess(a, room, "open sesam", chat.WrongPassword)
		k.guess(a, room, "open sesamé", chat.WrongPassword)
		if n.Load() != 4 {
			t.Errorf("%d hashes", n.Load())
		}
	})
}

// Rooms without a password hash nothing.
func TestS5OpenRoomsAreNotHashed(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		n := k.HashCheaply()
		room := k.room(k.visitor(), chat.NewRoom{})
		for range 100 {
			k.guess(k.from("192.0.2.1"), room, "guess", "")
		}
		if n.Load() != 0 {
			t.Errorf("%d hashes", n.Load())
		}
	})
}

// Who tries at once doesn't try more.
func TestS4GuessesAtOnce(t *testing.T) {
	inside(t, chat.Limits{HashingQueue: 100}, func(k *kit) {
		k.HashCheaply()
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		var wrong, limited atomic.Int32
		var wg sync.WaitGroup
		for range 40 {
			who := k.from("192.0.2.1")
			wg.Go(func() {
				switch _, err := k.Enter(context.Background(), who, room, "guess"); chat.CodeOf(err) {
				case chat.WrongPassword:
					wrong.Add(1)
				case chat.RateLimited:
					limited.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if wrong.Load() != 10 || limited.Load() != 30 {
			t.Errorf("%d wrong, %d limited", wrong.Load(), limited.Load())
		}
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
