package adapter

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/socketio"
)

// ErrUnknownType is of a message whose type another version may know.
var ErrUnknownType = errors.New("a message of an unknown type")

// Read reads the data. The question isn't nil when a server of Node asked: it is to be noted, and
// m.Request to be what Questions.Add returns. When both are nil it is an answer to somebody else.
// Heartbeats have no data: they are an error here.
func (e Envelope) Read() (m *socketio.BusMessage, asked *Question, err error) {
	read, ok := readers[e.Type]
	switch {
	case !ok:
		return nil, nil, fmt.Errorf("%w: %d", ErrUnknownType, e.Type)
	case e.UID == "":
		return nil, nil, errors.New("a message of nobody")
	case e.NSP == "":
		return nil, nil, errors.New("a message of no namespace")
	case len(e.Data) == 0:
		return nil, nil, fmt.Errorf("a message of the type %d without data", e.Type)
	}
	text, attachments := e.Data, [][]byte(nil)
	if text[0] == '{' {
		text = bytes.TrimRight(text, space)
		err = jsonx.Scan(text, Limits.Depth)
	} else {
		text, attachments, err = Unpack(text)
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := readContent(text)
	if err != nil {
		return nil, nil, err
	}
	m = &socketio.BusMessage{From: e.UID, Namespace: e.NSP}
	if e.Type.Answers() {
		var kind socketio.BusKind
		if kind, m.Request = QuestionOf(c.RequestID); kind == 0 {
			return nil, nil, nil
		}
		m.Kind = kind // until it is told what answers that
		if err := read(&c, attachments, m); err != nil {
			return nil, nil, err
		}
		return m, nil, nil
	}
	if err := read(&c, attachments, m); err != nil {
		return nil, nil, err
	}
	switch {
	case c.RequestID == "" || e.UID == emitter || e.Type != TypeEmit && e.Type != TypeFetch && e.Type != TypeServerEmit:
		if m.Timeout = 0; c.Ours != nil { // nobody hears an answer
			m.Number = c.Ours.Number
		}
	case c.Ours == nil:
		asked = &Question{Type: e.Type, UID: e.UID, NSP: e.NSP, RequestID: c.RequestID}
	default:
		if _, m.Request = QuestionOf(c.RequestID); m.Request == "" {
			return nil, nil, fmt.Errorf("%.20q is no id of a question of ours", c.RequestID)
		}
		m.Timeout = max(c.Ours.Timeout, 0)
	}
	return m, asked, nil
}

// readers read the data of each type into m.
var readers = map[Type]func(c *content, attachments [][]byte, m *socketio.BusMessage) error{
	TypeEmit: func(c *content, attachments [][]byte, m *socketio.BusMessage) (err error) {
		data, event := packetOf(c.Packet)
		if c.Opts == nil || !event {
			return errors.New("no event")
		}
		m.Kind = socketio.BusEmit
		c.Opts.Set(m)
		m.Event, m.Args, err = EventOf(data, attachments)
		return err
	},
	TypeJoin:       order(socketio.BusJoin),
	TypeLeave:      order(socketio.BusLeave),
	TypeDisconnect: order(socketio.BusDisconnect),
	TypeFetch: func(c *content, _ [][]byte, m *socketio.BusMessage) error {
		if c.Opts == nil || c.RequestID == "" {
			return errors.New("a question without an id, or that names no sockets")
		}
		m.Kind = socketio.BusFetch
		if c.Ours != nil && c.Ours.Count {
			m.Kind = socketio.BusLen
		}
		c.Opts.Set(m)
		return nil
	},
	TypeServerEmit: func(c *content, attachments [][]byte, m *socketio.BusMessage) (err error) {
		m.Kind = socketio.BusServerEmit
		m.Event, m.Args, err = EventOf(c.Packet, attachments)
		return err
	},
	TypeSockets: func(c *content, attachments [][]byte, m *socketio.BusMessage) error {
		switch {
		case c.Sockets == nil:
			return errors.New("an answer without sockets")
		case m.Kind == socketio.BusLen:
			m.Kind, m.Count = socketio.BusCount, len(c.Sockets)
			return nil
		case m.Kind != socketio.BusFetch:
			return errUnasked
		}
		m.Kind = socketio.BusSockets
		for _, value := range c.Sockets {
			info, err := SocketOf(value, attachments)
			if err != nil {
				return err
			}
			m.Sockets = append(m.Sockets, info)
		}
		return nil
	},
	TypeServerReply: answer(socketio.BusServerEmit, socketio.BusServerAnswer),
	TypeAck:         answer(socketio.BusEmit, socketio.BusAck),
	TypeCount: func(c *content, _ [][]byte, m *socketio.BusMessage) error {
		if m.Kind != socketio.BusEmit {
			return errUnasked
		}
		if c.ClientCount == nil || *c.ClientCount < 0 || *c.ClientCount > 1<<30 {
			return errors.New("an answer without a number of clients")
		}
		m.Kind, m.Count = socketio.BusCount, int(*c.ClientCount)
		return nil
	},
}

var errUnasked = errors.New("an answer to another question")

// order reads what is to be done to sockets. What names nobody must not become an order to all.
func order(kind socketio.BusKind) func(*content, [][]byte, *socketio.BusMessage) error {
	return func(c *content, _ [][]byte, m *socketio.BusMessage) error {
		if c.Opts == nil {
			return errors.New("an order that names no sockets")
		}
		m.Kind = kind
		c.Opts.Set(m)
		switch {
		case kind == socketio.BusDisconnect:
			m.Whole = c.Close != nil && *c.Close
		case c.Rooms != nil:
			m.Change = *c.Rooms
		}
		return nil
	}
}

// answer reads one that is a value, or none.
func answer(asked, kind socketio.BusKind) func(*content, [][]byte, *socketio.BusMessage) error {
	return func(c *content, attachments [][]byte, m *socketio.BusMessage) (err error) {
		if m.Kind != asked {
			return errUnasked
		}
		m.Kind = kind
		if c.Packet != nil {
			m.Args, err = ArgsOf(slices.Concat([]byte{'['}, c.Packet, []byte{']'}), attachments)
		}
		return err
	}
}
