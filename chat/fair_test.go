package chat_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// patience is that of the page, web/src/patience.ts.
type patience struct {
	least, unsaid time.Duration
	limit         string
	times         int
}

func (p *patience) next(e *chat.Error) time.Duration {
	if p.times++; p.limit != e.Limit {
		p.times = 0
	}
	p.limit = e.Limit
	wait := max(p.least, e.RetryAfter)
	if e.RetryAfter == 0 {
		wait = max(p.least, p.unsaid)
	}
	wait = max(wait, min(30*time.Second, wait<<min(p.times, 10)))
	return wait + rand.N(min(15*time.Second, wait/2))
}

// crowd are pages of people who do nothing wrong, in virtual time.
type crowd struct {
	*kit
	all  sync.WaitGroup
	mu   sync.Mutex
	done int           // guarded by mu
	last time.Duration // guarded by mu; when the last of them was done
}

// each runs pages that begin within a span, and waits for them.
func (c *crowd) each(n int, within time.Duration, page func(i int)) {
	begun := time.Now()
	for i := range n {
		c.all.Go(func() {
			time.Sleep(rand.N(within))
			page(i)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.done++
			c.last = time.Since(begun)
		})
	}
	c.all.Wait()
}

// told is what a door does with a refusal. It is never a lock-out.
func (c *crowd) told(who chat.Visitor, err error) *chat.Error {
	e, ok := errors.AsType[*chat.Error](err)
	if out := c.Refused(who, err); out != nil || !ok || e.Code == chat.LockedOut {
		c.Errorf("%v after %v", out, err)
		return &chat.Error{Limit: "offences", RetryAfter: time.Hour}
	}
	return e
}

// connect opens a connection: each attempt is one over WebSocket, whose refusal no page sees, and
// one over polling.
func (c *crowd) connect(who chat.Visitor) {
	p := patience{least: time.Second, unsaid: 10 * time.Second}
	nobody := chat.Visitor{From: who.From}
	for {
		err := c.Knock(who.From)
		if err != nil {
			c.told(nobody, err)
			err = c.Knock(who.From)
		}
		if err == nil {
			c.check(c.LockedOut(who))
			return
		}
		time.Sleep(p.next(c.told(nobody, err)))
	}
}

// enter takes a seat.
func (c *crowd) enter(who chat.Visitor, room string) {
	for {
		_, err := c.Join(c.Context(), who, chat.JoinRequest{Room: room, Conn: "tab"})
		if err == nil {
			return
		}
		time.Sleep(max(2*time.Second, c.told(who, err).RetryAfter))
	}
}

// arrive gets a session, as a browser whose page loads itself again.
func (c *crowd) arrive(network string) chat.Visitor {
	nobody := chat.Visitor{From: network}
	for {
		err := c.LockedOut(nobody)
		if err == nil {
			var id chat.Identity
			if _, id, err = c.NewSession(c.Context(), "ko", network); err == nil {
				return chat.Visitor{Identity: id, From: network}
			}
		}
		time.Sleep(max(2*time.Second, c.told(nobody, err).RetryAfter) + rand.N(time.Second))
	}
}

// say sends a text as the page's outbox does.
func (c *crowd) say(who chat.Visitor, room string, p *patience) {
	for {
		err := c.text(who, room)
		if err == nil {
			p.limit, p.times = "", 0
			return
		}
		time.Sleep(p.next(c.told(who, err)))
	}
}

// After a restart all pages of an address come back at once.
func TestD1PagesAfterARestart(t *testing.T) {
	inside(t, chat.Limits{JoinsPerMinute: -1, AddressJoinsPerMinute: -1, RoomNewcomersFree: -1}, func(k *kit) {
		defer k.log.Reset()
		const pages, home = 50, "192.0.2.1"
		room := k.room(k.visitor(), chat.NewRoom{Max: 100})
		var all []chat.Visitor
		for range pages {
			all = append(all, k.seated(home, room))
		}
		k.check(k.Close())
		k.start()
		c := crowd{kit: k}
		c.each(pages, time.Second/2, func(i int) {
			c.connect(all[i])
			c.enter(all[i], room)
		})
		if c.done != pages || c.last > 20*time.Second {
			t.Errorf("%d pages are back, the last after %v", c.done, c.last)
		}
	})
}

// A link is shown in a lecture: all who are there share an address. The second row is 500 people, a
// quarter of everything.
func TestD1NewcomersOfOneAddress(t *testing.T) {
	for _, c := range []struct {
		people int
		limits chat.Limits
		most   time.Duration
	}{
		{200, chat.Limits{}, time.Minute},
		{125, chat.Limits{SessionsPerMinute: 30, AddressJoinsPerMinute: 30, HandshakesPerSecond: 5, OffencesPerAddress: 250}, 4 * time.Minute},
	} {
		t.Run(fmt.Sprint(c.people), func(t *testing.T) {
			inside(t, c.limits, func(k *kit) {
				defer k.log.Reset()
				room := k.room(k.visitor(), chat.NewRoom{Max: 1000})
				all := crowd{kit: k}
				all.each(c.people, 5*time.Second, func(int) {
					who := all.arrive("192.0.2.1")
					all.connect(who)
					all.enter(who, room)
				})
				if all.done != c.people || all.last > c.most {
					t.Errorf("%d people are in, the last after %v", all.done, all.last)
				}
			})
		})
	}
}

// While others fill the room and the network, those who talk are slower, and not locked out.
func TestD1TalkUnderAttack(t *testing.T) {
	// of what they are
	fifth := chat.Limits{RoomPerSecond: 20, AddressSendsPerSecond: 4, RoomNewcomersFree: -1}
	inside(t, fifth, func(k *kit) {
		defer k.log.Reset()
		room := k.room(k.visitor(), chat.NewRoom{Max: 500})
		const home = "192.0.2.0" // one of the attackers' too
		var loud, people []chat.Visitor
		for i := range 40 {
			loud = append(loud, k.seated(fmt.Sprint("192.0.2.", i%10), room))
		}
		for i := range 8 {
			people = append(people, k.seated([]string{home, fmt.Sprint("198.51.100.", i)}[i%2], room))
		}
		c := crowd{kit: k}
		end := time.Now().Add(time.Minute)
		for _, who := range loud {
			c.all.Go(func() {
				for time.Now().Before(end) {
					if err := k.text(who, room); err != nil {
						_ = k.Refused(who, err)
					}
					time.Sleep(200*time.Millisecond + rand.N(100*time.Millisecond))
				}
			})
		}
		var mu sync.Mutex
		said, slow := 0, 0
		c.each(len(people), time.Second, func(i int) {
			p := patience{least: 500 * time.Millisecond}
			for n := 0; time.Now().Before(end); n++ {
				begun := time.Now()
				c.say(people[i], room, &p)
				mu.Lock()
				if said++; i%2 == 1 && time.Since(begun) > 5*time.Second {
					slow++
				}
				mu.Unlock()
				time.Sleep(time.Second + rand.N(4*time.Second))
			}
		})
		if said < 8*8 || slow > 0 {
			t.Errorf("%d messages of 8 people in a minute, %d of other networks took long", said, slow)
		}
	})
}
