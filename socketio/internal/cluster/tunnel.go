package cluster

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/madang-chat/madang/socketio"
)

// A tunnelHead is a BusTunnel message but for its bytes, which stand behind it on a line of their
// own. They are text, as some brokers take no other, and may be many: the JSON of a whole message
// takes five times as long.
type tunnelHead struct {
	From, To, Request, Event string
	Count                    int    `json:",omitempty"`
	Failure                  string `json:",omitempty"`
}

func encodeTunnel(m *socketio.BusMessage) ([]byte, error) {
	head, err := json.Marshal(tunnelHead{m.From, m.To, m.Request, m.Event, m.Count, m.Failure})
	if err != nil {
		return nil, err
	}
	var data []byte
	if m.Args.Len() > 0 {
		if err := m.Args.Decode(0, &data); err != nil {
			return nil, err
		}
	}
	out := make([]byte, 0, 2+len(head)+base64.StdEncoding.EncodedLen(len(data)))
	out = append(append(append(out, Mark), head...), '\n')
	return base64.StdEncoding.AppendEncode(out, data), nil
}

var errHead = errors.New("the head of a forwarded request is no JSON")

// decodeTunnel reads what stands behind the mark.
func decodeTunnel(text []byte) (*socketio.BusMessage, error) {
	first, rest, _ := bytes.Cut(text, []byte{'\n'})
	var head tunnelHead
	if err := json.Unmarshal(first, &head); err != nil {
		return nil, errors.Join(errHead, err)
	}
	m := &socketio.BusMessage{
		Kind: socketio.BusTunnel, From: head.From, To: head.To, Request: head.Request, Event: head.Event, Count: head.Count, Failure: head.Failure,
	}
	if len(rest) == 0 {
		return m, nil
	}
	data, err := base64.StdEncoding.AppendDecode(nil, rest)
	if err != nil {
		return nil, fmt.Errorf("the bytes of a forwarded request: %w", err)
	}
	m.Args, err = socketio.ArgsOf(data)
	return m, err
}
