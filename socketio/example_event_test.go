package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/madang-chat/madang/socketio"
)

// The payload arrives as the event's type. What doesn't fit becomes an error for the client.
func ExampleEvent_Handle() {
	type Cursor struct {
		X int `json:"x"`
		Y int `json:"y"`
	}
	move := socketio.NewEvent[Cursor]("move")

	io := socketio.New(socketio.Options{
		OnError: func(ctx context.Context, s *socketio.Socket, event string, err error) {},
	})
	move.Handle(io.Of("/"), func(ctx context.Context, s *socketio.Socket, c Cursor) error {
		return s.Emit("sum", c.X+c.Y)
	})

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()
	p.emit("move", Cursor{X: 3, Y: 4})
	fmt.Println(p.next())
	fmt.Println(p.ask("move", "left"))
	// Output:
	// ["sum",7]
	// [{"error":{"code":"bad_payload","message":"argument 1: want an object, got a string"}}]
}

// A request with a reply: what the handler returns is the ack.
func ExampleCall_Handle() {
	type Line struct {
		Text string `json:"text"`
	}
	type Receipt struct {
		ID int `json:"id"`
	}
	send := socketio.NewCall[Line, Receipt]("send")

	io := socketio.New(socketio.Options{})
	id := 0
	send.Handle(io.Of("/"), func(ctx context.Context, s *socketio.Socket, l Line) (Receipt, error) {
		if strings.TrimSpace(l.Text) == "" {
			return Receipt{}, &socketio.Error{Code: "empty", Message: "write something"}
		}
		id++
		return Receipt{ID: id}, nil
	})

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()
	fmt.Println(p.ask("send", Line{"hi"}))
	fmt.Println(p.ask("send", Line{" "}))
	// Output:
	// [{"id":1}]
	// [{"error":{"code":"empty","message":"write something"}}]
}

// The server asks, a client answers, and a context says how long to wait.
func ExampleCall_Ask() {
	confirm := socketio.NewCall[string, bool]("confirm")

	io := socketio.New(socketio.Options{})
	socketio.OnCall(io.Of("/"), "delete", func(ctx context.Context, s *socketio.Socket, what string) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		sure, err := confirm.Ask(ctx, s, "delete "+what+"?")
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return "", &socketio.Error{Code: "timeout", Message: "nobody answered"}
		case err != nil:
			return "", err
		case !sure:
			return "kept", nil
		}
		return "deleted", nil
	})

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()
	p.write(`421["delete","notes"]`)
	fmt.Println(p.answer(true))
	fmt.Println(p.read())
	// Output:
	// ["confirm","delete notes?"]
	// 431["deleted"]
}

// Many are asked at once; the answers come one by one.
func ExampleCall_AskAll() {
	vote := socketio.NewCall[string, int]("vote")

	io := socketio.New(socketio.Options{})
	url, done := listen(io)
	defer done()
	var answers sync.WaitGroup
	for points := range 4 {
		p := open(url, "/", nil)
		defer p.close()
		answers.Go(func() { p.answer(points) })
	}

	ctx, cancel := soon() // who hasn't answered by then counts as an error
	defer cancel()
	sum := 0
	for id, r := range vote.AskAll(ctx, io.Of("/"), "cake?") {
		if r.Err != nil {
			fmt.Println(id, r.Err)
			continue
		}
		sum += r.Value
	}
	answers.Wait()
	fmt.Println(sum)
	// Output: 6
}

// A struct that embeds Tuple names several arguments.
func ExampleTuple() {
	type Move struct {
		socketio.Tuple
		Piece string
		X, Y  int
	}
	move := socketio.NewEvent[Move]("move")

	io := socketio.New(socketio.Options{})
	move.Handle(io.Of("/"), func(ctx context.Context, s *socketio.Socket, m Move) error {
		m.X, m.Y = m.Y, m.X
		return move.Emit(s, m)
	})

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()
	p.emit("move", "rook", 1, 8)
	fmt.Println(p.next())
	// Output: ["move","rook",8,1]
}

// []byte travels as binary, wherever it is in the payload.
func ExampleEvent_Emit_binary() {
	type File struct {
		Name string `json:"name"`
		Data []byte `json:"data"`
	}
	file := socketio.NewEvent[File]("file")

	io := socketio.New(socketio.Options{})
	io.Of("/").OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		return file.Emit(s, File{Name: "a.bin", Data: []byte{1, 2, 3}})
	})

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()
	fmt.Println(p.next())
	// Output: ["file",{"name":"a.bin","data":{"_placeholder":true,"num":0}}] 010203
}
