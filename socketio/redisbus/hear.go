package redisbus

import (
	"strings"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// hear makes of an arrival what it is for the server.
func (b *Bus) hear(a arrival) {
	m := a.made
	if m == nil {
		var err error
		if m, err = b.read(a); err != nil {
			b.skipped.Add(1)
			m = &socketio.BusMessage{Failure: "redisbus: " + err.Error() + ", on " + short(a.channel)}
		}
	}
	if m != nil {
		b.server.Receive(m)
	}
}

func short(text string) string {
	if len(text) > 100 {
		return strings.ToValidUTF8(text[:100], "") + "…"
	}
	return text
}

// read returns nil for what isn't for this server.
func (b *Bus) read(a arrival) (*socketio.BusMessage, error) {
	payload := []byte(a.payload)
	if a.channel == b.channels.member(b.server.Name) {
		return decodeOurs(payload)
	}
	if rest, ok := strings.CutPrefix(a.channel, b.channels.key+"#"); ok {
		return b.readEvent(rest, payload)
	}
	if rest, ok := strings.CutPrefix(a.channel, b.channels.key+"-request#"); ok {
		return b.readRequest(strings.TrimSuffix(rest, "#"), payload)
	}
	if rest, ok := strings.CutPrefix(a.channel, b.channels.key+"-response#"); ok {
		if b.asked.Load() < time.Now().UnixNano() {
			return nil, nil // of a question of another server
		}
		namespace, _ := namespaceOf(rest, b.has)
		return decodeAnswer(payload, namespace)
	}
	return nil, nil
}

func (b *Bus) readEvent(rest string, payload []byte) (*socketio.BusMessage, error) {
	namespace, ok := namespaceOf(rest, b.has)
	if !ok {
		return nil, nil
	}
	if senderOf(payload) == b.server.Name {
		return nil, nil
	}
	m, err := decodeEvent(payload)
	if err != nil {
		return nil, err
	}
	if m.Namespace != namespace && !strings.HasPrefix(rest, m.Namespace+"#") {
		return nil, nil // of one whose name begins like that
	}
	return m, nil
}

func (b *Bus) readRequest(namespace string, payload []byte) (*socketio.BusMessage, error) {
	q, attachments, err := decodeRequest(payload)
	// One of Node that asks counts those that have the namespace, so the others don't answer.
	if err != nil || q.UID == b.server.Name || !b.has(namespace) && q.Ours == nil {
		return nil, err
	}
	m, err := q.order(namespace, attachments)
	if err == nil && q.Ours == nil && q.asks() {
		b.note(&q, m)
	}
	return m, err
}
