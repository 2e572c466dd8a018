package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/natsbus"
	"github.com/madang-chat/madang/socketio/pgbus"
	"github.com/madang-chat/madang/socketio/redisbus"
)

// A way is how a bus is made, and what it connects to when BUS_URL doesn't say it.
type way struct {
	url  string
	open func(url string) (socketio.Bus, func(), error)
}

// ways are by the names that BUS may have.
var ways = map[string]way{
	"redis": overRedis(func(c *redis.Client) socketio.Bus { return redisbus.New(c, redisbus.Options{}) }),
	"redis-sharded": overRedis(func(c *redis.Client) socketio.Bus {
		return redisbus.NewSharded(c, redisbus.ShardedOptions{})
	}),
	"redis-streams": overRedis(func(c *redis.Client) socketio.Bus {
		return redisbus.NewStreams(c, redisbus.StreamsOptions{})
	}),
	"postgres": {"postgres://postgres@127.0.0.1:5432/postgres", func(url string) (socketio.Bus, func(), error) {
		pool, err := pgxpool.New(context.Background(), url)
		if err != nil {
			return nil, nil, err
		}
		if number("RECOVERY", 0) > 0 {
			return pgbus.NewRecovering(pool, pgbus.RecoveringOptions{}), pool.Close, nil
		}
		return pgbus.New(pool, pgbus.Options{}), pool.Close, nil
	}},
	"nats": {"nats://127.0.0.1:4222", func(url string) (socketio.Bus, func(), error) {
		conn, err := nats.Connect(url, nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1))
		if err != nil {
			return nil, nil, err
		}
		return natsbus.New(conn, natsbus.Options{}), conn.Close, nil
	}},
}

func overRedis(make func(*redis.Client) socketio.Bus) way {
	return way{"redis://127.0.0.1:6379", func(url string) (socketio.Bus, func(), error) {
		o, err := redis.ParseURL(url)
		if err != nil {
			return nil, nil, fmt.Errorf("BUS_URL: %w", err)
		}
		client := redis.NewClient(o)
		return make(client), func() { _ = client.Close() }, nil
	}}
}
