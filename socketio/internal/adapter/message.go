package adapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/madang-chat/madang/socketio"
)

// A Type is what a message is about.
type Type int

const (
	TypeHello       Type = 1 // the first heartbeat, which the others answer with theirs
	TypeBeat        Type = 2
	TypeEmit        Type = 3 // with a requestId it wants TypeCount, then TypeAcks
	TypeJoin        Type = 4
	TypeLeave       Type = 5
	TypeDisconnect  Type = 6
	TypeFetch       Type = 7 // wants TypeSockets
	TypeSockets     Type = 8
	TypeServerEmit  Type = 9 // with a requestId it wants TypeServerReply
	TypeServerReply Type = 10
	TypeCount       Type = 11
	TypeAck         Type = 12
	TypeBye         Type = 13
)

// Answers reports whether it answers a question.
func (t Type) Answers() bool {
	return t == TypeSockets || t == TypeServerReply || t == TypeCount || t == TypeAck
}

// emitter is what emitters call themselves. They hear no answers.
const emitter = "emitter"

// A Message is one to be sent. Its data is JSON with placeholders for its attachments.
type Message struct {
	Type        Type
	UID, NSP    string
	data        []byte // nil: it has none
	attachments [][]byte
}

// Heartbeat makes a message of TypeHello, TypeBeat or TypeBye.
func Heartbeat(t Type, uid, nsp string) *Message { return &Message{Type: t, UID: uid, NSP: nsp} }

// HasBinary reports whether there is binary in the data, which JSON can't carry.
func (m *Message) HasBinary() bool { return len(m.attachments) > 0 }

var errBinary = errors.New("binary in what is to be JSON")

// JSON is the whole message.
func (m *Message) JSON() ([]byte, error) {
	if m.HasBinary() {
		return nil, errBinary
	}
	return m.whole()
}

// Msgpack is the whole message.
func (m *Message) Msgpack() ([]byte, error) {
	text, err := m.whole()
	if err != nil {
		return nil, err
	}
	return Pack(text, m.attachments), nil
}

// DataJSON is the data alone; nil: there is none.
func (m *Message) DataJSON() ([]byte, error) {
	if m.HasBinary() {
		return nil, errBinary
	}
	return m.data, nil
}

// DataMsgpack is the data alone; nil: there is none.
func (m *Message) DataMsgpack() []byte {
	if m.data == nil {
		return nil
	}
	return Pack(m.data, m.attachments)
}

// AttachmentHeader is what PostgreSQL brings in place of a message that it keeps, in full, under a
// number. Node's servers don't tell the namespace there.
func (m *Message) AttachmentHeader(number int64) ([]byte, error) {
	return marshal(struct {
		UID        string `json:"uid"`
		Type       Type   `json:"type"`
		Attachment string `json:"attachmentId"`
		NSP        string `json:"nsp"`
	}{m.UID, m.Type, strconv.FormatInt(number, 10), m.NSP})
}

// form is a message as JSON. Who reads it finds out whether it is for him before the data.
type form struct {
	Type Type            `json:"type"`
	UID  string          `json:"uid"`
	NSP  string          `json:"nsp"`
	Data json.RawMessage `json:"data,omitempty"`
}

func (m *Message) whole() ([]byte, error) { return marshal(form{m.Type, m.UID, m.NSP, m.data}) }

// marshal leaves texts as they are: json.Marshal escapes what is dangerous in HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// content is the data of all types.
type content struct {
	Packet      json.RawMessage   `json:"packet,omitempty"`
	Opts        *Targets          `json:"opts,omitempty"`
	RequestID   string            `json:"requestId,omitempty"`
	Rooms       *Texts            `json:"rooms,omitempty"`
	Close       *bool             `json:"close,omitempty"`
	Sockets     []json.RawMessage `json:"sockets,omitzero"`
	ClientCount *float64          `json:"clientCount,omitempty"`
	Ours        *Extension        `json:"madang,omitempty"`
}

// A packet of an event.
type packet struct {
	Type int             `json:"type"`
	Data json.RawMessage `json:"data"`
}

// Encode writes what is no answer. Uid is who sends it: the name of the server, or of an emitter.
func Encode(m *socketio.BusMessage, uid string) (*Message, error) {
	out := &Message{UID: uid, NSP: m.Namespace}
	c := content{Opts: TargetsOf(m)}
	c.Opts.Flags = FlagsOf(m)
	if m.Request != "" {
		c.RequestID, c.Ours = IDOf(m), &Extension{Timeout: m.Timeout}
	}
	var err error
	switch m.Kind {
	case socketio.BusEmit:
		out.Type = TypeEmit
		p := packet{Type: int(socketio.PacketEvent)}
		if p.Data, out.attachments, err = EventArray(m.Event, m.Args); err == nil {
			c.Packet, err = marshal(p)
		}
	case socketio.BusJoin:
		out.Type, c.Rooms = TypeJoin, (*Texts)(&m.Change)
	case socketio.BusLeave:
		out.Type, c.Rooms = TypeLeave, (*Texts)(&m.Change)
	case socketio.BusDisconnect:
		out.Type, c.Close = TypeDisconnect, &m.Whole
	case socketio.BusFetch, socketio.BusLen:
		out.Type = TypeFetch
		if c.Ours == nil {
			return nil, errors.New("a question without an id")
		}
		c.Ours.Count = m.Kind == socketio.BusLen
	case socketio.BusServerEmit:
		out.Type, c.Opts = TypeServerEmit, nil
		c.Packet, out.attachments, err = EventArray(m.Event, m.Args)
	default:
		return nil, fmt.Errorf("a message of the unknown kind %d", m.Kind)
	}
	if err == nil {
		out.data, err = marshal(c)
	}
	return out, err
}
