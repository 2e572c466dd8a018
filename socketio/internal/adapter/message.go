package adapter

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/madang-chat/madang/internal/jsonx"
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
	return m.whole(), nil
}

// Msgpack is the whole message.
func (m *Message) Msgpack() []byte { return Pack(m.whole(), m.attachments) }

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
func (m *Message) AttachmentHeader(number int64) []byte {
	dst := append(m.head(nil), `,"attachmentId":"`...)
	return append(strconv.AppendInt(dst, number, 10), `"}`...)
}

// whole is a message as JSON. Who reads it finds out whether it is for him before the data.
func (m *Message) whole() []byte {
	dst := m.head(make([]byte, 0, 64+len(m.UID)+len(m.NSP)+len(m.data)))
	if m.data != nil {
		dst = append(append(dst, `,"data":`...), m.data...)
	}
	return append(dst, '}')
}

func (m *Message) head(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"type":`...), int64(m.Type), 10)
	dst = jsonx.AppendString(append(dst, `,"uid":`...), m.UID)
	return jsonx.AppendString(append(dst, `,"nsp":`...), m.NSP)
}

// Encode writes what is no answer. Uid is who sends it: the name of the server, or of an emitter.
func Encode(m *socketio.BusMessage, uid string) (*Message, error) {
	out := &Message{UID: uid, NSP: m.Namespace}
	c := content{Opts: TargetsOf(m)}
	c.Opts.Flags = FlagsOf(m)
	if m.Request != "" {
		c.RequestID, c.Ours = IDOf(m), &Extension{Timeout: m.Timeout}
	}
	if m.Number != 0 && c.Ours == nil {
		c.Ours = &Extension{Number: m.Number}
	}
	var err error
	switch m.Kind {
	case socketio.BusEmit:
		out.Type = TypeEmit
		c.event = true
		c.Packet, out.attachments, err = EventArray(m.Event, m.Args)
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
	if err != nil {
		return nil, err
	}
	out.data = c.append(nil)
	return out, nil
}
