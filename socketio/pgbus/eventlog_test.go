package pgbus

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

func TestMarks(t *testing.T) {
	for payload, want := range map[string]string{
		`{"type":3,"uid":"a"` + marked("r1", 7) + "12" + markEnd:      "r1 7 12 true",
		`{"type":3,"uid":"a"` + marked("", 0) + "1" + markEnd + " \n": " 0 1 true",
		`{"type":3,"uid":"a","madang":{}}`:                            " 0 0 false",
		// of a user
		`{"type":3,"data":{"x":1` + marked("r1", 7) + "12" + markEnd + "}":               " 0 0 false",
		`{"type":3,"data":{"x":[{"y":1` + marked("r1", 7) + "12" + markEnd + `]},"u":1}`: " 0 0 false",
		`{"type":3,"uid":"a"` + marked("r1", 7) + "-12" + markEnd:                        " 0 0 false",
		`{"type":3,"uid":"a"` + marked("r1", 7) + `x"}}`:                                 " 0 0 false",
		``: " 0 0 false",
	} {
		m, id, ok := markOf([]byte(payload))
		if !ok {
			m = mark{}
		}
		if got := fmt.Sprint(m.Run, " ", m.Number, " ", max(id, 0), " ", ok); got != want {
			t.Errorf("%s: %s, want %s", payload, got, want)
		}
	}
}

// An own event comes back once: in its place, or when its time is over, and not at all when Publish
// has failed.
func TestReturning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := RecoveringOptions{}.eventLog()
		var got []string
		l.give = func(m *socketio.BusMessage) { got = append(got, fmt.Sprint(m.From, m.Number, m.Offset)) }
		publish := func(number uint64, away bool, err error) {
			t.Helper()
			m := &socketio.BusMessage{Kind: socketio.BusEmit, From: "a:", Namespace: "/", Number: number}
			if failed := l.publish(m, func() (bool, error) { return away, err }); !errors.Is(failed, err) {
				t.Error(failed)
			}
		}
		expect := func(want ...string) {
			t.Helper()
			l.mu.Lock()
			defer l.mu.Unlock()
			if !slices.Equal(got, want) {
				t.Errorf("%q came back, want %q", got, want)
			}
			got = nil
		}
		for i := range uint64(4) {
			publish(i+1, false, nil)
		}
		publish(5, false, errors.New("too much waits"))
		pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		pass(returnTime / 2)
		l.came(2, " 11") // the first one was lost
		expect("a:1", "a:2 11")
		pass(returnTime * 3 / 4)
		expect() // as something came
		l.taken()
		pass(returnTime / 4)
		publish(6, false, nil)
		pass(returnTime / 2)
		expect()
		pass(returnTime * 3 / 8)
		expect("a:3", "a:4")
		l.came(3, " 12")
		l.came(6, " 13")
		expect("a:6 13")
		publish(7, false, nil)
		publish(8, true, nil)
		expect("a:7", "a:8")
		time.Sleep(2 * returnTime)
		publish(9, false, nil)
		l.abandon()
		expect("a:9")
		for i := range uint64(4) {
			publish(i+10, false, nil)
		}
		l.refused(12)
		l.refused(11)
		expect() // their place is behind the first one
		l.came(10, " 20")
		expect("a:10 20", "a:11", "a:12")
		l.came(13, " 21")
		expect("a:13 21")
		publish(14, false, nil)
		l.refused(14)
		expect("a:14")
		time.Sleep(2 * returnTime)
		expect()
	})
}
