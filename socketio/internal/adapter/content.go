package adapter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/madang-chat/madang/internal/jsonx"
)

// content is the data of all types. Its JSON is read and written here rather than by encoding/json:
// all that the servers say to each other passes.
type content struct {
	Packet      []byte // JSON: any value, or the array of an event
	event       bool   // the packet is to stand around that array
	Opts        *Targets
	RequestID   string
	Rooms       *Texts
	Close       *bool
	Sockets     []json.RawMessage
	ClientCount *float64
	Ours        *Extension
}

// append writes what there is.
func (c *content) append(dst []byte) []byte {
	begin := func(name string) {
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), name...), `":`...)
	}
	dst = append(dst, '{')
	switch {
	case c.event:
		begin("packet")
		dst = append(append(append(dst, `{"type":2,"data":`...), c.Packet...), '}')
	case c.Packet != nil:
		begin("packet")
		dst = append(dst, c.Packet...)
	}
	if c.Opts != nil {
		begin("opts")
		dst = c.Opts.append(dst)
	}
	if c.RequestID != "" {
		begin("requestId")
		dst = jsonx.AppendString(dst, c.RequestID)
	}
	if c.Rooms != nil {
		begin("rooms")
		dst = c.Rooms.append(dst)
	}
	if c.Close != nil {
		begin("close")
		dst = strconv.AppendBool(dst, *c.Close)
	}
	if c.Sockets != nil {
		begin("sockets")
		dst = append(dst, '[')
		for i, socket := range c.Sockets {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, socket...)
		}
		dst = append(dst, ']')
	}
	if c.ClientCount != nil {
		begin("clientCount")
		dst = strconv.AppendFloat(dst, *c.ClientCount, 'f', -1, 64)
	}
	if c.Ours != nil {
		begin("madang")
		text, _ := json.Marshal(c.Ours) // numbers always can
		dst = append(dst, text...)
	}
	return append(dst, '}')
}

func (t *Targets) append(dst []byte) []byte {
	dst = t.Rooms.append(append(dst, `{"rooms":`...))
	dst = t.Except.append(append(dst, `,"except":`...))
	if f := t.Flags; f != nil {
		dst = f.append(append(dst, `,"flags":{`...))
		dst = append(bytes.TrimSuffix(dst, []byte{','}), '}')
	}
	return append(dst, '}')
}

func (f *Flags) append(dst []byte) []byte {
	if f.Volatile {
		dst = append(dst, `"volatile":true,`...)
	}
	if f.Compress != nil {
		dst = append(strconv.AppendBool(append(dst, `"compress":`...), *f.Compress), ',')
	}
	if f.Timeout != 0 {
		dst = append(strconv.AppendFloat(append(dst, `"timeout":`...), f.Timeout, 'f', -1, 64), ',')
	}
	if f.Slot != "" {
		dst = append(jsonx.AppendString(append(dst, `"latest":`...), f.Slot), ',')
	}
	return dst
}

// readContent reads data that has been checked.
func readContent(text []byte) (c content, err error) {
	if err := objectOf(text); err != nil {
		return c, err
	}
	for name, value := range members(text) {
		switch name {
		case "packet":
			c.Packet = value
		case "opts":
			c.Opts, err = targetsIn(value)
		case "requestId":
			c.RequestID, err = textOf(value)
		case "rooms":
			c.Rooms = new(Texts)
			err = c.Rooms.UnmarshalJSON(value)
		case "close":
			err = json.Unmarshal(value, &c.Close)
		case "sockets":
			err = json.Unmarshal(value, &c.Sockets)
		case "clientCount":
			err = json.Unmarshal(value, &c.ClientCount)
		case "madang":
			err = json.Unmarshal(value, &c.Ours)
		}
		if err != nil {
			return c, fmt.Errorf("%s: %w", name, err)
		}
	}
	return c, nil
}

func targetsIn(text []byte) (*Targets, error) {
	t := new(Targets)
	err := objectOf(text)
	if err != nil {
		return nil, err
	}
	for name, value := range members(text) {
		switch {
		case name == "rooms":
			err = t.Rooms.UnmarshalJSON(value)
		case name == "except":
			err = t.Except.UnmarshalJSON(value)
		case name == "flags" && string(value) != "{}":
			err = json.Unmarshal(value, &t.Flags)
		}
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// packetOf reads an event: its array.
func packetOf(text []byte) (data []byte, event bool) {
	if len(text) == 0 || text[0] != '{' {
		return nil, false
	}
	for name, value := range members(text) {
		switch name {
		case "type":
			event = string(value) == "2" // socketio.PacketEvent
		case "data":
			data = value
		}
	}
	return data, event
}
