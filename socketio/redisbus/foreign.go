package redisbus

import (
	"encoding/json"
	"slices"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// unnamed asks in a server's place that doesn't say its name, so that the answer is for somebody.
const unnamed = "unnamed"

// note gives a question an id of ours, by which the server answers.
func (l *classic) note(q *request, m *socketio.BusMessage) {
	if m.From == "" {
		m.From = unnamed
	}
	of := adapter.Question{Type: adapter.Type(q.Type), UID: q.UID, NSP: m.Namespace, RequestID: q.RequestID}
	id, ok := l.questions.Add(of, m.Timeout, q.Type == typeEmit)
	switch {
	case !ok:
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

// answerForeign returns no channel where Node's servers say nothing, either: of handlers that there
// aren't and of clients that don't answer.
func (l *classic) answerForeign(m *socketio.BusMessage) (channel string, payload []byte, err error) {
	of, ok := l.questions.Answered(m)
	if !ok {
		return "", nil, cluster.ErrOurs
	}
	if payload, err = answerTo(of, m); err != nil || payload == nil {
		return "", nil, err
	}
	if of.UID == "" {
		return l.response(of.NSP), payload, nil
	}
	return l.responseTo(of.NSP, of.UID), payload, nil
}

// answerTo returns nil when there is nothing to say.
func answerTo(of adapter.Question, m *socketio.BusMessage) ([]byte, error) {
	var attachments [][]byte
	reply := map[string]any{"requestId": of.RequestID}
	switch {
	case m.Failure != "" && m.Kind != socketio.BusCount:
		return nil, nil
	case m.Kind == socketio.BusSockets && of.Type == typeFetch:
		sockets, err := adapter.NodeSockets(m.Sockets, &attachments)
		if err != nil {
			return nil, err
		}
		reply["sockets"] = sockets
	case m.Kind == socketio.BusSockets && of.Type == typeSockets:
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
	case m.Kind == socketio.BusCount && of.Type == typeEmit:
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
