package live_test

import (
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// The connections of an address have so many events together.
func TestD1EventsOfAnAddress(t *testing.T) {
	limits := quick()
	limits.AddressEventsPerSecond, limits.Offences, limits.OffencesPerAddress = 2, -1, -1
	r := start(t, limits, live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	a, b := kim.tab(), lee.tab()
	refused := 0
	for range 20 {
		for _, c := range []*client{a, b} {
			e, _ := c.ask("/chat", "history", object{"room": room})["error"].(object)
			if e["code"] != "RATE_LIMITED" {
				continue
			}
			refused++
			if wait, _ := e["retryAfterMs"].(float64); e["limit"] != "address-events-per-second" || e["n"] != 2.0 || wait < 1000 {
				t.Fatalf("refused with %v", e)
			}
		}
	}
	if refused == 0 {
		t.Error("none of 40 events is refused")
	}
}
