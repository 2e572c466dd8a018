// Command doors is the program of the guide's page "Deploying", with a handler or two, for a test
// that attacks it.
//
// It prints "ready <port>" when it listens and ends with its standard input.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"testing/fstest"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

func main() {
	server := socketio.New(socketio.Options{
		// The test computes with these.
		MaxPayload: 100_000, MaxQueue: 256 << 10, InboxBytes: 128 << 10, MaxMemory: 512 << 10, MaxRooms: 1000,
		ClientFiles: fstest.MapFS{"socket.io.js": {Data: make([]byte, 4<<20)}},
	})
	socketio.OnCall(server.Of("/"), "echo", func(_ context.Context, _ *socketio.Socket, n int) (int, error) { return n, nil })
	large := strings.Repeat("x", 90_000)
	socketio.On(server.Of("/"), "more", func(_ context.Context, s *socketio.Socket, _ socketio.None) error {
		return s.Emit("more", large)
	})
	http.Handle("/socket.io/", server)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	web := &http.Server{ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 90 * time.Second}
	go func() { log.Fatal(web.Serve(engineio.LimitListener(listener, 0))) }()
	fmt.Println("ready", listener.Addr().(*net.TCPAddr).Port)
	io.Copy(io.Discard, os.Stdin)
}
