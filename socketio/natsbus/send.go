package natsbus

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// Send implements cluster.Link. NATS confirms nothing of what is published, but answers a ping
// behind it.
func (k *link) Send(ctx context.Context, frames []*cluster.Frame) error {
	// What is published while the client connects again waits in it, and comes later.
	if err := k.connected(); err != nil {
		return err
	}
	if k.stream != nil {
		return k.keep(ctx, frames)
	}
	return k.say(ctx, frames)
}

// say publishes what nobody keeps.
func (k *link) say(ctx context.Context, frames []*cluster.Frame) error {
	return k.deliver(ctx, frames, func(_ *cluster.Frame, subject string, p []byte) error { return k.conn.Publish(subject, p) })
}

// deliver calls send for all frames, in pieces if it has to, and waits until NATS has them.
func (k *link) deliver(ctx context.Context, frames []*cluster.Frame, send func(f *cluster.Frame, subject string, p []byte) error) error {
	before := k.conn.LastError()
	subjects := make([]string, len(frames))
	for i, f := range frames {
		subjects[i] = k.subject(f)
		f.Err = k.publish(f.Payload, func(p []byte) error { return send(f, subjects[i], p) })
	}
	if err := k.flush(ctx); err != nil {
		return err
	}
	k.judge(frames, subjects, before)
	return nil
}

// publish hands on a payload, in pieces if it has to.
func (l *line) publish(payload []byte, send func([]byte) error) error {
	most := int(l.conn.MaxPayload())
	if len(payload) <= most {
		return send(payload)
	}
	l.cutting.Lock() // the pieces of a run come one message behind the other
	defer l.cutting.Unlock()
	return cut(payload, l.runOf(), l.messages.Add(1), most, send)
}

// judge finds out what NATS refused: it says that beside the answers, and the client keeps the last
// one.
func (k *link) judge(frames []*cluster.Frame, subjects []string, before error) {
	err := k.conn.LastError()
	subject := ""
	if err != before && errors.Is(err, nats.ErrPermissionViolation) {
		subject = subjectOf(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, f := range frames {
		switch {
		case subjects[i] == subject:
			f.Err = err
			if k.refused == nil {
				k.refused = make(map[string]error)
			}
			k.refused[subject] = fmt.Errorf("natsbus: publish: %w", err)
		case len(k.refused) > 0:
			delete(k.refused, subjects[i])
		}
	}
}

// refusal is something that NATS refuses to take.
func (l *line) refusal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, err := range l.refused {
		return err
	}
	return nil
}

func (l *line) forgive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.refused)
}

var quoted = regexp.MustCompile(`"(\S+)"`)

// subjectOf is the subject of which an error of NATS speaks.
func subjectOf(err error) string {
	if found := quoted.FindStringSubmatch(err.Error()); found != nil {
		return found[1]
	}
	return ""
}

// Present implements cluster.Link. A server of NATS says at once when nobody hears a question. Who
// is asked doesn't answer.
func (k *link) Present(ctx context.Context, names, namespaces []string) (there cluster.Presence, err error) {
	if len(names) == 0 || namespaces != nil || !k.conn.HeadersSupported() {
		return there, nil
	}
	k.round++
	reply := k.nobody(k.bus.Run()) + "." + strconv.Itoa(k.round) + "."
	for i, name := range names {
		if err := k.conn.PublishRequest(k.server(name), reply+strconv.Itoa(i), nil); err != nil {
			return there, fmt.Errorf("natsbus: ask who is there: %w", err)
		}
	}
	if err := k.flush(ctx); err != nil {
		return there, err
	}
	there.Gone = make(map[string]bool)
	for len(k.absent) > 0 {
		m := <-k.absent
		of, ok := strings.CutPrefix(m.Subject, reply)
		i, err := strconv.Atoi(of)
		if ok && err == nil && i >= 0 && i < len(names) && m.Header.Get("Status") == noResponders {
			there.Gone[names[i]] = true
		}
	}
	return there, nil
}

const noResponders = "503"
