package live_test

import (
	"context"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// device is another device of a person.
func (p *person) device() *person {
	p.rig.t.Helper()
	secret, _, err := p.rig.house.Link(p.Visitor)
	if err != nil {
		p.rig.t.Fatal(err)
	}
	token, id, err := p.rig.house.TakeLink(context.Background(), secret, "ko", "", chat.Visitor{})
	if err != nil {
		p.rig.t.Fatal(err)
	}
	return &person{chat.Visitor{Identity: id}, p.rig, token}
}

// ended waits for the end of a connection, which has a second.
func (c *client) ended() {
	c.t.Helper()
	limit := time.After(time.Second)
	for {
		select {
		case text, ok := <-c.in:
			if !ok {
				return
			}
			c.take(text)
		case <-limit:
			c.t.Fatal("the connection goes on")
		}
	}
}

// What ends takes its connections with it, and those alone.
func TestS3EndedSessionsHaveNoSockets(t *testing.T) {
	inside(t, quick(), testEndedSessionsHaveNoSockets)
}

func testEndedSessionsHaveNoSockets(t *testing.T, r *rig) {
	ann := r.person()
	phone, tablet := ann.device(), ann.device()
	known := func(p *person) chat.Visitor {
		v, err := r.house.Visitor(t.Context(), p.token)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	room := ann.room(chat.NewRoom{Max: 2})
	a, b, c := ann.tab(), phone.tab(), tablet.tab()
	for _, tab := range []*client{a, b, c} { // one seat
		tab.must("/chat", "join", object{"room": room})
	}
	if err := r.house.EndDevice(t.Context(), known(ann), known(phone).Device); err != nil {
		t.Fatal(err)
	}
	b.ended()
	if in := phone.dial().connect("/chat"); in.kind != '4' || in.data["data"].(object)["code"] != "UNAUTHORIZED" {
		t.Errorf("the ended device: %s", in.text)
	}
	a.must("/chat", "chat", object{"room": room, "chat": "still here"})
	c.event("chat")

	// A new token takes the place of the old one on the same device.
	next, err := r.house.Replace(t.Context(), ann.token)
	if err != nil {
		t.Fatal(err)
	}
	a.must("/chat", "chat", object{"room": room, "chat": "not used yet"})
	was := *ann
	ann.token = next
	again := ann.tab()
	a.ended()
	if in := was.dial().connect("/chat"); in.kind != '4' {
		t.Errorf("the old token: %s", in.text)
	}
	again.must("/chat", "join", object{"room": room})
	c.must("/chat", "chat", object{"room": room, "chat": "and here"})

	if err := r.house.Forget(t.Context(), known(ann)); err != nil {
		t.Fatal(err)
	}
	again.ended()
	c.ended()
	if v, err := r.house.Room(room); err != nil || v.Count != 0 {
		t.Errorf("%d seats, %v", v.Count, err)
	}
}
