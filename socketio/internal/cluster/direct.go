package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/madang-chat/madang/socketio"
)

// ErrOurs says that a server of ours asked, so that Bus answers it.
var ErrOurs = errors.New("the asker is a server of ours")

// ours reports whether only servers of ours know what a message to all means.
func ours(m *socketio.BusMessage) bool { return m.Kind == socketio.BusClaim }

// Mark is the first byte of a message to ours on a channel of Line.Direct: a heartbeat begins with
// another one.
const Mark = '!'

func encodeDirect(m *socketio.BusMessage) ([]byte, error) {
	if m.Kind == socketio.BusTunnel {
		return encodeTunnel(m)
	}
	text, err := json.Marshal(m)
	return append([]byte{Mark}, text...), err
}

func decodeDirect(payload []byte) (m *socketio.BusMessage, err error) {
	text := bytes.TrimPrefix(payload, []byte{Mark})
	if bytes.IndexByte(text, '\n') >= 0 {
		return decodeTunnel(text)
	}
	m = new(socketio.BusMessage)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, err
	}
	switch m.Kind {
	case socketio.BusSockets, socketio.BusServerAnswer, socketio.BusCount, socketio.BusAck, socketio.BusClaim:
		return m, nil
	}
	return nil, fmt.Errorf("a message to one of ours of the kind %d", m.Kind)
}
