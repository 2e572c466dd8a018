package natsbus

import (
	"context"
	"encoding/json"
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
	within := func() (last uint64, err error) {
		info, err := s.events.Info(ctx)
		if err != nil {
			return 0, fmt.Errorf("natsbus: look at the stream: %w", err)
		}
		if after+1 < info.State.FirstSeq || after > info.State.LastSeq || info.Created.UnixMilli() != s.era {
			return 0, socketio.ErrOffset
		}
		return info.State.LastSeq, nil
	}
	last, err := within()
	if err != nil {
		return nil, err
	}
	r := &reader{line: b.line, stream: s, namespace: namespace, next: after + 1, pieces: pieces{most: b.line.maxMessage}}
	list, err := r.read(ctx, last, n)
	if err != nil {
		return nil, fmt.Errorf("natsbus: read the stream: %w", err)
	}
	_, err = within() // it may have been dropped meanwhile
	return list, err
}

// A reader reads the events of a namespace.
type reader struct {
	*line
	stream    *stream
	namespace string
	next      uint64
	pieces    pieces
}

// readBatch is how many messages are asked for at once.
const readBatch = 500

// read returns at most n events, up to the last one of the stream.
func (r *reader) read(ctx context.Context, last uint64, n int) (list []*socketio.BusMessage, err error) {
	inbox := r.conn.NewInbox()
	sub, err := r.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	for r.next <= last && len(list) < n {
		question, err := json.Marshal(map[string]any{
			"seq": r.next, "batch": readBatch, "max_bytes": 4 << 20, "next_by_subj": r.logged(".log.", token(r.namespace), "*"),
		})
		if err != nil {
			return nil, err
		}
		if err := r.conn.PublishRequest("$JS.API.DIRECT.GET."+r.log.name("_events"), inbox, question); err != nil {
			return nil, err
		}
		more, err := r.batch(ctx, sub, &list, n)
		if err != nil || !more {
			return list, err
		}
	}
	return list, nil
}

// batch takes the answers to one question, and reports whether there are more.
func (r *reader) batch(ctx context.Context, sub *nats.Subscription, list *[]*socketio.BusMessage, n int) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return false, err
		}
		switch status := m.Header.Get("Status"); status {
		case "":
		case "204":
			return m.Header.Get("Nats-Num-Pending") != "0", nil
		case "404":
			return false, nil
		default:
			return false, fmt.Errorf("NATS answers %s %s", status, m.Header.Get("Description"))
		}
		at := sequenceOf(m)
		if at < r.next {
			return false, errors.New("a message has no place in the stream")
		}
		r.next = at + 1
		if found := r.event(m.Data); found != nil && len(*list) < n {
			found.Offset = r.log.offset(at)
			*list = append(*list, found)
		}
	}
}

// event is what a message holds, nil when that is none or isn't whole. Receive has warned of what
// can't be read.
func (r *reader) event(payload []byte) *socketio.BusMessage {
	run, rest, err := split(payload)
	if err == nil && rest[0] == '+' {
		var whole []byte
		if whole, err = r.pieces.add(run, rest[1:]); err != nil || whole == nil {
			return nil
		}
		_, rest, err = split(whole)
	}
	if err != nil {
		return nil
	}
	m, err := decode(rest)
	if err != nil || !kept(m) || m.Namespace != r.namespace {
		return nil
	}
	return m
}
