package natsbus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/socketio"
)

// offset is when the stream was made, and where an event stands in it.
func (g *eventLog) offset(n uint64) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stream == nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", g.stream.era, n)
}

// current is the stream while NATS can be reached.
func (b *StreamBus) current() (*stream, error) {
	if err := b.engine.Health(); err != nil {
		return nil, err
	}
	b.log.mu.Lock()
	defer b.log.mu.Unlock()
	return b.log.stream, nil
}

// Since implements socketio.EventLog.
func (b *StreamBus) Since(ctx context.Context, namespace, offset string, n int) ([]*socketio.BusMessage, error) {
	s, err := b.current()
	if err != nil {
		return nil, err
	}
	era, text, _ := strings.Cut(offset, "-")
	after, err := strconv.ParseUint(text, 10, 64)
	if err != nil || era != strconv.FormatInt(s.era, 10) {
		return nil, socketio.ErrOffset
	}
	within := func() (first, last uint64, err error) {
		info, err := s.events.Info(ctx)
		if err != nil {
			return 0, 0, fmt.Errorf("natsbus: look at the stream: %w", err)
		}
		if after+1 < info.State.FirstSeq || after > info.State.LastSeq || info.Created.UnixMilli() != s.era {
			return 0, 0, socketio.ErrOffset
		}
		return info.State.FirstSeq, info.State.LastSeq, nil
	}
	first, last, err := within()
	if err != nil {
		return nil, err
	}
	if n <= 0 {
		return nil, nil
	}
	list, err := b.newReader(namespace, after, after+1).read(ctx, last, n)
	if errors.Is(err, errMiddle) {
		// An offset may stand between the pieces of another event: the others are before it.
		next := max(first, after+1-min(after, lookBack))
		list, err = b.newReader(namespace, after, next).read(ctx, last, n)
	}
	if errors.Is(err, errMiddle) || errors.Is(err, errPieces) {
		return nil, socketio.ErrOffset
	}
	if err != nil {
		return nil, fmt.Errorf("natsbus: read the stream: %w", err)
	}
	if _, _, err := within(); err != nil { // it may have been dropped meanwhile
		return nil, err
	}
	return list, nil
}

// lookBack is how many messages before an offset are read for the beginning of an event.
const lookBack = 1000

var errMiddle = errors.New("natsbus: an event began before what is read")

func (b *StreamBus) newReader(namespace string, after, next uint64) *reader {
	return &reader{
		line: b.line, namespace: namespace, after: after, next: next,
		pieces: pieces{most: b.line.maxMessage}, known: make(map[string]bool),
	}
}

// A reader reads the events of a namespace.
type reader struct {
	*line
	namespace string
	after     uint64 // what ends up to here isn't asked for
	next      uint64
	pieces    pieces
	known     map[string]bool // runs of which the beginning of a message came
}

// read returns at most n events, up to the last one of the stream.
func (r *reader) read(ctx context.Context, last uint64, n int) (list []*socketio.BusMessage, err error) {
	err = r.scan(ctx, r.logged(".log.", token(r.namespace), "*"), r.next, last, func(at uint64, m *nats.Msg) (enough bool, err error) {
		found, err := r.event(m.Data)
		if at <= r.after {
			return false, nil
		}
		if found != nil {
			found.Offset = r.log.offset(at)
			list = append(list, found)
		}
		return len(list) == n, err
	})
	return list, err
}

// event is what a message holds, nil when that is none or isn't whole. Receive has warned of what
// can't be read. The error is of an event that may be whole, but not for this reader.
func (r *reader) event(payload []byte) (*socketio.BusMessage, error) {
	run, rest, err := split(payload)
	if err != nil {
		return nil, nil
	}
	if rest[0] == '+' {
		whole, err := r.pieces.add(run, rest[1:])
		switch {
		case errors.Is(err, errPieces):
			return nil, err
		case err == nil && whole == nil && r.pieces.of[run] == nil && !r.known[run]:
			return nil, errMiddle
		}
		r.known[run] = true
		if err != nil || whole == nil {
			return nil, nil
		}
		if _, rest, err = split(whole); err != nil {
			return nil, nil
		}
	}
	r.known[run] = true
	m, err := decode(rest)
	if err != nil || !kept(m) || m.Namespace != r.namespace {
		return nil, nil
	}
	return m, nil
}
