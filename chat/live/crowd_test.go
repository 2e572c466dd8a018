package live_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// prove finds a proof as any client can: a number behind the challenge and a colon, so that the
// SHA-256 begins with so many zero bits.
func prove(work object) string {
	for n := 0; ; n++ {
		proof := fmt.Sprint(work["challenge"], ":", n)
		sum := sha256.Sum256([]byte(proof))
		if strings.HasPrefix(fmt.Sprintf("%08b%08b", sum[0], sum[1]), strings.Repeat("0", int(work["bits"].(float64)))) {
			return proof
		}
	}
}

// Where many come in, newcomers work, the owner alone is asked about the door, and nobody new
// passes it once it is locked.
func TestM22CrowdOverTheWire(t *testing.T) {
	limits := quick()
	limits.NewcomerWindow, limits.RoomNewcomers, limits.RoomNewcomersFree, limits.ProofBits = time.Minute, 2, 3, 8
	r := start(t, limits, live.Options{})
	owner := r.person()
	room := owner.room(chat.NewRoom{})
	o := owner.tab()
	o.must("/chat", "join", object{"room": room})
	var first *client
	for i := range 3 {
		c := r.person().tab()
		c.must("/chat", "join", object{"room": room})
		if i == 0 {
			first = c
		}
	}
	if told := o.event("crowded"); told["room"] != room || told["count"] != 3.0 {
		t.Errorf("the owner hears %v", told)
	}
	late := r.person().tab()
	e := late.fails("PROOF_NEEDED", "/chat", "join", object{"room": room})
	work := e["proof"].(object)
	if e["retryable"] != true || e["retryAfterMs"] != 60_000.0 || work["bits"] != 8.0 {
		t.Errorf("%v", e)
	}
	wrong := late.fails("PROOF_NEEDED", "/chat", "join", object{"room": room, "proof": work["challenge"].(string) + ":x"})
	if wrong["proof"].(object)["challenge"] == work["challenge"] {
		t.Error("the same challenge again")
	}
	late.must("/chat", "join", object{"room": room, "proof": prove(work)})

	first.fails("NOT_IN_CHARGE", "/chat", "updateRoom", object{"room": room, "doorLocked": true})
	o.must("/chat", "updateRoom", object{"room": room, "doorLocked": true})
	if u := first.event("updateRoom"); u["doorLocked"] != true {
		t.Errorf("everybody hears %v", u)
	}
	e = r.person().tab().fails("DOOR_LOCKED", "/chat", "join", object{"room": room})
	if e["message"] != "문이 잠겨 있어요. 열리면 들어갈 수 있어요." {
		t.Errorf("%v", e)
	}
	first.must("/chat", "join", object{"room": room})
	r.settle(room, first)
	for _, name := range first.rest() {
		if name == "crowded" {
			t.Error("who may not lock the door is asked about it")
		}
	}
}
