package socketio_test

import (
	"context"
	"fmt"

	"github.com/madang-chat/madang/socketio"
)

// Who gets an event: a room, the others in it, one client, everybody but some.
func ExampleTarget() {
	io := socketio.New(socketio.Options{})
	ns := io.Of("/")
	socketio.OnCall(ns, "join", func(ctx context.Context, s *socketio.Socket, room string) (socketio.None, error) {
		return socketio.None{}, s.Join(room)
	})
	socketio.On(ns, "say", func(ctx context.Context, s *socketio.Socket, text string) error {
		return s.To("tea").Emit("said", text) // the room without the sender
	})

	url, done := listen(io)
	defer done()
	kim, lee, park := open(url, "/", nil), open(url, "/", nil), open(url, "/", nil)
	defer kim.close()
	defer lee.close()
	defer park.close()
	kim.ask("join", "tea")
	lee.ask("join", "tea")

	kim.emit("say", "it is ready")
	fmt.Println("lee ", lee.next())
	ns.To(park.id).Emit("note", "for you")
	fmt.Println("park", park.next())
	ns.Except("tea").Emit("note", "who isn't there")
	fmt.Println("park", park.next())
	// Output:
	// lee  ["said","it is ready"]
	// park ["note","for you"]
	// park ["note","who isn't there"]
}

// What becomes of rooms.
func ExampleNamespace_OnRoom() {
	io := socketio.New(socketio.Options{})
	ns := io.Of("/")
	events := make(chan string, 8)
	ns.OnRoom(func(e socketio.RoomEvent) { events <- fmt.Sprintf("%v %s", e.Kind, e.Room) })
	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error { return s.Join("tea") })

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	fmt.Println(<-events)
	fmt.Println(<-events)
	p.close()
	fmt.Println(<-events)
	fmt.Println(<-events)
	// Output:
	// created tea
	// joined tea
	// left tea
	// deleted tea
}

// Who is there, and what the server knows of them.
func ExampleTarget_FetchSockets() {
	name := socketio.NewKey[string]("name")

	io := socketio.New(socketio.Options{})
	ns := io.Of("/")
	ns.Use(func(ctx context.Context, s *socketio.Socket) error {
		name.Set(s, "kim")
		return s.Join("tea")
	})

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()
	ctx, cancel := soon()
	defer cancel()
	all, err := ns.To("tea").FetchSockets(ctx)
	for _, info := range all {
		who, _ := name.In(info)
		fmt.Println(who, info.ID == p.id, info.Rooms[1:])
	}
	fmt.Println(err)
	// Output:
	// kim true [tea]
	// <nil>
}
