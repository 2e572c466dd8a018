package redisbus

import (
	"context"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"
)

// A node is the server of Redis over which all goes, so that it stays in order. In a Redis Cluster
// each of ours takes the same one.
type node struct {
	redis.UniversalClient
	cluster *redis.ClusterClient // nil: there is none
}

func (b *Bus) node(ctx context.Context) (n node, err error) {
	cluster, ok := b.client.(*redis.ClusterClient)
	if !ok {
		return node{b.client, nil}, nil
	}
	one, err := cluster.MasterForKey(ctx, b.opts.Key)
	if err != nil {
		cluster.ReloadState(ctx) // it may know a master that is gone
		return n, fmt.Errorf("redisbus: find a node of Redis Cluster: %w", err)
	}
	return node{one, cluster}, nil
}

// subscribers counts who has subscribed to channels, on all nodes.
func (n node) subscribers(ctx context.Context, channels []string) (counts map[string]int64, err error) {
	if len(channels) == 0 {
		return nil, nil
	}
	if n.cluster == nil {
		counts, err = n.PubSubNumSub(ctx, channels...).Result()
	} else {
		var mu sync.Mutex
		counts = make(map[string]int64)
		err = n.cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
			part, err := c.PubSubNumSub(ctx, channels...).Result()
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
