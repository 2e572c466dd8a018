package socketio_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A liar is a log and a store that return anything.
type liar struct {
	*slowLog
	session *socketio.BusSession
	events  []*message
	panics  bool
}

func (b *liar) TakeSession(context.Context, string, string) (*socketio.BusSession, error) {
	return b.session, nil
}

func (b *liar) SaveSession(context.Context, string, *socketio.BusSession, time.Duration) error {
	if b.panics {
		panic("the store")
	}
	return nil
}

func (b *liar) Since(context.Context, string, string, int) ([]*message, error) {
	if b.panics {
		panic("the log")
	}
	return b.events, nil
}

// Whatever the log and the store say: the client is recovered or begins anew.
func TestStoresThatLie(t *testing.T) {
	event := func(offset string) *message {
		return &message{Kind: socketio.BusEmit, From: "b", Namespace: "/", Event: "x", Offset: offset}
	}
	session := func(pid, sid string, rooms ...string) *socketio.BusSession {
		return &socketio.BusSession{PID: pid, SID: sid, Rooms: rooms}
	}
	many := make([]string, 20_000)
	for i := range many {
		many[i] = fmt.Sprint("room ", i)
	}
	var endless []*message
	for i := range 20_000 {
		endless = append(endless, event(fmt.Sprint("0-", i+10)))
	}
	reserved, foreign, volatile := event("0-6"), event("0-7"), event("0-8")
	reserved.Event, foreign.Kind, volatile.Latest = "connect", socketio.BusJoin, true
	for name, c := range map[string]struct {
		liar
		same bool
	}{
		"an honest one":              {liar{session: session("p", "s", "s", "a"), events: []*message{event("0-6"), event("0-7")}}, true},
		"rooms twice":                {liar{session: session("p", "s", "s", "a", "a", "s")}, true},
		"no room at all":             {liar{session: session("p", "s")}, true},
		"events that are none":       {liar{session: session("p", "s"), events: []*message{reserved, foreign, volatile}}, true},
		"another session":            {liar{session: session("q", "s", "s")}, false},
		"no id":                      {liar{session: session("p", "")}, false},
		"a long id":                  {liar{session: session("p", strings.Repeat("s", 1000))}, false},
		"too many rooms":             {liar{session: session("p", "s", many...)}, false},
		"too many bytes of rooms":    {liar{session: session("p", "s", strings.Repeat("x", 8<<20))}, false},
		"nil":                        {liar{session: session("p", "s"), events: []*message{nil}}, false},
		"no offset":                  {liar{session: session("p", "s"), events: []*message{event("")}}, false},
		"an offset that is none":     {liar{session: session("p", "s"), events: []*message{event("0-6x")}}, false},
		"old events":                 {liar{session: session("p", "s"), events: []*message{event("0-5")}}, false},
		"an order that isn't rising": {liar{session: session("p", "s"), events: []*message{event("0-7"), event("0-6")}}, false},
		"too many":                   {liar{session: session("p", "s"), events: endless}, false},
		"panics":                     {liar{session: session("p", "s"), panics: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := c.liar
				b.slowLog = &slowLog{Bus: new(socketio.MemoryBus).Node()}
				s := siotest.NewServer(t, socketio.Options{Bus: &b, Recovery: &socketio.RecoveryOptions{}})
				client := siotest.Dial(t, s, "/", siotest.Options{Auth: map[string]string{"pid": "p", "offset": "0-5"}})
				if (client.ID() == "s") != c.same {
					t.Errorf("the client is %s", client.ID())
				}
				if err := s.Of("/").Emit("end"); err != nil {
					t.Error(err)
				}
				for client.Next().Name != "end" {
				}
				if name == "an honest one" {
					// The store gives it once more, while the socket is here.
					other := siotest.Dial(t, s, "/", siotest.Options{Auth: map[string]string{"pid": "p", "offset": "0-5"}})
					synctest.Wait() // until the one before has read that it ends
					if other.ID() != "s" || client.Connected() {
						t.Errorf("it wasn't taken over: the other is %s, the first is connected: %t", other.ID(), client.Connected())
					}
				}
				client.Drop()
				pass()
			})
		})
	}
}
