package redisbus

import (
	"strings"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// Read implements cluster.Line.
func (l *classic) Read(a cluster.Arrival) (*socketio.BusMessage, error) {
	if rest, ok := strings.CutPrefix(a.Channel, l.key+"#"); ok {
		return l.readEvent(rest, a.Payload)
	}
	if rest, ok := strings.CutPrefix(a.Channel, l.key+"-request#"); ok {
		return l.readRequest(strings.TrimSuffix(rest, "#"), a.Payload)
	}
	if rest, ok := strings.CutPrefix(a.Channel, l.key+"-response#"); ok {
		if !l.bus.Awaits() {
			return nil, nil // of a question of another server
		}
		namespace, _ := namespaceOf(rest, l.bus.Has)
		return decodeAnswer(a.Payload, namespace)
	}
	return nil, nil
}

func (l *classic) readEvent(rest string, payload []byte) (*socketio.BusMessage, error) {
	namespace, ok := namespaceOf(rest, l.bus.Has)
	if !ok {
		return nil, nil
	}
	if senderOf(payload) == l.bus.Server().Name {
		return nil, nil
	}
	m, err := adapter.ReadEvent(payload)
	if err != nil {
		return nil, err
	}
	if m.Namespace != namespace && !strings.HasPrefix(rest, m.Namespace+"#") {
		return nil, nil // of one whose name begins like that
	}
	return m, nil
}

func (l *classic) readRequest(namespace string, payload []byte) (*socketio.BusMessage, error) {
	q, attachments, err := decodeRequest(payload)
	// One of Node that asks counts those that have the namespace, so the others don't answer.
	if err != nil || q.UID == l.bus.Server().Name || !l.bus.Has(namespace) && q.Ours == nil {
		return nil, err
	}
	m, err := q.order(namespace, attachments)
	if err == nil && q.Ours == nil && q.asks() {
		l.note(&q, m)
	}
	return m, err
}
