package pgbus

import (
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

func TestEarlyAnswers(t *testing.T) {
	var e early
	now := time.Now()
	say := func(kind socketio.BusKind, request, from string) (ok bool, follow int) {
		ok, list := e.pass(&socketio.BusMessage{Kind: kind, Request: request, From: from}, now)
		return ok, len(list)
	}
	for i, c := range []struct {
		kind          socketio.BusKind
		request, from string
		ok            bool
		follow        int
	}{
		{socketio.BusAck, "1", "a", false, 0},
		{socketio.BusAck, "1", "a", false, 0},
		{socketio.BusCount, "1", "b", true, 0},
		{socketio.BusCount, "2", "a", true, 0},
		{socketio.BusCount, "1", "a", true, 2},
		{socketio.BusAck, "1", "a", true, 0},
		{socketio.BusAck, "2", "a", true, 0},
		{socketio.BusSockets, "3", "a", true, 0},
		{socketio.BusAck, "3", "a", false, 0},
	} {
		if ok, follow := say(c.kind, c.request, c.from); ok != c.ok || follow != c.follow {
			t.Errorf("%d: %v and %d follow", i, ok, follow)
		}
	}
	if e.held != 1 {
		t.Errorf("%d are held", e.held)
	}
	now = now.Add(2 * heldTime)
	say(socketio.BusCount, "4", "a")
	if e.held != 0 || len(e.asked) != 1 {
		t.Errorf("%d are held of %d questions", e.held, len(e.asked))
	}
	for range mostHeld {
		say(socketio.BusAck, "5", "a")
	}
	if ok, _ := say(socketio.BusAck, "5", "a"); !ok || e.held != mostHeld {
		t.Error("there is no end of what is held")
	}
}
