package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
)

// How much is asked for at once.
const (
	scanMessages = 500
	scanBytes    = 4 << 20
)

// scan calls f for the messages of the stream on some subjects, from one place to another one,
// until f has enough.
func (l *line) scan(ctx context.Context, subjects string, next, last uint64, f func(at uint64, m *nats.Msg) (enough bool, err error)) error {
	inbox := l.conn.NewInbox()
	sub, err := l.conn.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }()
	for more := true; more && next <= last; {
		question, err := json.Marshal(map[string]any{"seq": next, "batch": scanMessages, "max_bytes": scanBytes, "next_by_subj": subjects})
		if err != nil {
			return err
		}
		if err := l.conn.PublishRequest("$JS.API.DIRECT.GET."+l.log.name("_events"), inbox, question); err != nil {
			return err
		}
		if more, err = l.answers(ctx, sub, &next, f); err != nil {
			return err
		}
	}
	return nil
}

// answers takes those to one question, and reports whether there are more.
func (l *line) answers(ctx context.Context, sub *nats.Subscription, next *uint64, f func(uint64, *nats.Msg) (bool, error)) (more bool, err error) {
	for {
		m, err := l.answer(ctx, sub)
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
		if at < *next {
			return false, errors.New("a message has no place in the stream")
		}
		*next = at + 1
		if enough, err := f(at, m); enough || err != nil {
			return false, err
		}
	}
}

func (l *line) answer(ctx context.Context, sub *nats.Subscription) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return sub.NextMsgWithContext(ctx)
}
