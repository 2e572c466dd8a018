package redisbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
)

// Options configure a Bus.
type Options struct {
	Key       string        // what the names of all channels begin with; default "socket.io"
	Heartbeat time.Duration // between two; a server is gone after four; default 2 s
	MaxQueue  int           // bytes that wait for Redis, else Publish fails; default 16 MiB
}

// A Bus is a socketio.Bus for one server. Its methods are called from any goroutine.
type Bus struct {
	client   redis.UniversalClient
	opts     Options
	channels channels
	server   socketio.BusServer
	run      string // tells this server from an earlier one of its name
	ctx      context.Context
	cancel   context.CancelFunc
	done     sync.WaitGroup
	first    chan struct{} // closed when the first connection stands, or has failed
	inbox    *inbox
	wake     chan struct{} // room for one; the writer has something to do
	asked    atomic.Int64  // until when answers are waited for, in Unix nanoseconds
	skipped  atomic.Uint64

	mu       sync.Mutex
	started  bool
	stopping bool                // nothing is taken any more; guarded by mu
	why      error               // Redis can't be reached; nil: it can; guarded by mu
	needed   map[string]bool     // namespaces; guarded by mu
	open     map[string]bool     // channels that Redis hasn't confirmed; guarded by mu
	urgent   []*command          // of heartbeats; guarded by mu
	out      []*command          // guarded by mu
	bytes    int                 // of out; guarded by mu
	lost     int                 // messages that nobody has been told of; guarded by mu
	lostWhy  error               // guarded by mu
	peers    map[string]*peer    // guarded by mu
	rival    string              // the run of another server with our name; guarded by mu
	parted   bool                // the goodbye has been said; guarded by mu
	awaited  map[string]bool     // who was there before Redis was away; guarded by mu
	patience time.Time           // for these; guarded by mu
	foreign  map[string]*foreign // questions of Node's servers, by our ids; guarded by mu
}

// New makes the Bus of one server. It panics for a client that can't be one of a cluster.
func New(client redis.UniversalClient, o Options) *Bus {
	if _, ring := client.(*redis.Ring); ring || client == nil {
		panic(fmt.Sprintf("redisbus: a %T can't connect a cluster", client))
	}
	if o.Key == "" {
		o.Key = defaultKey
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = defaultHeartbeat
	}
	if o.MaxQueue == 0 {
		o.MaxQueue = defaultMaxQueue
	}
	return &Bus{client: client, opts: o, channels: channels{o.Key}, why: errStarting}
}

const (
	defaultKey       = "socket.io"
	defaultHeartbeat = 2 * time.Second
	defaultMaxQueue  = 16 << 20
	mostMissed       = 4               // heartbeats
	holdTime         = 2 * time.Second // for servers that were there before Redis was away
)

var (
	errStarting = errors.New("redisbus: not connected yet")
	errStopped  = fmt.Errorf("redisbus: the server isn't on the bus: %w", socketio.ErrClosed)
)

// Start implements socketio.Bus.
func (b *Bus) Start(s socketio.BusServer) (stop func()) {
	b.begin(s)
	if s.Needs != nil {
		s.Needs(false, b.need)
	} else {
		b.need("/", "", true)
	}
	go b.inbox.deliver(b.ctx, b.hear)
	b.done.Go(b.connect)
	return b.stop
}

func (b *Bus) begin(s socketio.BusServer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started {
		panic("redisbus: a Bus was started twice: each server has its own")
	}
	if s.Name == emitterName || strings.TrimSpace(s.Name) == "" {
		panic(fmt.Sprintf("redisbus: %q can't be the name of a server", s.Name))
	}
	if s.Logger == nil {
		s.Logger = slog.Default()
	}
	b.started, b.server, b.run = true, s, newID()
	b.first, b.wake = make(chan struct{}), make(chan struct{}, 1)
	b.needed, b.open = make(map[string]bool), make(map[string]bool)
	b.peers, b.foreign = make(map[string]*peer), make(map[string]*foreign)
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.inbox = newInbox()
}

// need is told of the server's namespaces.
func (b *Bus) need(namespace, _ string, needed bool) {
	b.mu.Lock()
	if needed {
		b.needed[namespace] = true
	} else {
		delete(b.needed, namespace)
	}
	b.mu.Unlock()
	b.rouse()
}

func (b *Bus) has(namespace string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.needed[namespace]
}

func (b *Bus) rouse() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// stop sends what waits, for a second at most, says goodbye and ends all.
func (b *Bus) stop() {
	b.mu.Lock()
	if b.stopping {
		b.mu.Unlock()
		return
	}
	b.stopping = true
	up := b.why == nil
	b.mu.Unlock()
	if up {
		b.rouse()
		timer := time.AfterFunc(time.Second, b.cancel)
		defer timer.Stop()
	} else {
		b.cancel()
	}
	b.done.Wait()
	b.cancel()
	b.mu.Lock()
	lost, why := b.lost+len(b.out), b.lostWhy
	b.lost, b.out = 0, nil
	b.mu.Unlock()
	if lost > 0 {
		b.server.Logger.Warn("redisbus: the server has left the cluster with messages that weren't sent", "messages", lost, "error", why)
	}
}

// Health is nil while Redis can be reached; otherwise it says why not, and what it still tries.
func (b *Bus) Health() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopping || !b.started {
		return errStopped
	}
	return b.why
}

// Skipped is how many messages came that couldn't be read.
func (b *Bus) Skipped() uint64 { return b.skipped.Load() }

// Publish implements socketio.Bus. While Redis is away it keeps what can be sent later.
func (b *Bus) Publish(m *socketio.BusMessage) error {
	c, err := b.encode(m)
	if err != nil || c == nil {
		return err
	}
	c.keep = m.To == "" && !m.Latest
	return b.add(c)
}

// encode returns nil for what nobody waits for.
func (b *Bus) encode(m *socketio.BusMessage) (*command, error) {
	var channel string
	var payload []byte
	var err error
	switch {
	case m.To != "":
		if channel, payload, err = b.answerForeign(m); err == nil && channel == "" {
			return nil, nil
		} else if errors.Is(err, errOurs) {
			channel = b.channels.member(m.To)
			payload, err = encodeOurs(m)
		}
	case m.Kind == socketio.BusEmit && m.Request == "":
		channel = b.channels.event(m.Namespace, m.Rooms)
		payload, err = encodeEvent(m, b.server.Name)
	default:
		channel = b.channels.request(m.Namespace)
		payload, err = encodeRequest(m, b.server.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("redisbus: encode a message: %w", err)
	}
	return &command{channel: channel, payload: payload}, nil
}

// add queues a command.
func (b *Bus) add(c *command) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.stopping || !b.started:
		return errStopped
	case b.why != nil && !c.keep:
		if c.ask == nil {
			b.lose(1, b.why)
		}
		return fmt.Errorf("redisbus: Redis is away: %w", b.why)
	case b.opts.MaxQueue > 0 && b.bytes+c.size() > b.opts.MaxQueue:
		if c.ask == nil {
			b.lose(1, socketio.ErrSlow)
		}
		return fmt.Errorf("redisbus: too much waits for Redis: %w", socketio.ErrSlow)
	}
	b.out = append(b.out, c)
	b.bytes += c.size()
	b.rouse()
	return nil
}

// lose counts messages that are lost. It needs mu.
func (b *Bus) lose(n int, why error) {
	b.lost += n
	if b.lostWhy == nil {
		b.lostWhy = why
	}
}
