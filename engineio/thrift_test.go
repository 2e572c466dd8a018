package engineio

import (
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// thrifty runs a test in a bubble, in which memory is handed back by counting.
func thrifty(t *testing.T, test func(x *thrift, released *atomic.Int32)) {
	t.Helper()
	released := new(atomic.Int32)
	before := release
	release = func() { released.Add(1) }
	defer func() { release = before }()
	synctest.Test(t, func(t *testing.T) {
		x := new(thrift)
		test(x, released)
		x.close()
		was := released.Load()
		for range 2 * burst {
			x.session()
		}
		time.Sleep(time.Hour)
		if released.Load() != was {
			t.Error("memory is handed back behind the end")
		}
	})
}

func TestMemoryIsReleasedOnceBehindABurst(t *testing.T) {
	thrifty(t, func(x *thrift, released *atomic.Int32) {
		for range 10 * burst {
			x.session()
			time.Sleep(time.Millisecond)
			if released.Load() != 0 {
				t.Fatal("in the middle of the burst")
			}
		}
		time.Sleep(2 * burstPause)
		if n := released.Load(); n != 1 {
			t.Fatalf("%d times, want once", n)
		}
		time.Sleep(time.Hour)
		if n := released.Load(); n != 1 {
			t.Errorf("%d times, want once", n)
		}
	})
}

func TestMemoryOfFewSessionsStays(t *testing.T) {
	thrifty(t, func(x *thrift, released *atomic.Int32) {
		for range burst - 1 {
			x.session()
		}
		time.Sleep(time.Hour)
		if released.Load() != 0 {
			t.Error("it is handed back")
		}
	})
}

func TestMemoryIsReleasedOnceAMinute(t *testing.T) {
	thrifty(t, func(x *thrift, released *atomic.Int32) {
		start := time.Now()
		for time.Since(start) < 10*time.Minute {
			for range burst {
				x.session()
			}
			time.Sleep(5 * time.Second)
		}
		if n := released.Load(); n < 9 || n > 11 {
			t.Errorf("%d times in ten minutes", n)
		}
	})
}

func TestServersReleaseMemoryWhenTheyAreAskedTo(t *testing.T) {
	for _, asked := range []bool{false, true} {
		s := New(Options{ReleaseMemory: asked}, func(*Socket) Receiver { return deaf{} })
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", s.Path()+"?EIO=4&transport=polling", nil))
		if n := s.Count(); n != 1 {
			t.Fatalf("%d sessions", n)
		}
		if got := s.thrift != nil; got != asked {
			t.Errorf("asked %v, got %v", asked, got)
		}
		if asked && s.thrift.begun != 1 {
			t.Errorf("%d sessions count", s.thrift.begun)
		}
		s.Close()
	}
}
