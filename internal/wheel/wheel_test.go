package wheel

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

type alarm struct {
	Timer
	fired atomic.Int32
	at    atomic.Int64 // unix nanoseconds of the last Expire
	again func()
}

func (a *alarm) Expire() {
	a.fired.Add(1)
	a.at.Store(time.Now().UnixNano())
	if a.again != nil {
		a.again()
	}
}

func TestFiresOnceAtMostOneTickLate(t *testing.T) {
	for _, d := range []time.Duration{0, time.Millisecond, 99 * time.Millisecond, 100 * time.Millisecond, 25 * time.Second, 51 * time.Second, 52 * time.Second, 10 * time.Minute} {
		t.Run(d.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const tick = 100 * time.Millisecond
				w := New(tick)
				time.Sleep(37 * time.Millisecond)
				var a alarm
				due := time.Now().Add(d)
				w.Set(&a.Timer, &a, due)
				time.Sleep(d + 20*time.Minute)
				if n := a.fired.Load(); n != 1 {
					t.Fatalf("fired %d times", n)
				}
				if late := time.Unix(0, a.at.Load()).Sub(due); late < 0 || late > tick {
					t.Errorf("fired %v after it was due", late)
				}
			})
		})
	}
}

func TestSetMovesAndStopDisarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(10 * time.Millisecond)
		var moved, stopped alarm
		w.Set(&moved.Timer, &moved, time.Now().Add(time.Second))
		w.Set(&stopped.Timer, &stopped, time.Now().Add(time.Second))
		w.Set(&moved.Timer, &moved, time.Now().Add(5*time.Second))
		w.Stop(&stopped.Timer)
		w.Stop(&stopped.Timer)
		time.Sleep(4 * time.Second)
		if moved.fired.Load() != 0 || stopped.fired.Load() != 0 {
			t.Fatalf("early: %d %d", moved.fired.Load(), stopped.fired.Load())
		}
		time.Sleep(2 * time.Second)
		if moved.fired.Load() != 1 || stopped.fired.Load() != 0 {
			t.Fatalf("after: %d %d", moved.fired.Load(), stopped.fired.Load())
		}
	})
}

func TestRearmFromExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(10 * time.Millisecond)
		var a alarm
		a.again = func() {
			if a.fired.Load() < 5 {
				w.Set(&a.Timer, &a, time.Now().Add(time.Second))
			}
		}
		w.Set(&a.Timer, &a, time.Now().Add(time.Second))
		time.Sleep(time.Minute)
		if n := a.fired.Load(); n != 5 {
			t.Fatalf("fired %d times", n)
		}
	})
}

func TestCloseEndsTheGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails when a goroutine outlives it
		w := New(100 * time.Millisecond)
		var a alarm
		w.Set(&a.Timer, &a, time.Now().Add(time.Minute))
		w.Close()
		w.Close()
		w.Set(&a.Timer, &a, time.Now().Add(time.Second))
		time.Sleep(time.Hour)
		if a.fired.Load() != 0 {
			t.Error("fired after Close")
		}
	})
}
