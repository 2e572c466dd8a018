package socketio_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/madang-chat/madang/socketio"
)

// What was emitted is still delivered; then the connection ends, and JavaScript clients come back
// by themselves.
func ExampleServer_Shutdown() {
	io := socketio.New(socketio.Options{})
	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()

	io.Of("/").Emit("bye", "see you in a minute")
	ctx, cancel := soon()
	defer cancel()
	fmt.Println(io.Shutdown(ctx))
	fmt.Println(p.next())
	fmt.Println(p.read())
	// Output:
	// <nil>
	// ["bye","see you in a minute"]
	// closed
}

// Servers on one bus are one: what is emitted on one reaches the clients of the others.
func ExampleBus() {
	var bus socketio.MemoryBus // in one process; a real cluster has its bus outside
	one := socketio.New(socketio.Options{Bus: bus.Node()})
	two := socketio.New(socketio.Options{Bus: bus.Node()})
	urlOne, doneOne := listen(one)
	defer doneOne()
	urlTwo, doneTwo := listen(two)
	defer doneTwo()
	kim, lee := open(urlOne, "/", nil), open(urlTwo, "/", nil)
	defer kim.close()
	defer lee.close()

	one.Of("/").Emit("news", "tea")
	fmt.Println(kim.next(), lee.next())
	one.Of("/").To(lee.id).Emit("news", "for lee")
	fmt.Println(lee.next())
	// Output:
	// ["news","tea"] ["news","tea"]
	// ["news","for lee"]
}

// A client whose connection broke gets its id, its rooms and what it missed.
func ExampleRecoveryOptions() {
	io := socketio.New(socketio.Options{Recovery: &socketio.RecoveryOptions{}})
	ns := io.Of("/")
	gone := make(chan socketio.Reason, 1)
	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		if s.Recovery() == socketio.RecoveryFull {
			return s.Emit("back", "in", s.Rooms()[1])
		}
		return errors.Join(s.Join("tea"), s.Emit("welcome"))
	})
	ns.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) { gone <- why })

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	fmt.Println(p.next())
	p.close()
	<-gone
	ns.To("tea").Emit("said", "while you were away")

	again := p.back(url)
	defer again.close()
	fmt.Println(again.id == p.id)
	fmt.Println(again.next())
	fmt.Println(again.next())
	again.close()
	<-gone
	// Output:
	// ["welcome"]
	// true
	// ["said","while you were away"]
	// ["back","in","tea"]
}
