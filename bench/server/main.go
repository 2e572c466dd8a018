// Command server is what the load generator measures: the library with its defaults, through its
// typed API. It listens on 127.0.0.1:PORT (default 3100) and prints "ready <port>". PING_INTERVAL
// is in milliseconds. With BUS, BUS_URL and NAME it is one of a cluster; with PROFILE, a folder, it
// writes a CPU profile there.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/madang-chat/madang/socketio"
)

type toRoom struct {
	Room    string `json:"room"`
	Payload any    `json:"payload"`
}

var (
	echo      = socketio.NewCall[any, any]("echo")
	broadcast = socketio.NewEvent[any]("bcast")
	join      = socketio.NewCall[string, socketio.None]("join")
	askRoom   = socketio.NewEvent[toRoom]("room")
	room      = socketio.NewEvent[any]("room")
)

func main() {
	profile()
	o := socketio.Options{Logger: slog.New(slog.DiscardHandler)}
	if beat, err := strconv.Atoi(os.Getenv("PING_INTERVAL")); err == nil {
		o.PingInterval = time.Duration(beat) * time.Millisecond
	}
	joined := joinCluster(&o)
	io := socketio.New(o)
	ns := io.Of("/")
	echo.Handle(ns, func(_ context.Context, _ *socketio.Socket, v any) (any, error) { return v, nil })
	broadcast.Handle(ns, func(_ context.Context, _ *socketio.Socket, v any) error { return broadcast.Emit(ns, v) })
	join.Handle(ns, func(_ context.Context, s *socketio.Socket, name string) (socketio.None, error) {
		return socketio.None{}, s.Join(name)
	})
	askRoom.Handle(ns, func(_ context.Context, _ *socketio.Socket, m toRoom) error {
		return room.Emit(ns.To(m.Room), m.Payload)
	})
	// Heartbeats find dead clients, so the kernel needn't look for them: four system calls fewer
	// for each.
	quiet := net.ListenConfig{KeepAlive: -1}
	l, err := quiet.Listen(context.Background(), "tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "3100"))
	if err != nil {
		log.Fatal(err)
	}
	joined()
	fmt.Println("ready", l.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(l, io))
}
