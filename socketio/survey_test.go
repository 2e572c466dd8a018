package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

var sum = socketio.NewCall[[]int, int]("sum")

// survey asks in another goroutine and returns what it got, in the order of its coming.
func survey(c context.Context, to socketio.Audience) chan []string {
	done := make(chan []string, 1)
	go func() {
		var got []string
		for id, r := range sum.AskAll(c, to, []int{1, 2}) {
			got = append(got, fmt.Sprint(id, " ", r.Value, " ", r.Err))
		}
		done <- got
	}()
	return done
}

func waitings(members []member) (n int) {
	for _, m := range members {
		n += socketio.Waiting(m.so)
	}
	return n
}

func TestAskAll(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	members := []member{s.member(t, "a"), s.member(t, "a", "b"), s.member(t, "b")}
	id := func(i int) string { return members[i].so.ID() }

	t.Run("answers as they come", func(t *testing.T) {
		done := survey(t.Context(), ns.To("a", "b").Except(id(2)))
		for _, i := range []int{1, 0} {
			members[i].expect(`20["sum",[1,2]]`)
		}
		members[1].send(`30["no number"]`)
		eventually(t, "the answer is taken", func() bool { return socketio.Waiting(members[1].so) == 0 })
		members[0].send(`30[3]`)
		got := receive(t, done)
		if len(got) != 2 || got[1] != id(0)+" 3 <nil>" || got[0][:len(id(1))] != id(1) {
			t.Error(got)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		done := make(chan error, 1)
		go func() {
			for _, r := range members[0].so.Volatile().Ask(t.Context(), "q", []byte("b")) {
				var back []byte
				done <- errors.Join(r.Err, r.Value.Decode(1, &back))
				if string(back) != "xyz" {
					t.Errorf("%q", back)
				}
			}
		}()
		members[0].expect(`51-1["q",{"_placeholder":true,"num":0}]`, "b:b")
		members[0].send(`61-1[1,{"_placeholder":true,"num":0}]`, "b:xyz")
		if err := receive(t, done); err != nil {
			t.Error(err)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		if got := receive(t, survey(t.Context(), ns.To("none"))); got != nil {
			t.Error(got)
		}
	})
	t.Run("the time is over", func(t *testing.T) {
		c, cancel := context.WithCancel(t.Context())
		done := survey(c, ns)
		for _, m := range members {
			m.expect(`23["sum",[1,2]]`)
		}
		members[2].send(`33[9]`)
		eventually(t, "the answer is taken", func() bool { return waitings(members) == 2 })
		cancel()
		got := receive(t, done)
		want := []string{id(0) + " 0 context canceled", id(1) + " 0 context canceled", id(2) + " 9 <nil>"}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || waitings(members) != 0 {
			t.Error(got, waitings(members))
		}
		members[0].send(`33[1]`) // too late, and ignored
	})
	t.Run("break", func(t *testing.T) {
		done := make(chan bool)
		go func() {
			for range sum.AskAll(t.Context(), ns, nil) {
				break
			}
			close(done)
		}()
		for _, m := range members {
			m.expect(`24["sum",[]]`)
		}
		members[1].send(`34[9]`)
		receive(t, done)
		if n := waitings(members); n != 0 {
			t.Error(n, "questions are left")
		}
	})
	t.Run("can't be encoded", func(t *testing.T) {
		for id, r := range ns.Ask(t.Context(), "x", make(chan int)) {
			if id != "" || r.Err == nil {
				t.Error(id, r)
			}
		}
		for _, r := range ns.Ask(t.Context(), "connect") {
			if !errors.Is(r.Err, socketio.ErrReserved) {
				t.Error(r.Err)
			}
		}
	})
	t.Run("one leaves", func(t *testing.T) {
		done := survey(t.Context(), ns.To("b"))
		members[1].expect(`27["sum",[1,2]]`)
		members[1].gone()
		members[2].expect(`27["sum",[1,2]]`)
		members[2].send(`37[1]`)
		got := receive(t, done)
		slices.Sort(got)
		want := []string{id(1) + " 0 " + socketio.ErrDisconnected.Error(), id(2) + " 1 <nil>"}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Error(got)
		}
	})
}

func TestAskAllOfAParent(t *testing.T) {
	s := start(t, socketio.Options{})
	p := s.OfFunc(func(context.Context, string, *socketio.Handshake) bool { return true })
	w := s.dial(t)
	one, two := w.join("/one"), w.join("/two")
	done := survey(t.Context(), p.All().Except())
	w.expect(`2/one,0["sum",[1,2]]`, `2/two,0["sum",[1,2]]`)
	w.send(`3/one,0[1]`)
	w.send(`3/two,0[2]`)
	if got := receive(t, done); !slices.Equal(got, []string{one + " 1 <nil>", two + " 2 <nil>"}) {
		t.Error(got)
	}
}

// Answers that come at the moment when the time is over are neither lost nor doubled.
func TestAskAllAtTheLastMoment(t *testing.T) {
	s := start(t, socketio.Options{})
	members := []member{s.member(t), s.member(t), s.member(t)}
	for round := range 50 {
		c, cancel := context.WithCancel(t.Context())
		done := survey(c, s.Of("/"))
		for _, m := range members {
			m.expect(fmt.Sprintf(`2%d["sum",[1,2]]`, round))
		}
		for _, m := range members {
			go m.conn.Write(t.Context(), 1, fmt.Appendf(nil, `43%d[%d]`, round, round))
		}
		go cancel()
		ids := map[string]bool{}
		for _, got := range receive(t, done) {
			ids[got[:20]] = true
		}
		if len(ids) != len(members) || waitings(members) != 0 {
			t.Fatal(ids, waitings(members))
		}
	}
}

func TestBreakAfterTheTime(t *testing.T) {
	s := start(t, socketio.Options{})
	members := []member{s.member(t), s.member(t)}
	c, cancel := context.WithCancel(t.Context())
	cancel()
	for range s.Of("/").Ask(c, "q") {
		break
	}
	if n := waitings(members); n != 0 {
		t.Error(n, "questions are left")
	}
}
