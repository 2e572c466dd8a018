package redisbus

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/madang-chat/madang/socketio"
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
	UID       string          `json:"uid,omitempty"`
	RequestID string          `json:"requestId,omitempty"`
	Type      int             `json:"type"`
	Packet    *event          `json:"packet,omitempty"`
	Opts      *targets        `json:"opts,omitempty"`
	Rooms     *texts          `json:"rooms,omitempty"`
	Close     *bool           `json:"close,omitempty"`
	Data      json.RawMessage `json:"data,omitempty"`
	SID       string          `json:"sid,omitempty"`  // of older adapters, for Opts
	Room      string          `json:"room,omitempty"` // and for Rooms
	Ours      *extension      `json:"madang,omitempty"`
}

// An event is a packet.
type event struct {
	Type int             `json:"type"`
	Data json.RawMessage `json:"data"`
	NSP  string          `json:"nsp"`
}

type targets struct {
	Rooms  texts  `json:"rooms"`
	Except texts  `json:"except"`
	Flags  *flags `json:"flags,omitempty"`
}

// flags are those of the official server, and one that it ignores.
type flags struct {
	Volatile bool    `json:"volatile,omitempty"`
	Compress *bool   `json:"compress,omitempty"`
	Timeout  float64 `json:"timeout,omitempty"` // in milliseconds
	Slot     string  `json:"latest,omitempty"`
}

// An extension says that the request is of this package, whose servers answer each other in full.
type extension struct {
	Timeout time.Duration `json:"timeout,omitempty"`
	Count   bool          `json:"count,omitempty"` // of a fetch: how many sockets is enough
}

// texts are names of rooms, which may be numbers in JavaScript.
type texts []string

func (t texts) MarshalJSON() ([]byte, error) {
	if t == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]string(t))
}

func (t *texts) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*t = make(texts, len(list))
	for i, value := range list {
		if json.Unmarshal(value, &(*t)[i]) == nil {
			continue
		}
		var number json.Number
		if err := json.Unmarshal(value, &number); err != nil {
			return fmt.Errorf("%.20q is no name of a room", value)
		}
		(*t)[i] = number.String()
	}
	return nil
}

// encodeEvent writes the array [uid, packet, opts].
func encodeEvent(m *socketio.BusMessage, uid string) ([]byte, error) {
	data, attachments, err := eventArray(m.Event, m.Args)
	if err != nil {
		return nil, err
	}
	opts := targetsOf(m)
	opts.Flags = flagsOf(m)
	text, err := json.Marshal([]any{uid, event{Type: int(socketio.PacketEvent), Data: data, NSP: m.Namespace}, opts})
	if err != nil {
		return nil, err
	}
	return pack(text, attachments)
}

func targetsOf(m *socketio.BusMessage) targets {
	return targets{Rooms: m.Rooms, Except: m.Except}
}

func flagsOf(m *socketio.BusMessage) *flags {
	f := &flags{Volatile: m.Latest, Slot: m.Slot, Timeout: float64(m.Timeout.Milliseconds())}
	if m.NoCompress {
		f.Compress = new(bool)
	}
	return f
}

// set is the reverse.
func (t targets) set(m *socketio.BusMessage) {
	m.Rooms, m.Except = t.Rooms, t.Except
	if f := t.Flags; f != nil {
		m.Latest, m.Slot = f.Volatile, f.Slot
		m.NoCompress = f.Compress != nil && !*f.Compress
		if f.Timeout > 0 && f.Timeout < float64(time.Hour.Milliseconds()) {
			m.Timeout = time.Duration(f.Timeout) * time.Millisecond
		}
	}
}

// encodeRequest writes what isn't an event without acks. The wire's id begins with a letter for the
// kind of answer that is waited for: Node's servers send it back and say no more of it.
func encodeRequest(m *socketio.BusMessage, uid string) ([]byte, error) {
	opts := targetsOf(m)
	q := request{UID: uid, Opts: &opts}
	if m.Request != "" {
		q.RequestID = idOf(m)
		q.Ours = &extension{Timeout: m.Timeout}
	}
	var attachments [][]byte
	var err error
	switch m.Kind {
	case socketio.BusJoin:
		q.Type, q.Rooms = typeJoin, (*texts)(&m.Change)
	case socketio.BusLeave:
		q.Type, q.Rooms = typeLeave, (*texts)(&m.Change)
	case socketio.BusDisconnect:
		q.Type, q.Close = typeDisconnect, &m.Whole
	case socketio.BusFetch:
		q.Type = typeFetch
	case socketio.BusLen:
		q.Type, q.Ours.Count = typeFetch, true
	case socketio.BusServerEmit:
		q.Type, q.Opts = typeServerEmit, nil
		q.Data, attachments, err = eventArray(m.Event, m.Args)
	case socketio.BusEmit:
		q.Type, opts.Flags = typeEmit, flagsOf(m)
		q.Packet = &event{Type: int(socketio.PacketEvent), NSP: m.Namespace}
		q.Packet.Data, attachments, err = eventArray(m.Event, m.Args)
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
	return pack(text, attachments)
}

// letters are what ids on the wire begin with, by the kind of question.
var letters = map[socketio.BusKind]byte{
	socketio.BusFetch: 'f', socketio.BusLen: 'c', socketio.BusServerEmit: 's', socketio.BusEmit: 'e',
}

func idOf(m *socketio.BusMessage) string { return string(letters[m.Kind]) + m.Request }

// questionOf is the reverse of idOf: the kind of question that an id belongs to.
func questionOf(id string) (kind socketio.BusKind, request string) {
	if len(id) != 1+16 {
		return 0, ""
	}
	for kind, letter := range letters {
		if id[0] == letter {
			return kind, id[1:]
		}
	}
	return 0, ""
}
