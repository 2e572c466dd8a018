package redisbus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// ears are the connections that hear, one to each server of Redis that has channels of ours. When
// anything of them changes that isn't asked for, the session begins anew: a connection that broke,
// a channel that has moved to another server.
type ears struct {
	session *cluster.Session
	put     func(cluster.Arrival)
	ctx     context.Context
	node    node
	sharded bool

	mu    sync.Mutex
	of    map[string]*ear    // by address; guarded by mu
	asked map[string]*asking // by channel; guarded by mu
}

// An asking is a channel that is subscribed to.
type asking struct {
	needs          int // a room's channel may be that of a namespace, too
	enters, leaves int // that Redis hasn't confirmed
	awaited        bool
	heard          chan struct{} // closed when it is
	ear            *ear
}

type ear struct {
	*redis.PubSub
	pinged time.Time // zero: it has answered; guarded by ears.mu
}

func newEars(ctx context.Context, s *cluster.Session, n node, sharded bool, put func(cluster.Arrival)) *ears {
	return &ears{
		session: s, put: put, ctx: ctx, node: n, sharded: sharded,
		of: make(map[string]*ear), asked: make(map[string]*asking),
	}
}

// enter subscribes to channels. Those that are awaited hold up what is published.
func (e *ears) enter(channels []string, awaited bool) error {
	groups := make(map[*ear][]string)
	var order []*ear
	var awaits []string
	for _, channel := range channels {
		to, err := e.reach(channel)
		if err != nil {
			return err
		}
		e.mu.Lock()
		a := e.asked[channel]
		if a == nil {
			a = &asking{ear: to}
			e.asked[channel] = a
		}
		if a.needs++; a.needs > 1 {
			e.mu.Unlock()
			continue
		}
		a.enters++
		a.awaited, a.ear, a.heard = awaited, to, make(chan struct{})
		e.mu.Unlock()
		if awaited {
			awaits = append(awaits, channel)
		}
		if groups[to] == nil {
			order = append(order, to)
		}
		groups[to] = append(groups[to], channel)
	}
	e.session.Await(awaits...)
	for _, to := range order {
		if err := e.command(groups[to], to.Subscribe, to.SSubscribe); err != nil {
			return fmt.Errorf("redisbus: subscribe: %w", err)
		}
	}
	return nil
}

// wait waits until Redis has confirmed channels.
func (e *ears) wait(channels []string) error {
	for _, channel := range channels {
		e.mu.Lock()
		a := e.asked[channel]
		e.mu.Unlock()
		if a == nil {
			continue
		}
		select {
		case <-a.heard:
		case <-e.ctx.Done():
			return context.Cause(e.ctx)
		}
	}
	return nil
}

// leave is the reverse of enter.
func (e *ears) leave(channels []string) error {
	groups := make(map[*ear][]string)
	e.mu.Lock()
	for _, channel := range channels {
		a := e.asked[channel]
		if a == nil || a.needs == 0 {
			continue
		}
		if a.needs--; a.needs == 0 {
			a.leaves++
			groups[a.ear] = append(groups[a.ear], channel)
		}
	}
	e.mu.Unlock()
	for from, list := range groups {
		e.session.Forget(list...)
		if err := e.command(list, from.Unsubscribe, from.SUnsubscribe); err != nil {
			return fmt.Errorf("redisbus: unsubscribe: %w", err)
		}
	}
	return nil
}

// command names many channels at once, but in a Redis Cluster those of different slots have one
// command each.
func (e *ears) command(list []string, plain, sharded func(context.Context, ...string) error) error {
	most := 1000
	do := plain
	if e.sharded {
		if do = sharded; e.node.cluster != nil {
			most = 1
		}
	}
	for len(list) > 0 {
		n := min(len(list), most)
		if err := do(e.ctx, list[:n]...); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// reach finds the connection for a channel, or makes it.
func (e *ears) reach(channel string) (*ear, error) {
	var client redis.UniversalClient = e.node
	address := ""
	if e.sharded && e.node.cluster != nil {
		master, err := e.node.master(e.ctx, channel)
		if err != nil {
			return nil, err
		}
		client, address = master, master.Options().Addr
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	to := e.of[address]
	if to == nil {
		to = &ear{PubSub: client.Subscribe(e.ctx)}
		e.of[address] = to
		e.session.Go(func() { e.read(to) })
	}
	return to, nil
}
