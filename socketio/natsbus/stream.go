package natsbus

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// StreamOptions configure a StreamBus.
type StreamOptions struct {
	Options
	MaxAge      time.Duration // of what is kept; default 10 min
	MaxBytes    int64         // of it, and of the sessions; default 256 MiB; negative: no limit
	MaxMessages int64         // that are kept; default: no limit
	Memory      bool          // keep them in memory, not in files
	Replicas    int           // in a cluster of servers of NATS; default 1
}

const (
	defaultMaxAge   = 10 * time.Minute
	defaultMaxBytes = 256 << 20
)

// A StreamBus is a Bus that keeps events and sessions in JetStream, so that Recovery brings clients
// back to any server: a socketio.EventLog and a socketio.SessionStore.
type StreamBus struct {
	Bus
	log *eventLog
}

// NewStream makes the StreamBus of one server; all servers of a cluster have one. It makes a stream
// and a bucket named like Options.Subject.
func NewStream(conn *nats.Conn, o StreamOptions) *StreamBus {
	l := newLine(conn, o.Options)
	l.log = newEventLog(l, o)
	return &StreamBus{*newBus(l, o.Options), l.log}
}

// An eventLog is what a line knows of the stream, and of the events on their way to it.
type eventLog struct {
	line *line
	opts StreamOptions

	at place // of who reads

	order sync.Mutex // Publish is called under it, so that the list below has its order

	mu     sync.Mutex
	stream *stream    // of the newest session; guarded by mu
	away   []returner // events that haven't come back, in the order of Publish; guarded by mu
	timer  *time.Timer
	silent int // looks since the stream brought something; guarded by mu
}

// A returner is an event of this server that is on its way.
type returner struct {
	number    uint64
	namespace string
	began     time.Time
	sent      time.Time // zero: it waits
}

// How long one may take, since it was sent and with the time that it waited for that. The server
// itself waits for eight seconds.
const (
	returnTime = 4 * time.Second
	waitTime   = 6 * time.Second
)

func newEventLog(l *line, o StreamOptions) *eventLog { return &eventLog{line: l, opts: o} }

// A stream is what JetStream has for this cluster.
type stream struct {
	js       jetstream.JetStream
	events   jetstream.Stream
	sessions jetstream.KeyValue
	era      int64 // when it was made; offsets of an earlier one mean nothing
}

func (g *eventLog) name(what string) string {
	clean := func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}
	return strings.Map(clean, g.line.prefix) + what
}

// open makes what isn't there yet.
func (g *eventLog) open(ctx context.Context, l *line) (*stream, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	js, err := jetstream.New(l.conn, jetstream.WithPublishAsyncMaxPending(1<<20), jetstream.WithPublishAsyncTimeout(answerTime))
	if err != nil {
		return nil, fmt.Errorf("natsbus: %w", err)
	}
	storage, bytes := jetstream.FileStorage, cmp.Or(g.opts.MaxBytes, defaultMaxBytes)
	if g.opts.Memory {
		storage = jetstream.MemoryStorage
	}
	s := &stream{js: js}
	s.events, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: g.name("_events"), Subjects: []string{l.prefix + ".log.>"}, Storage: storage, Replicas: g.opts.Replicas,
		MaxAge: cmp.Or(g.opts.MaxAge, defaultMaxAge), MaxBytes: max(bytes, -1), MaxMsgs: cmp.Or(g.opts.MaxMessages, -1),
		AllowDirect: true, RePublish: &jetstream.RePublish{Source: l.prefix + ".log.>", Destination: l.prefix + ".ev.>"},
	})
	if err != nil {
		return nil, fmt.Errorf("natsbus: make a stream: %w", err)
	}
	s.era = s.events.CachedInfo().Created.UnixMilli()
	s.sessions, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: g.name("_sessions"), Storage: storage, Replicas: g.opts.Replicas, MaxBytes: max(bytes, -1), LimitMarkerTTL: markerTime,
	})
	if err != nil {
		return nil, fmt.Errorf("natsbus: make a bucket: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stream = s
	return s, nil
}

// keep sends frames in order: the stream has what is before anything else.
func (k *link) keep(ctx context.Context, frames []*cluster.Frame) error {
	logged := func(f *cluster.Frame) bool { return strings.HasPrefix(f.Channel, k.prefix+".log.") }
	for len(frames) > 0 {
		n := 1
		for n < len(frames) && logged(frames[n]) == logged(frames[0]) {
			n++
		}
		send := k.say
		if logged(frames[0]) {
			send = k.store
		}
		if err := send(ctx, frames[:n]); err != nil {
			return err
		}
		frames = frames[n:]
	}
	return nil
}

// store publishes to the stream, and waits for its answers.
func (k *link) store(ctx context.Context, frames []*cluster.Frame) error {
	answers := make(map[*cluster.Frame][]jetstream.PubAckFuture)
	err := k.deliver(ctx, frames, func(f *cluster.Frame, subject string, p []byte) error {
		answer, err := k.stream.js.PublishMsgAsync(&nats.Msg{Subject: subject, Data: p}, jetstream.WithRetryAttempts(0))
		answers[f] = append(answers[f], answer)
		return err
	})
	k.log.sent(frames)
	if err != nil {
		return err
	}
	for _, f := range frames {
		for _, answer := range answers[f] {
			if f.Err != nil {
				break
			}
			select {
			case <-answer.Ok():
			case err := <-answer.Err():
				f.Err = fmt.Errorf("natsbus: JetStream doesn't keep it: %w", err)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if r, ok := f.Value.(route); ok && f.Err != nil && r.number != 0 {
			k.log.refuse(r.number)
		}
	}
	if k.conn.Stats().Reconnects != k.times {
		return errBroke
	}
	return nil
}

// kept reports whether a message is an event that clients may have missed.
func kept(m *socketio.BusMessage) bool {
	return m.Kind == socketio.BusEmit && m.Request == "" && !m.Latest
}

// sequenceOf is where a message stands in the stream; 0: it isn't of it.
func sequenceOf(m *nats.Msg) uint64 {
	if m.Header == nil {
		return 0
	}
	n, _ := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	return n
}
