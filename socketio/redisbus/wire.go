package redisbus

import (
	"encoding/json"
	"fmt"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
)

// The kinds of requests and answers of the official adapter.
const (
	typeSockets    = 0
	typeRooms      = 1
	typeJoin       = 2
	typeLeave      = 3
	typeDisconnect = 4
	typeFetch      = 5
	typeServerEmit = 6
	typeEmit       = 7 // with acks
	typeCount      = 8
	typeAck        = 9
)

// A request is what is said on the channel of requests, as JSON, or as msgpack where there is
// binary in it. The official adapter tells the two by the first byte.
type request struct {
	UID       string             `json:"uid,omitempty"`
	RequestID string             `json:"requestId,omitempty"`
	Type      int                `json:"type"`
	Packet    *event             `json:"packet,omitempty"`
	Opts      *adapter.Targets   `json:"opts,omitempty"`
	Rooms     *adapter.Texts     `json:"rooms,omitempty"`
	Close     *bool              `json:"close,omitempty"`
	Data      json.RawMessage    `json:"data,omitempty"`
	SID       string             `json:"sid,omitempty"`  // of older adapters, for Opts
	Room      string             `json:"room,omitempty"` // and for Rooms
	Ours      *adapter.Extension `json:"madang,omitempty"`
}

// An event is a packet.
type event struct {
	Type int             `json:"type"`
	Data json.RawMessage `json:"data"`
	NSP  string          `json:"nsp"`
}

// encodeRequest writes what isn't an event without acks. The wire's id begins with a letter for the
// kind of answer that is waited for: Node's servers send it back and say no more of it.
func encodeRequest(m *socketio.BusMessage, uid string) ([]byte, error) {
	opts := adapter.TargetsOf(m)
	q := request{UID: uid, Opts: opts}
	if m.Request != "" {
		q.RequestID = adapter.IDOf(m)
		q.Ours = &adapter.Extension{Timeout: m.Timeout}
	}
	var attachments [][]byte
	var err error
	switch m.Kind {
	case socketio.BusJoin:
		q.Type, q.Rooms = typeJoin, (*adapter.Texts)(&m.Change)
	case socketio.BusLeave:
		q.Type, q.Rooms = typeLeave, (*adapter.Texts)(&m.Change)
	case socketio.BusDisconnect:
		q.Type, q.Close = typeDisconnect, &m.Whole
	case socketio.BusFetch:
		q.Type = typeFetch
	case socketio.BusLen:
		q.Type, q.Ours.Count = typeFetch, true
	case socketio.BusServerEmit:
		q.Type, q.Opts = typeServerEmit, nil
		q.Data, attachments, err = adapter.EventArray(m.Event, m.Args)
	case socketio.BusEmit:
		q.Type, opts.Flags = typeEmit, adapter.FlagsOf(m)
		q.Packet = &event{Type: int(socketio.PacketEvent), NSP: m.Namespace}
		q.Packet.Data, attachments, err = adapter.EventArray(m.Event, m.Args)
	default:
		return nil, fmt.Errorf("a message of the unknown kind %d", m.Kind)
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(q)
	if err != nil || len(attachments) == 0 && m.Kind != socketio.BusEmit {
		return text, err
	}
	return adapter.Pack(text, attachments), nil
}
