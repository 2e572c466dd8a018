package natsbus

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A place is how far a server has read a stream.
type place struct {
	era int64  // of the stream; 0: it has read none
	n   uint64 // what was handed on last
}

// missedAt is where in the stream something stands that was said while this server was away.
type missedAt uint64

// begin reads a new stream from its beginning, but for the first one: what was said before this
// server came isn't for it.
func (g *eventLog) begin(s *stream) {
	switch g.at.era {
	case s.era:
	case 0:
		g.at = place{s.era, s.events.CachedInfo().State.LastSeq}
	default:
		g.at = place{era: s.era}
	}
}

// resume has what the stream has kept since the last session handed on, when there is any. What
// comes waits for it.
func (k *link) resume(ctx context.Context) error {
	k.log.begin(k.stream)
	looking, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	info, err := k.stream.events.Info(looking)
	if err != nil {
		return fmt.Errorf("natsbus: look at the stream: %w", err)
	}
	if first, last := max(k.log.at.n+1, info.State.FirstSeq), info.State.LastSeq; first <= last {
		k.caught = make(chan struct{})
		k.Go(func() { k.catchUp(ctx, first, last) })
	}
	return nil
}

func (k *link) catchUp(ctx context.Context, first, last uint64) {
	err := k.scan(ctx, k.prefix+".log.>", first, last, func(at uint64, m *nats.Msg) (enough bool, err error) {
		if at > last {
			return true, nil // it comes by itself
		}
		heard, needed := k.missed(m.Header.Get(jetstream.SubjectHeader))
		if needed {
			k.Put(cluster.Arrival{Channel: heard, Payload: m.Data, Value: missedAt(at)})
		}
		k.log.at.n = at // also when the session has ended meanwhile: what was put outlives it
		return false, ctx.Err()
	})
	if err != nil {
		k.Fail(fmt.Errorf("natsbus: read the stream: %w", err))
		return
	}
	k.log.at.n = max(k.log.at.n, last)
	close(k.caught)
}

// missed tells where this server would have heard what was kept on a subject, and whether it needs
// that: questions, on the subject of no namespace, are answered in their time or not at all.
func (k *link) missed(subject string) (heard string, needed bool) {
	rest, _ := strings.CutPrefix(subject, k.prefix+".log.")
	namespace, run, _ := strings.Cut(rest, ".")
	return k.logged(".ev.", namespace, run), namespace != nothing && k.entered(k.logged(".ev.", namespace, "*"))
}

// beats reports whether a message is a heartbeat, which doesn't wait for what was missed.
func (k *link) beats(m *nats.Msg) bool {
	return m.Subject == k.servers() || m.Subject == k.server(k.bus.Server().Name)
}
