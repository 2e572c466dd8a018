package socketio_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/madang-chat/madang/socketio"
)

// Greet one client, tell everybody.
func Example() {
	hello := socketio.NewEvent[string]("hello")

	io := socketio.New(socketio.Options{})
	ns := io.Of("/")
	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		return hello.Emit(s, "welcome") // to this client
	})
	hello.Handle(ns, func(ctx context.Context, s *socketio.Socket, text string) error {
		return hello.Emit(ns, text) // to everybody
	})

	url, done := listen(io)
	defer done()
	kim, lee := open(url, "/", nil), open(url, "/", nil)
	defer kim.close()
	defer lee.close()
	fmt.Println(kim.next(), lee.next())
	kim.emit("hello", "hi all")
	fmt.Println(kim.next(), lee.next())
	// Output:
	// ["hello","welcome"] ["hello","welcome"]
	// ["hello","hi all"] ["hello","hi all"]
}

// A Server is a handler among others.
func ExampleServer() {
	io := socketio.New(socketio.Options{})
	defer io.Close()
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, io.CountConnections(), "connections")
	})

	h := httptest.NewServer(mux) // http.ListenAndServe(":3000", mux) in a program
	defer h.Close()
	p := open(h.URL, "/", nil)
	defer p.close()
	resp, err := http.Get(h.URL + "/healthz")
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	var count int
	fmt.Fscan(resp.Body, &count)
	fmt.Println(count)
	// Output: 1
}
