package siotest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/exampletest"
	"github.com/madang-chat/madang/socketio/siotest"
)

func Example() {
	t := new(exampletest.T) // in a test: t *testing.T
	defer t.End()
	s := siotest.NewServer(t, socketio.Options{})
	ns := s.Of("/")
	socketio.OnCall(ns, "join", func(_ context.Context, s *socketio.Socket, room string) (int, error) {
		return 1, errors.Join(s.Join(room), s.To(room).Emit("joined", s.ID()))
	})

	kim := siotest.Dial(t, s, "/", siotest.Options{})
	lee := siotest.Dial(t, s, "/", siotest.Options{})
	kim.ExpectReply("join", []any{"courtyard"}, 1)
	lee.ExpectReply("join", []any{"courtyard"}, 1)
	kim.Expect("joined", lee.ID())
	lee.ExpectNone(0)
	fmt.Println(siotest.First[int](t, kim.Ask("join", "square")))
	// Output: 1
}

// A middleware refuses.
func ExampleTryDial() {
	t := new(exampletest.T) // in a test: t *testing.T
	defer t.End()
	s := siotest.NewServer(t, socketio.Options{})
	s.Of("/").Use(func(_ context.Context, s *socketio.Socket) error {
		return &socketio.Error{Message: "who are you?", Data: "sign in"}
	})
	_, err := siotest.TryDial(t, s, "/", siotest.Options{})
	refusal, _ := errors.AsType[*siotest.DialError](err)
	fmt.Println(refusal.Message, refusal.Data)
	// Output: who are you? sign in
}

// The handler of one event asks the client back.
func ExampleClient_OnEvent() {
	t := new(exampletest.T) // in a test: t *testing.T
	defer t.End()
	s := siotest.NewServer(t, socketio.Options{})
	confirm := socketio.NewCall[string, bool]("confirm")
	socketio.OnCall(s.Of("/"), "delete", func(ctx context.Context, s *socketio.Socket, what string) (bool, error) {
		return confirm.Ask(ctx, s, "delete "+what+"?")
	})
	c := siotest.Dial(t, s, "/", siotest.Options{})
	confirm.On(c, func(_ context.Context, question string) (bool, error) {
		fmt.Println(question)
		return true, nil
	})
	fmt.Println(siotest.First[bool](t, c.Ask("delete", "all")))
	// Output:
	// delete all?
	// true
}

// A computer goes to sleep, and the server gives it up.
func ExampleClient_Pause() {
	t := new(exampletest.T) // in a test: t *testing.T
	defer t.End()
	s := siotest.NewServer(t, socketio.Options{PingInterval: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond})
	c := siotest.Dial(t, s, "/", siotest.Options{})
	c.Pause()
	fmt.Println(c.Reason())
	// Output: ping timeout
}
