package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/natsbus"
	"github.com/madang-chat/madang/socketio/pgbus"
	"github.com/madang-chat/madang/socketio/redisbus"
)

// A bus of ours says whether it is connected.
type bus interface {
	socketio.Bus
	Health() error
}

// buses make one from BUS_URL, by the names that BUS may have.
var buses = map[string]func(url string) (bus, error){
	"redis":         overRedis(func(c redis.UniversalClient) bus { return redisbus.New(c, redisbus.Options{}) }),
	"redis-sharded": overRedis(func(c redis.UniversalClient) bus { return redisbus.NewSharded(c, redisbus.ShardedOptions{}) }),
	"redis-streams": overRedis(func(c redis.UniversalClient) bus { return redisbus.NewStreams(c, redisbus.StreamsOptions{}) }),
	"postgres": func(url string) (bus, error) {
		pool, err := pgxpool.New(context.Background(), url)
		if err != nil {
			return nil, err
		}
		return pgbus.New(pool, pgbus.Options{}), nil
	},
	"nats": func(url string) (bus, error) {
		conn, err := nats.Connect(url)
		if err != nil {
			return nil, err
		}
		return natsbus.New(conn, natsbus.Options{}), nil
	},
}

func overRedis(make func(redis.UniversalClient) bus) func(string) (bus, error) {
	return func(url string) (bus, error) {
		o, err := redis.ParseURL(url)
		if err != nil {
			return nil, err
		}
		return make(redis.NewClient(o)), nil
	}
}

// joinCluster gives a server what makes it one of a cluster, if BUS names it. What it returns waits
// until the server is.
func joinCluster(o *socketio.Options) (joined func()) {
	name := os.Getenv("BUS")
	if name == "" {
		return func() {}
	}
	open := buses[name]
	if open == nil {
		log.Fatalf("BUS=%s: there is no such bus", name)
	}
	b, err := open(os.Getenv("BUS_URL"))
	if err != nil {
		log.Fatal(fmt.Errorf("BUS_URL: %w", err))
	}
	o.Bus, o.ServerName = b, os.Getenv("NAME")
	return func() {
		for b.Health() != nil {
			time.Sleep(5 * time.Millisecond)
		}
	}
}
