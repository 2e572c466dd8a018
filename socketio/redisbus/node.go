package redisbus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A node is the server of Redis over which all goes, so that it stays in order. In a Redis Cluster
// each of ours takes the same one.
type node struct {
	redis.UniversalClient
	cluster *redis.ClusterClient // nil: there is none
}

// reach finds the node, and looks whether it answers.
func reach(ctx context.Context, client redis.UniversalClient, key string) (n node, err error) {
	n = node{client, nil}
	if cluster, ok := client.(*redis.ClusterClient); ok {
		one, err := cluster.MasterForKey(ctx, key)
		if err != nil {
			cluster.ReloadState(ctx) // it may know a master that is gone
			return n, fmt.Errorf("redisbus: find a node of Redis Cluster: %w", err)
		}
		n = node{one, cluster}
	}
	if err := n.Ping(ctx).Err(); err != nil {
		if n.cluster != nil {
			n.cluster.ReloadState(ctx) // its replica may have taken over
		}
		return n, fmt.Errorf("redisbus: connect to Redis: %w", err)
	}
	return n, nil
}

// master is the server that has a key.
func (n node) master(ctx context.Context, key string) (*redis.Client, error) {
	if n.cluster == nil {
		return n.UniversalClient.(*redis.Client), nil
	}
	master, err := n.cluster.MasterForKey(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("redisbus: find a node of Redis Cluster: %w", err)
	}
	return master, nil
}

// publish sends all at once. What Redis refuses has Err; else an error means that the connection
// has broken.
func (n node) publish(ctx context.Context, command string, frames []*cluster.Frame) error {
	sent := make([]once, len(frames))
	_, err := n.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, f := range frames {
			sent[i] = once{redis.NewIntCmd(ctx, command, f.Channel, f.Payload)}
			_ = p.Process(ctx, sent[i]) // a pipeline only notes it
		}
		return nil
	})
	for i, f := range frames {
		f.Err = sent[i].Err()
	}
	var refused redis.Error
	if err == nil || errors.As(err, &refused) {
		return nil
	}
	return err
}

// subscribers counts who has subscribed to channels, on all nodes.
func (n node) subscribers(ctx context.Context, sharded bool, channels []string) (counts map[string]int64, err error) {
	if len(channels) == 0 {
		return nil, nil
	}
	count := func(ctx context.Context, c redis.UniversalClient) (map[string]int64, error) {
		if sharded {
			return c.PubSubShardNumSub(ctx, channels...).Result()
		}
		return c.PubSubNumSub(ctx, channels...).Result()
	}
	if n.cluster == nil {
		counts, err = count(ctx, n)
	} else {
		var mu sync.Mutex
		counts = make(map[string]int64)
		err = n.cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
			part, err := count(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			for name, count := range part {
				counts[name] += count
			}
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("redisbus: count subscribers: %w", err)
	}
	return counts, nil
}
