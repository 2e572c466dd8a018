package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
)

// A Person is a socket, anywhere in the cluster.
type Person struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Server string `json:"server"`
}

// Map is who is where, as far as the servers answer.
type Map struct {
	Servers []string `json:"servers"` // that have clients or a name
	People  []Person `json:"people"`
	Missing string   `json:"missing"` // what wasn't told
}

// A Line is what somebody says, to all on all servers.
type Line struct {
	Server string `json:"server"`
	Name   string `json:"name"`
	Text   string `json:"text"`
}

var (
	nameKey   = socketio.NewKey[string]("name") // Node's servers see them in socket.data
	serverKey = socketio.NewKey[string]("server")

	here    = socketio.NewEvent[string]("here") // the server's name, for a newcomer
	changed = socketio.NewEvent[socketio.None]("changed")
	said    = socketio.NewEvent[Line]("said")

	say = socketio.NewEvent[string]("say")
	who = socketio.NewCall[socketio.None, Map]("who")
)

//go:embed page.html
var page []byte

// serve is one server of the cluster, until ctx ends.
func serve(ctx context.Context) error {
	o, err := redis.ParseURL(os.Getenv("REDIS"))
	if err != nil {
		return fmt.Errorf("REDIS: %w", err)
	}
	client := redis.NewClient(o)
	defer client.Close()
	bus := redisbus.New(client, redisbus.Options{})
	io := newServer(os.Getenv("NAME"), bus)

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := bus.Health(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	return errors.Join(io.Shutdown(patience), server.Shutdown(patience))
}

func newServer(name string, bus socketio.Bus) *socketio.Server {
	o := socketio.Options{Bus: bus, ServerName: name}
	if folder := os.Getenv("CLIENT"); folder != "" { // else pages are led to the client's CDN
		o.ClientFiles = os.DirFS(folder)
	}
	io := socketio.New(o)
	all := io.Of("/")
	all.OnConnect(func(_ context.Context, s *socketio.Socket) error {
		var auth struct {
			Name string `json:"name"`
		}
		_ = s.Handshake().Auth(&auth) // without a name one is nobody
		nameKey.Set(s, auth.Name)
		serverKey.Set(s, name)
		return errors.Join(here.Emit(s, name), changed.Emit(all, socketio.None{}))
	})
	all.OnDisconnect(func(*socketio.Socket, socketio.Reason) { _ = changed.Emit(all, socketio.None{}) })
	say.Handle(all, func(_ context.Context, s *socketio.Socket, text string) error {
		if len(text) > 500 {
			return errors.New("that is too long")
		}
		return said.Emit(all, Line{name, nameKey.Of(s), text})
	})
	who.Handle(all, func(ctx context.Context, _ *socketio.Socket, _ socketio.None) (Map, error) {
		return whoIsWhere(ctx, io)
	})
	return io
}

// whoIsWhere asks all servers. What is missing is said, and the rest is shown.
func whoIsWhere(ctx context.Context, io *socketio.Server) (m Map, err error) {
	infos, err := io.Of("/").FetchSockets(ctx)
	if err != nil {
		m.Missing = err.Error()
	}
	m.People = []Person{}
	for _, i := range infos {
		p := Person{ID: i.ID}
		p.Name, _ = nameKey.In(i)
		p.Server, _ = serverKey.In(i)
		m.People = append(m.People, p)
	}
	peers, err := io.Peers(ctx) // of ours: Node's have no name here
	m.Servers = append(peers, io.Name())
	return m, err
}
