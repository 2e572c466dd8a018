package adapter

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/msgpack"
)

// EncodeEvent writes an event that wants no answers as the classic adapter of Redis does: the array
// [uid, packet, opts].
func EncodeEvent(m *socketio.BusMessage, uid string) ([]byte, error) {
	data, attachments, err := EventArray(m.Event, m.Args)
	if err != nil {
		return nil, err
	}
	t := Targets{m.Rooms, m.Except, FlagsOf(m)}
	text := make([]byte, 0, 128+len(uid)+len(data))
	text = jsonx.AppendString(append(text, '['), uid)
	text = append(append(text, `,{"type":2,"data":`...), data...)
	text = jsonx.AppendString(append(text, `,"nsp":`...), m.Namespace)
	text = append(t.append(append(text, "},"...)), ']')
	return msgpack.AppendValue(make([]byte, 0, len(text)), text, attachments), nil
}

// ReadEvent reads what EncodeEvent writes.
func ReadEvent(payload []byte) (m *socketio.BusMessage, err error) {
	// The limits are those of the data, which is in two more containers.
	text, attachments, err := msgpack.DecodeValue(payload, Limits.Depth+2, Limits.Attachments)
	if err != nil {
		return nil, err
	}
	if text[0] != '[' {
		return nil, errors.New("no array")
	}
	uid, rest := jsonx.First(text[1 : len(text)-1])
	packet, rest := jsonx.First(rest)
	opts, _ := jsonx.First(rest)
	if opts == nil {
		return nil, errors.New("no array of three")
	}
	m = &socketio.BusMessage{Kind: socketio.BusEmit}
	if m.From, err = nameOf(uid); err != nil {
		return nil, fmt.Errorf("the sender: %w", err)
	}
	t, err := targetsIn(opts)
	if err != nil {
		return nil, fmt.Errorf("whom it is for: %w", err)
	}
	t.Set(m)
	m.Timeout = 0 // nobody waits
	if err := objectOf(packet); err != nil {
		return nil, err
	}
	event := false
	var data []byte
	for name, value := range members(packet) {
		switch name {
		case "type":
			event = string(value) == "2" || string(value) == "5" // with binary, of older servers
		case "data":
			data = value
		case "nsp":
			if m.Namespace, err = textOf(value); err != nil {
				return nil, fmt.Errorf("the namespace: %w", err)
			}
		}
	}
	if !event {
		return nil, errors.New("no event")
	}
	m.Namespace = cmp.Or(m.Namespace, "/")
	m.Event, m.Args, err = EventOf(slices.Clip(data), attachments)
	return m, err
}

// nameOf reads a name of a room or a server, which may be a number in JavaScript.
func nameOf(value []byte) (string, error) {
	switch c := value[0]; {
	case c == '"':
		return plainText(value), nil
	case c == '-' || c >= '0' && c <= '9':
		return string(value), nil
	}
	return "", fmt.Errorf("%.20q is no name", value)
}
