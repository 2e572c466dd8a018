package live_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

func TestHundredRaceForTenSeats(t *testing.T) {
	r := start(t, quick(), live.Options{})
	owner := r.person()
	room := owner.room(chat.NewRoom{Max: 10})
	stop := r.house.Subscribe(room, func(e chat.Event) {
		if e.Room.Count > 10 {
			t.Errorf("%d seats taken", e.Room.Count)
		}
	})
	defer stop()
	clients := make([]*client, 100)
	for i := range clients {
		clients[i] = r.person().tab()
	}
	ids := make([]int, len(clients))
	for i, c := range clients {
		ids[i] = c.emit("/chat", "join", object{"room": room})
	}
	in, full := 0, 0
	var inside *client
	for i, c := range clients {
		ack := c.answer(ids[i])
		switch e, _ := ack["error"].(object); {
		case ack["ok"] == true:
			in++
			inside = c
			if ack["room"].(object)["count"].(float64) > 10 {
				t.Errorf("join %v", ack["room"])
			}
		case e["code"] == "ROOM_FULL":
			full++
		default:
			t.Errorf("answer %v", ack)
		}
	}
	if in != 10 || full != 90 {
		t.Fatalf("%d in, %d full", in, full)
	}
	// Those outside hear nothing.
	inside.must("/chat", "chat", object{"room": room, "chat": "ten of us", "cid": "x"})
	r.told(room)
	heard := 0
	for _, c := range clients {
		c.ask("/chat", "history", object{"room": "nowhere"})
		for _, name := range c.rest() {
			if name == "chat" {
				heard++
			}
		}
	}
	if heard != 10 {
		t.Errorf("%d heard the message", heard)
	}
}

// While messages are committed all the time, a join must show each of them exactly once: in its
// answer or, behind it and in order, as event.
func TestJoinRace(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim := r.person()
	room := kim.room(chat.NewRoom{Max: 100})
	host := kim.tab()
	host.must("/chat", "join", object{"room": room})

	ctx, cancel := context.WithCancel(context.Background())
	var talking sync.WaitGroup
	for range 2 {
		talking.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				kim.say(room, fmt.Sprint(i))
			}
		})
	}

	const joiners, rounds = 6, 30
	var joining sync.WaitGroup
	clients := make([]*client, joiners)
	for i := range clients {
		c := r.person().tab()
		if i == 0 {
			c = kim.tab() // hears the messages with their cids
		}
		clients[i] = c
		joining.Go(func() {
			var since any
			for round := range rounds {
				j := c.ask("/chat", "join", object{"room": room, "since": since})
				if j["ok"] != true {
					t.Errorf("join: %v", j)
					return
				}
				switch round % 3 {
				case 0: // again on the same socket, from where the answer was
					since = object{"epoch": j["epoch"], "rev": j["rev"]}
				case 1: // from the beginning
					since = nil
				case 2:
					if left := c.ask("/chat", "leave", object{"room": room}); left["ok"] != true {
						t.Errorf("leave: %v", left)
						return
					}
				}
			}
			j := c.ask("/chat", "join", object{"room": room})
			if j["ok"] != true {
				t.Errorf("join: %v", j)
			}
		})
	}
	joining.Wait()
	cancel()
	talking.Wait()
	last := kim.say(room, "the last one")
	for _, c := range clients {
		if t.Failed() {
			return
		}
		c.find("the last message", func(p *packet) bool { return p.name == "chat" && p.data["rev"] == float64(last.Rev) })
		checkJoins(t, c, last.Rev)
	}
	t.Logf("%d revs, %d joins", last.Rev, joiners*(rounds+1))
}

// checkJoins reads a client's log. Behind an answer to join with rev r come r+1, r+2 … and nothing
// else, until the next join or leave is asked; from there to its answer some may be left out.
// Behind the answer to leave comes nothing. The last join's events must reach last.
func checkJoins(t *testing.T, c *client, last int64) {
	t.Helper()
	const outside = -1
	rev, asked := outside, false
	for i, p := range c.log {
		switch {
		case p.kind == request:
			asked = true
		case p.kind == '3' && p.data["messages"] != nil:
			answer := int(p.data["rev"].(float64))
			if revs := numbers(p.data["messages"], "rev"); len(revs) > 0 && revs[len(revs)-1] != answer {
				t.Fatalf("packet %d: answer with rev %d ends with message %d", i, answer, revs[len(revs)-1])
			}
			if answer < rev {
				t.Fatalf("packet %d: answer with rev %d behind event %d", i, answer, rev)
			}
			rev, asked = answer, false
		case p.kind == '3':
			rev, asked = outside, false
		case p.kind == '2':
			got := int(p.data["rev"].(float64))
			if rev == outside || got <= rev || got > rev+1 && !asked {
				t.Fatalf("packet %d: event %d behind %d\n%s", i, got, rev, c.around(i))
			}
			rev = got
		}
	}
	if int64(rev) != last {
		t.Fatalf("the client ends at %d, the room at %d", rev, last)
	}
}
