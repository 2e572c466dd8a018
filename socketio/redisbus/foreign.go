package redisbus

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A foreign question is one of a server of Node that this server has to answer in Node's words.
type foreign struct {
	request
	namespace string
	acks      int // of clients that are still to come; -1: not told yet
	until     time.Time
}

// mostForeign questions are answered at a time; those that are put while there are so many aren't.
const mostForeign = 10_000

// unnamed asks in a server's place that doesn't say its name, so that the answer is for somebody.
const unnamed = "unnamed"

// foreignPatience is how long the answer to a question may take that doesn't say it.
const foreignPatience = time.Minute

// sweepTime is how often such questions are forgotten.
const sweepTime = 5 * time.Second

// note gives a question an id of ours, by which the server answers.
func (l *classic) note(q *request, m *socketio.BusMessage) {
	f := &foreign{request: *q, namespace: m.Namespace, acks: -1, until: time.Now().Add(max(m.Timeout, foreignPatience))}
	f.Packet, f.Data = nil, nil
	id := cluster.NewID()
	if m.From == "" {
		m.From = unnamed
	}
	l.mu.Lock()
	l.forget(time.Now())
	full := len(l.foreign) >= mostForeign
	if !full {
		l.foreign[id] = f
	}
	l.mu.Unlock()
	switch {
	case full:
		l.bus.Skip()
	case q.Type == typeJoin || q.Type == typeLeave || q.Type == typeDisconnect:
		// Whoever has the socket says that it is done.
		l.bus.Made(&socketio.BusMessage{
			Kind: socketio.BusLen, From: m.From, Namespace: m.Namespace, Rooms: []string{q.SID}, Request: id,
		})
	default:
		m.Request = id
	}
}

// forget drops questions that nobody waits for any more. It needs mu.
func (l *classic) forget(now time.Time) {
	if now.Sub(l.swept) < sweepTime {
		return
	}
	l.swept = now
	for id, f := range l.foreign {
		if now.After(f.until) {
			delete(l.foreign, id)
		}
	}
}

// answerForeign returns no channel where Node's servers say nothing, either: of handlers that there
// aren't and of clients that don't answer.
func (l *classic) answerForeign(m *socketio.BusMessage) (channel string, payload []byte, err error) {
	f := l.question(m)
	if f == nil {
		return "", nil, cluster.ErrOurs
	}
	if payload, err = f.answer(m); err != nil || payload == nil {
		return "", nil, err
	}
	if f.UID == "" {
		return l.response(f.namespace), payload, nil
	}
	return l.responseTo(f.namespace, f.UID), payload, nil
}

// question finds what m answers, and forgets it with the last answer.
func (l *classic) question(m *socketio.BusMessage) *foreign {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.foreign[m.Request]
	switch {
	case f == nil:
		return nil
	case f.Type != typeEmit:
		delete(l.foreign, m.Request)
	case m.Kind == socketio.BusCount:
		f.acks = m.Count
	case m.Kind == socketio.BusAck:
		f.acks--
	}
	if f.acks == 0 {
		delete(l.foreign, m.Request)
	}
	return f
}

// answer returns nil when there is nothing to say.
func (f *foreign) answer(m *socketio.BusMessage) ([]byte, error) {
	var attachments [][]byte
	reply := map[string]any{"requestId": f.RequestID}
	switch {
	case m.Failure != "" && m.Kind != socketio.BusCount:
		return nil, nil
	case m.Kind == socketio.BusSockets && f.Type == typeFetch:
		sockets, err := adapter.NodeSockets(m.Sockets, &attachments)
		if err != nil {
			return nil, err
		}
		reply["sockets"] = sockets
	case m.Kind == socketio.BusSockets && f.Type == typeSockets:
		ids := []string{}
		for _, info := range m.Sockets {
			ids = append(ids, info.ID)
		}
		reply["sockets"] = ids
	case m.Kind == socketio.BusSockets:
		rooms := []string{}
		for _, info := range m.Sockets {
			rooms = append(rooms, info.Rooms...)
		}
		slices.Sort(rooms)
		reply["rooms"] = slices.Compact(rooms)
	case m.Kind == socketio.BusServerAnswer:
		value, binary, err := adapter.First(m.Args)
		if err != nil {
			return nil, err
		}
		reply["type"] = typeServerEmit
		if value != nil {
			reply["data"] = json.RawMessage(value)
		}
		attachments = binary
	case m.Kind == socketio.BusCount && f.Type == typeEmit:
		reply["type"], reply["clientCount"] = typeCount, m.Count
	case m.Kind == socketio.BusCount && m.Count == 0:
		return nil, nil // another server has the socket
	case m.Kind == socketio.BusAck:
		value, binary, err := adapter.First(m.Args)
		if err != nil {
			return nil, err
		}
		reply["type"] = typeAck
		if value != nil {
			reply["packet"] = json.RawMessage(value)
		}
		attachments = binary
	}
	text, err := json.Marshal(reply)
	if err != nil || len(attachments) == 0 && m.Kind != socketio.BusAck {
		return text, err
	}
	return adapter.Pack(text, attachments), nil
}
