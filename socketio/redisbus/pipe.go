package redisbus

import (
	"context"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// A pipe is one connection to a server of Redis, apart from those of the caller's client: a wait
// for entries can be broken off, and what has been written to it is in order.
type pipe struct {
	*redis.Client
	ids *idList
}

// idList are the numbers that Redis gave to connections.
type idList struct {
	mu   sync.Mutex
	list []int64 // guarded by mu
}

func (l *idList) add(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, id)
}

func (l *idList) take() (list []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list, l.list = l.list, nil
	return list
}

// ownOptions are those of client for another one. A client writes into what tells of notifications
// of maintenance while it connects, without a lock that others see; the bus does without them, as
// it connects again by itself.
func ownOptions(client *redis.Client) redis.Options {
	o := *client.Options()
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o
}

// newPipe connects as client does, when it is used.
func newPipe(client *redis.Client) *pipe {
	o, ids := ownOptions(client), new(idList)
	o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.MaxActiveConns, o.MaxRetries = 1, 0, 0, 0, -1
	before := o.OnConnect
	o.OnConnect = func(ctx context.Context, cn *redis.Conn) error {
		if before != nil {
			if err := before(ctx, cn); err != nil {
				return err
			}
		}
		// Who may not ask for it has what is said at kill.
		if id, err := cn.ClientID(ctx).Result(); err == nil {
			ids.add(id)
		}
		return nil
	}
	return &pipe{redis.NewClient(&o), ids}
}

// pipes are those of a session, by address. The numbers of the connections are kept for the next
// one.
type pipes struct {
	mu   sync.Mutex
	open map[string]*pipe // guarded by mu
	old  map[string][]int64
}

func (p *pipes) to(client *redis.Client) *pipe {
	address := client.Options().Addr
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open, p.old = make(map[string]*pipe), make(map[string][]int64)
	}
	to := p.open[address]
	if to == nil {
		to = newPipe(client)
		p.open[address] = to
	}
	return to
}

// kill ends the connections of earlier sessions: what they wrote and Redis hasn't read must not
// arrive behind the look whether it has. A user of Redis who may not do this takes the chance.
func (p *pipes) kill(ctx context.Context, to *pipe) {
	p.mu.Lock()
	address := to.Options().Addr
	old := p.old[address]
	delete(p.old, address)
	p.mu.Unlock()
	for _, id := range old {
		_ = to.ClientKillByFilter(ctx, "ID", strconv.FormatInt(id, 10)).Err()
	}
}

func (p *pipes) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for address, one := range p.open {
		_ = one.Close()
		p.old[address] = append(p.old[address], one.ids.take()...)
	}
	clear(p.open)
}
