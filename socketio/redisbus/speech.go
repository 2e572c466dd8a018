package redisbus

import (
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// speech is what sharded pub/sub and streams have in common: the messages of the official cluster
// adapters, on one channel of each namespace, and on one of each server in it for answers.
//
// A question of ours goes out twice: to all of ours, as each of them has to answer, also without
// the namespace; and on the channel of the namespace, where ours don't look at it.
type speech struct {
	channels
	bus       *cluster.Bus
	heartbeat time.Duration
	questions adapter.Questions
}

// Direct implements cluster.Line.
func (l *speech) Direct(name string) string {
	if name == "" {
		return l.members()
	}
	return l.member(name)
}

// always are the channels that are heard without any namespace.
func (l *speech) always() []string {
	return []string{l.members(), l.member(l.bus.Server().Name), l.asked()}
}

// inNamespace are the channels of a namespace: that of all, that of answers, and that by which ours
// are told from others.
func (l *speech) inNamespace(namespace string) []string {
	return []string{l.event(namespace, nil), l.event(namespace, []string{l.bus.Server().Name}), l.ours(namespace)}
}

// say makes a message of the official adapters, and nil of what nobody waits for. The channel is
// that of an answer.
func (l *speech) say(m *socketio.BusMessage) (out *adapter.Message, channel string, err error) {
	uid := l.bus.Server().Name
	if m.To == "" {
		out, err = adapter.Encode(m, uid)
		return out, "", err
	}
	q, ok := l.questions.Answered(m)
	if !ok {
		return nil, "", cluster.ErrOurs
	}
	out, err = q.Answer(m, uid)
	return out, l.event(q.NSP, []string{q.UID}), err
}

// A parcel is what a frame has beside its channel.
type parcel struct {
	beside *cluster.Frame // it is sent before the frame
	stream string         // with which the frame is in order
	entry  []any          // it is kept in the stream; nil: it isn't
	id     string         // of the entry
	tried  bool           // it may be there
}

func parcelOf(f *cluster.Frame) *parcel {
	p, _ := f.Value.(*parcel)
	return p
}

// forOurs is what is sent beside a question.
func (l *speech) forOurs(question []byte) *cluster.Frame {
	return &cluster.Frame{Channel: l.asked(), Payload: question}
}

// read makes a message of what came on a channel.
func (l *speech) read(a cluster.Arrival) (*socketio.BusMessage, error) {
	e, err := adapter.Open(a.Payload)
	if err != nil {
		return nil, err
	}
	return l.take(e, a.Channel == l.asked())
}

// take makes a message of an envelope, which came on the channel of ours or on another one.
func (l *speech) take(e adapter.Envelope, ours bool) (*socketio.BusMessage, error) {
	if e.UID == l.bus.Server().Name || !ours && !l.bus.Has(e.NSP) {
		return nil, nil
	}
	m, asked, err := e.Read()
	if err != nil || m == nil {
		return nil, err
	}
	if e.Type.Answers() {
		m.From = "" // servers that the broker doesn't name are asked so
	}
	isOurs := asked == nil && m.Request != "" && !e.Type.Answers()
	switch {
	case isOurs != ours:
		return nil, nil // a question that comes on the other channel, too
	case asked != nil:
		l.ask(asked, m)
	}
	return m, nil
}

// ask notes a question of a server of Node.
func (l *speech) ask(q *adapter.Question, m *socketio.BusMessage) {
	id, ok := l.questions.Add(*q, m.Timeout, q.Type == adapter.TypeEmit)
	if !ok {
		l.bus.Skip()
	}
	m.Request = id
}
