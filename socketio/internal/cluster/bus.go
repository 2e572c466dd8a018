package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// Options configure a Bus.
type Options struct {
	Package   string        // of the broker; begins errors
	Broker    string        // its name for people
	Heartbeat time.Duration // between two; a server is gone after four; default DefaultHeartbeat
	MaxQueue  int           // bytes that wait; default DefaultMaxQueue; negative: no limit
	Rooms     bool          // Follow is told of rooms, too
	IDs       bool          // and of those of one socket, whatever its id
}

// What Options are by default.
const (
	DefaultHeartbeat = 2 * time.Second
	DefaultMaxQueue  = 16 << 20
)

// EmitterName is what emitters call themselves.
const EmitterName = "emitter"

const (
	mostMissed = 4               // heartbeats
	holdTime   = 2 * time.Second // for servers that were there before the broker was away
	helloTime  = time.Second / 2 // for their answers, where the broker can't count
)

// A Bus is a socketio.Bus for one server.
type Bus struct {
	line       Line
	opts       Options
	errStopped error
	server     socketio.BusServer
	everyone   string // the channel of all of ours
	self       string // and that of this one
	run        string // tells this server from an earlier one of its name
	ctx        context.Context
	cancel     context.CancelFunc
	delivery   sync.WaitGroup
	left       chan struct{} // closed when no session is left
	first      chan struct{} // closed when the first connection stands, or has failed
	inbox      *inbox
	wake       chan struct{} // room for one; the writer has something to do
	asked      atomic.Int64  // until when answers are waited for, in Unix nanoseconds
	counts     counts

	mu       sync.Mutex
	started  bool
	stopping bool             // nothing is taken any more; guarded by mu
	why      error            // the broker can't be reached; nil: it can; guarded by mu
	needed   map[Need]bool    // guarded by mu
	changed  []Need           // since the writer looked; guarded by mu
	promise  chan struct{}    // closed when these are; nil: nobody waits; guarded by mu
	promised []chan struct{}  // the same, of those that the link knows; guarded by mu
	open     map[string]bool  // channels that the broker hasn't confirmed; guarded by mu
	urgent   []*Frame         // heartbeats; guarded by mu
	out      []*Frame         // guarded by mu
	bytes    int              // of out; guarded by mu
	lost     int              // messages that nobody has been told of; guarded by mu
	lostWhy  error            // guarded by mu
	peers    map[string]*peer // guarded by mu
	rival    string           // the run of another server with our name; guarded by mu
	parted   bool             // the goodbye has been said; guarded by mu
	awaited  map[string]bool  // who was there before the broker was away; guarded by mu
	patience time.Time        // for these; guarded by mu
}

// New makes the Bus of one server.
func New(line Line, o Options) *Bus {
	if o.Heartbeat <= 0 {
		o.Heartbeat = DefaultHeartbeat
	}
	if o.MaxQueue == 0 {
		o.MaxQueue = DefaultMaxQueue
	}
	return &Bus{
		line: line, opts: o, why: fmt.Errorf("%s: not connected yet", o.Package),
		errStopped: fmt.Errorf("%s: the server isn't on the bus: %w", o.Package, socketio.ErrClosed),
	}
}

// Start implements socketio.Bus.
func (b *Bus) Start(s socketio.BusServer) (stop func()) {
	b.begin(s)
	if s.Needs != nil {
		s.Needs(b.opts.Rooms, b.opts.IDs, b.need)
	} else {
		b.need("/", "", true)
	}
	b.delivery.Go(func() { b.inbox.deliver(b.ctx, b.hear) })
	go func() {
		defer close(b.left)
		b.connect()
	}()
	return b.stop
}

func (b *Bus) begin(s socketio.BusServer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started {
		panic(b.opts.Package + ": a Bus was started twice: each server has its own")
	}
	if s.Name == EmitterName || strings.TrimSpace(s.Name) == "" {
		panic(fmt.Sprintf("%s: %q can't be the name of a server", b.opts.Package, s.Name))
	}
	if s.Logger == nil {
		s.Logger = slog.Default()
	}
	b.started, b.server, b.run = true, s, NewID()
	b.everyone, b.self = b.line.Direct(""), b.line.Direct(s.Name)
	b.first, b.left, b.wake = make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	b.needed, b.open = make(map[Need]bool), make(map[string]bool)
	b.peers = make(map[string]*peer)
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.inbox = newInbox()
}

// Server is the one that was given to Start.
func (b *Bus) Server() socketio.BusServer { return b.server }

// Run tells this server from an earlier one of its name: 16 hexadecimal digits.
func (b *Bus) Run() string { return b.run }

// need notes what the server needs. It says when that is heard, so that nothing is missed: of a
// room where the broker brings no more than what is needed.
func (b *Bus) need(namespace, room string, needed bool) (heard <-chan struct{}) {
	defer b.rouse()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changed = append(b.changed, Need{namespace, room})
	if !needed {
		delete(b.needed, Need{namespace, room})
		return nil
	}
	b.needed[Need{namespace, room}] = true
	if room != "" && !b.opts.Rooms || b.why != nil {
		return nil
	}
	if b.promise == nil {
		b.promise = make(chan struct{})
	}
	return b.promise
}

// settle tells who waits for what is heard, when the broker has confirmed all. It needs mu.
func (b *Bus) settle() {
	if len(b.open) > 0 {
		return
	}
	for _, promise := range b.promised {
		close(promise)
	}
	b.promised = nil
}

// giveUp is settle for what isn't heard: the broker is away. It needs mu.
func (b *Bus) giveUp() {
	clear(b.open)
	b.changed = nil
	b.settle()
	if b.promise != nil {
		close(b.promise)
		b.promise = nil
	}
}

// Has reports whether the server has a namespace.
func (b *Bus) Has(namespace string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.needed[Need{Namespace: namespace}]
}

func (b *Bus) rouse() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *Bus) log(level slog.Level, text string, args ...any) {
	b.server.Logger.Log(context.Background(), level, b.opts.Package+": "+text, args...)
}

// Health is nil while the broker can be reached; otherwise it says why not.
func (b *Bus) Health() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopping || !b.started {
		return b.errStopped
	}
	return b.why
}

// Publish implements socketio.Bus. While the broker is away it keeps what can be sent later.
func (b *Bus) Publish(m *socketio.BusMessage) error {
	f, err := b.encode(m)
	if err != nil || f == nil {
		return err
	}
	f.Keep = m.To == "" && !m.Latest
	return b.add(f)
}

func (b *Bus) encode(m *socketio.BusMessage) (*Frame, error) {
	var f *Frame
	err := ErrOurs
	if !ours(m) {
		f, err = b.line.Encode(m)
	}
	if errors.Is(err, ErrOurs) {
		f = &Frame{Channel: b.line.Direct(m.To)}
		f.Payload, err = encodeDirect(m)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: encode a message: %w", b.opts.Package, err)
	}
	return f, nil
}

func (b *Bus) away(why error) error {
	return fmt.Errorf("%s: %s is away: %w", b.opts.Package, b.opts.Broker, why)
}

// add queues a frame.
func (b *Bus) add(f *Frame) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.stopping || !b.started:
		return b.errStopped
	case b.why != nil && !f.Keep:
		if f.ask == nil {
			b.lose(1, b.why)
		}
		return b.away(b.why)
	case b.opts.MaxQueue > 0 && b.bytes+f.size() > b.opts.MaxQueue:
		if f.ask == nil {
			b.lose(1, socketio.ErrSlow)
		}
		return fmt.Errorf("%s: too much waits for %s: %w", b.opts.Package, b.opts.Broker, socketio.ErrSlow)
	}
	b.out = append(b.out, f)
	b.bytes += f.size()
	b.rouse()
	return nil
}

// lose counts messages that are lost. It needs mu.
func (b *Bus) lose(n int, why error) {
	b.lost += n
	b.counts.lost.Add(uint64(n))
	if b.lostWhy == nil {
		b.lostWhy = why
	}
}
