package main

import (
	"strings"
	"testing"
	"time"
)

// Each part against the program, with few people.
func TestChat(t *testing.T) {
	racers, err := keepers(t.Context(), "normal", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range chatParts {
		t.Run(part.name, func(t *testing.T) {
			found, err := inChat(t.Context(), racers[0], quick, part)
			if err != nil {
				t.Fatal(err)
			}
			var shares float64
			for _, f := range found {
				few := strings.HasPrefix(f.workload.unit, "RSS") // of so few people it is chance
				if f.sample.Figure <= 0 && f.workload.unit[0] != '%' && !few {
					t.Errorf("%s: %v", f.workload.unit, f.sample.Figure)
				}
				shares += f.sample.Figure
			}
			if found[0].workload.unit[0] == '%' && (shares < 99 || shares > 101) {
				t.Errorf("the parts are %v %% of all: %+v", shares, found)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	got := split([]byte(`File: madang
Type: cpu
Duration: 1s, Total samples = 60ms (6%)
-----------+-------------------------------------------------------
      10ms   runtime.memmove
             modernc.org/sqlite/lib.(*x).y
             github.com/madang-chat/madang/chat/sqlite.(*Store).Append
             github.com/madang-chat/madang/chat.(*House).Send
-----------+-------------------------------------------------------
      20ms   internal/runtime/syscall.Syscall6
             github.com/madang-chat/madang/internal/outbox.(*Flusher).work
             github.com/madang-chat/madang/engineio.(*Socket).flush
-----------+-------------------------------------------------------
      30ms   runtime.gcDrain
-----------+-------------------------------------------------------
      40ms   modernc.org/sqlite/lib.(*x).y
             github.com/madang-chat/madang/chat.(*House).Join
`))
	want := map[string]time.Duration{"commit": 10 * time.Millisecond, "fan-out": 20 * time.Millisecond, rest: 30 * time.Millisecond, arrivals: 40 * time.Millisecond}
	for name, d := range want {
		if got[name] != d {
			t.Errorf("%s: got %v, want %v", name, got[name], d)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}
