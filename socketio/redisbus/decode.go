package redisbus

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
)

// senderOf is who says that it sent an event, without reading the rest.
func senderOf(payload []byte) string {
	r := adapter.Reader{Rest: payload}
	if _, err := r.Array(); err != nil {
		return ""
	}
	name, _ := r.Text()
	return name
}

// plain is JSON, whatever the payload is.
func plain(payload []byte) (text []byte, attachments [][]byte, err error) {
	if len(payload) > 0 && payload[0] == '{' {
		return payload, nil, nil
	}
	return adapter.Unpack(payload)
}

// decodeRequest reads a request. What it is for the server is up to its type.
func decodeRequest(payload []byte) (q request, attachments [][]byte, err error) {
	text, attachments, err := plain(payload)
	if err != nil {
		return q, nil, err
	}
	if err := json.Unmarshal(text, &q); err != nil {
		return q, nil, err
	}
	return q, attachments, nil
}

// order makes a message of a request.
func (q *request) order(namespace string, attachments [][]byte) (m *socketio.BusMessage, err error) {
	m = &socketio.BusMessage{From: q.UID, Namespace: namespace}
	if q.Opts != nil {
		q.Opts.Set(m)
	} else if q.SID != "" {
		m.Rooms = []string{q.SID}
	}
	if q.Ours != nil {
		_, m.Request = adapter.QuestionOf(q.RequestID)
		m.Timeout = q.Ours.Timeout
	}
	if q.Rooms != nil {
		m.Change = *q.Rooms
	} else if q.Room != "" {
		m.Change = []string{q.Room}
	}
	switch q.Type {
	case typeSockets, typeRooms, typeFetch, typeEmit:
		if q.RequestID == "" {
			return nil, errors.New("a question without an id")
		}
	}
	everybody := q.Opts == nil && q.SID == ""
	switch q.Type {
	case typeSockets:
		m.Kind, m.Rooms, m.Change = socketio.BusFetch, m.Change, nil
	case typeRooms:
		m.Kind = socketio.BusFetch
	case typeFetch:
		if q.Opts == nil {
			return nil, errors.New("a question that names no sockets")
		}
		m.Kind, m.Change = socketio.BusFetch, nil
		if q.Ours != nil && q.Ours.Count {
			m.Kind = socketio.BusLen
		}
	case typeJoin, typeLeave, typeDisconnect:
		// What names nobody must not become an order to all.
		if everybody {
			return nil, errors.New("an order that names no sockets")
		}
		m.Kind = map[int]socketio.BusKind{typeJoin: socketio.BusJoin, typeLeave: socketio.BusLeave, typeDisconnect: socketio.BusDisconnect}[q.Type]
		m.Whole = q.Close != nil && *q.Close
	case typeServerEmit:
		m.Kind = socketio.BusServerEmit
		m.Event, m.Args, err = adapter.EventOf(q.Data, attachments)
	case typeEmit:
		if q.Opts == nil || q.Packet == nil || q.Packet.NSP != "" && q.Packet.NSP != namespace {
			return nil, errors.New("no packet of the namespace")
		}
		m.Kind = socketio.BusEmit
		m.Event, m.Args, err = adapter.EventOf(q.Packet.Data, attachments)
	default:
		return nil, fmt.Errorf("a request of the unknown type %d", q.Type)
	}
	return m, err
}

// asks reports whether the asker waits for an answer.
func (q *request) asks() bool {
	if q.RequestID == "" {
		return false
	}
	return q.Type != typeJoin && q.Type != typeLeave && q.Type != typeDisconnect || q.SID != ""
}

// An answer is what servers of Node say on the channels of responses.
type answer struct {
	RequestID   string            `json:"requestId"`
	Type        *int              `json:"type,omitempty"`
	Sockets     []json.RawMessage `json:"sockets,omitempty"`
	Data        json.RawMessage   `json:"data,omitempty"`
	ClientCount float64           `json:"clientCount,omitempty"`
	Packet      json.RawMessage   `json:"packet,omitempty"`
}

// decodeAnswer returns nil for what is no answer to one of us.
func decodeAnswer(payload []byte, namespace string) (m *socketio.BusMessage, err error) {
	text, attachments, err := plain(payload)
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, err
	}
	kind, id := adapter.QuestionOf(a.RequestID)
	m = &socketio.BusMessage{Namespace: namespace, Request: id}
	argument := func(value json.RawMessage) {
		if value == nil {
			return
		}
		m.Args, err = adapter.ArgsOf(slices.Concat([]byte{'['}, value, []byte{']'}), attachments)
	}
	switch {
	case kind == socketio.BusFetch && a.Sockets != nil:
		m.Kind = socketio.BusSockets
		for _, value := range a.Sockets {
			info, err := adapter.SocketOf(value, attachments)
			if err != nil {
				return nil, err
			}
			m.Sockets = append(m.Sockets, info)
		}
	case kind == socketio.BusLen && a.Sockets != nil:
		m.Kind, m.Count = socketio.BusCount, len(a.Sockets)
	case kind == socketio.BusServerEmit:
		m.Kind = socketio.BusServerAnswer
		argument(a.Data)
	case kind == socketio.BusEmit && a.Type != nil && *a.Type == typeCount:
		if a.ClientCount < 0 || a.ClientCount > 1<<30 {
			return nil, fmt.Errorf("%g clients", a.ClientCount)
		}
		m.Kind, m.Count = socketio.BusCount, int(a.ClientCount)
	case kind == socketio.BusEmit && a.Type != nil && *a.Type == typeAck:
		m.Kind = socketio.BusAck
		argument(a.Packet)
	default:
		return nil, nil
	}
	return m, err
}
