package redisbus

import (
	"context"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"
)

// A store is the way to what Redis keeps, beside that of messages. It is there for a session of the
// bus, and its end ends all that is asked.
type store struct {
	mu      sync.Mutex
	node    node
	up      bool
	clients map[string]*redis.Client // by address; guarded by mu
	failed  chan struct{}            // closed by close; guarded by mu
}

func (s *store) open(n node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.node, s.up, s.clients, s.failed = n, true, make(map[string]*redis.Client), make(chan struct{})
}

func (s *store) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.up {
		return
	}
	s.up = false
	close(s.failed)
	for _, c := range s.clients {
		_ = c.Close()
	}
}

// to finds the server that has a key. The channel is closed when it can't be reached any more.
func (s *store) to(ctx context.Context, key string) (*redis.Client, <-chan struct{}, error) {
	s.mu.Lock()
	n, up := s.node, s.up
	s.mu.Unlock()
	if !up {
		return nil, nil, errBroke
	}
	master, err := n.master(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.up {
		return nil, nil, errBroke
	}
	address := master.Options().Addr
	c := s.clients[address]
	if c == nil {
		o := ownOptions(master)
		o.ContextTimeoutEnabled, o.MinIdleConns, o.MaxRetries = true, 0, -1
		c = redis.NewClient(&o)
		s.clients[address] = c
	}
	return c, s.failed, nil
}

// ask does something with what Redis keeps under a key. It ends with ctx, and when Redis is away.
func (l *streams) ask(ctx context.Context, what, key string, do func(context.Context, *redis.Client) error) error {
	err := l.bus.Health()
	if err == nil {
		err = l.store.ask(ctx, key, do)
	}
	if err != nil {
		return fmt.Errorf("redisbus: %s: %w", what, err)
	}
	return nil
}

func (s *store) ask(ctx context.Context, key string, do func(context.Context, *redis.Client) error) error {
	client, failed, err := s.to(ctx, key)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- do(ctx, client) }()
	select {
	case err := <-done:
		return err
	case <-failed:
		return errBroke
	case <-ctx.Done():
		return ctx.Err()
	}
}
