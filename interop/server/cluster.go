package main

import (
	"cmp"
	"context"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A cluster is what BUS, BUS_URL, NAME and ANY_SERVER say.
type cluster struct {
	name  string
	close func()
}

func joinCluster(o *socketio.Options) *cluster {
	c := &cluster{cmp.Or(os.Getenv("NAME"), strconv.Itoa(os.Getpid())), func() {}}
	o.ForwardSessions = number("ANY_SERVER", 0) == 1
	bus := os.Getenv("BUS")
	if bus == "" {
		return c
	}
	way, known := ways[bus]
	if !known {
		log.Fatalf("BUS=%s: there is no such bus", bus)
	}
	var err error
	if o.Bus, c.close, err = way.open(cmp.Or(os.Getenv("BUS_URL"), way.url)); err != nil {
		log.Fatalf("BUS=%s: %v", bus, err)
	}
	return c
}

// A seat is a socket in the answer to fetch.
type seat struct {
	ID    string   `json:"id"`
	Rooms []string `json:"rooms"`
}

type inRoom struct {
	socketio.Tuple
	Room, Other string
}

type whole struct {
	socketio.Tuple
	Room  string
	Whole bool
}

// serve adds what reaches beyond this server.
func (c *cluster) serve(ns *socketio.Namespace) {
	ns.OnServerEvent("who", func(context.Context, socketio.Args) (any, error) { return c.name, nil })
	ns.OnServerEvent("told", func(_ context.Context, a socketio.Args) (any, error) {
		return nil, ns.Local().Emit("told", c.name, a)
	})
	socketio.OnCall(ns, "where", func(context.Context, *socketio.Socket, socketio.None) (string, error) { return c.name, nil })
	socketio.On(ns, "tell", func(_ context.Context, _ *socketio.Socket, a socketio.Args) error {
		return ns.ServerSideEmit("told", a)
	})
	socketio.OnCall(ns, "fetch", func(ctx context.Context, _ *socketio.Socket, room string) (any, error) {
		return fetch(ctx, ns.To(room))
	})
	socketio.OnCall(ns, "pull", func(_ context.Context, _ *socketio.Socket, q inRoom) (bool, error) {
		return true, ns.To(q.Room).SocketsJoin(q.Other)
	})
	socketio.OnCall(ns, "push", func(_ context.Context, _ *socketio.Socket, q inRoom) (bool, error) {
		return true, ns.To(q.Room).SocketsLeave(q.Other)
	})
	socketio.OnCall(ns, "drop", func(_ context.Context, _ *socketio.Socket, q whole) (bool, error) {
		if q.Whole {
			return true, ns.To(q.Room).CloseConnections()
		}
		return true, ns.To(q.Room).DisconnectSockets()
	})
	socketio.OnCall(ns, "servers", func(ctx context.Context, _ *socketio.Socket, _ socketio.None) ([]string, error) {
		answers, err := ns.ServerSideAsk(ctx, "who")
		names := []string{}
		for _, a := range answers {
			var name string
			if err := a.Decode(0, &name); err != nil {
				return nil, err
			}
			names = append(names, name)
		}
		slices.Sort(names)
		return names, err
	})
	// Concurrent, as the one who asks is asked too.
	socketio.NewCall[socketio.Args, any]("askAll").Concurrent().Handle(ns, func(ctx context.Context, _ *socketio.Socket, a socketio.Args) (any, error) {
		return askAll(ctx, ns, a)
	})
}

func fetch(ctx context.Context, t socketio.Target) (any, error) {
	infos, err := t.FetchSockets(ctx)
	seats := []seat{}
	for _, i := range infos {
		slices.Sort(i.Rooms)
		seats = append(seats, seat{i.ID, i.Rooms})
	}
	slices.SortFunc(seats, func(a, b seat) int { return strings.Compare(a.ID, b.ID) })
	if err != nil {
		return map[string]any{"error": err.Error(), "sockets": seats}, nil
	}
	return seats, nil
}

func askAll(ctx context.Context, ns *socketio.Namespace, a socketio.Args) (any, error) {
	args, err := a.Values()
	if err != nil {
		return nil, err
	}
	room, _ := append(args, nil)[0].(string)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	answers, missing := []any{}, 0
	for _, r := range ns.To(room).Ask(ctx, "question", args[min(1, len(args)):]...) {
		var v any
		if r.Err == nil {
			r.Err = r.Value.Decode(0, &v)
		}
		if r.Err != nil {
			missing++
			continue
		}
		answers = append(answers, v)
	}
	return map[string]any{"answers": answers, "missing": missing}, nil
}
