package siotest_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

var (
	say   = socketio.NewEvent[line]("say")
	said  = socketio.NewEvent[line]("said")
	twice = socketio.NewCall[int, int]("twice")
	leap  = socketio.NewCall[socketio.None, socketio.None]("leap")
)

// One descriptor serves both ends.
func TestDescriptorsAtAClient(t *testing.T) {
	s := siotest.NewServer(t, socketio.Options{})
	ns := s.Of("/")
	say.Handle(ns, func(_ ctx, so socket, l line) error { return said.Emit(ns, l) })
	twice.Handle(ns, func(_ ctx, _ socket, n int) (int, error) { return 2 * n, nil })
	kim, lee := siotest.Dial(t, s, "/", siotest.Options{}), siotest.Dial(t, s, "/", siotest.Options{})
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	want := line{Room: "a", Data: []byte{1, 2}}
	if err := say.Emit(kim, want); err != nil {
		t.Fatal(err)
	}
	for _, client := range []*siotest.Client{kim, lee} {
		if got := siotest.Receive(client, said); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if n, err := twice.Ask(c, kim, 21); n != 42 || err != nil {
		t.Error(n, err)
	}

	var asked []int
	twice.On(kim, func(_ ctx, n int) (int, error) {
		asked = append(asked, n) // in order, and one at a time
		return 3 * n, nil
	})
	leap.On(kim, func(ctx, socketio.None) (socketio.None, error) { return socketio.None{}, nil })
	so, _ := ns.Socket(kim.ID())
	for i := range 100 {
		if err := so.Emit(twice.Name(), i); err != nil { // without an ack
			t.Fatal(err)
		}
	}
	if n, err := twice.Ask(c, so, 100); n != 300 || err != nil {
		t.Error(n, err)
	}
	if args, err := so.Ask(c, leap.Name()); args.Len() != 0 || err != nil {
		t.Error(args, err)
	}
	for i, n := range asked {
		if i != n {
			t.Fatal(asked)
		}
	}
	if len(asked) != 101 {
		t.Errorf("%d calls", len(asked))
	}
	kim.ExpectNone(0)

	kim.Drop()
	kim.Reason()
	if err := say.Emit(kim, want); !errors.Is(err, siotest.ErrEnded) {
		t.Error("emit after the end:", err)
	}
	if _, err := twice.Ask(c, kim, 1); !errors.Is(err, siotest.ErrEnded) {
		t.Error("ask after the end:", err)
	}
}

// A handler may do with its client what a test may.
func TestDropInAHandler(t *testing.T) {
	s := siotest.NewServer(t, socketio.Options{})
	ns := s.Of("/")
	kim := siotest.Dial(t, s, "/", siotest.Options{})
	dropped := make(chan struct{})
	said.On(kim, func(ctx, line) error {
		kim.Drop()
		close(dropped)
		return nil
	})
	if err := said.Emit(ns, line{}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-dropped:
	case <-time.After(10 * time.Second):
		t.Fatal("Drop waits for the handler that calls it")
	}
	if why := kim.Reason(); !why.Recoverable() {
		t.Error(why)
	}
}
