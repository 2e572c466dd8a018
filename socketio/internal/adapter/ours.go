package adapter

import (
	"time"

	"github.com/madang-chat/madang/socketio"
)

// An Extension, by the key madang, says that a question is of one of ours, whose servers answer
// each other in full, or has what only the sender of an event reads. Those of Node don't look at
// it.
type Extension struct {
	Timeout time.Duration `json:"timeout,omitempty"`
	Count   bool          `json:"count,omitempty"` // of a fetch: how many sockets is enough
	Number  uint64        `json:"number,omitempty"`
}

// letters are what ids on the wire begin with, by the kind of question: Node's servers send the id
// back, and the classic ones say no more of what they answer.
var letters = map[socketio.BusKind]byte{
	socketio.BusFetch: 'f', socketio.BusLen: 'c', socketio.BusServerEmit: 's', socketio.BusEmit: 'e',
}

// IDOf is the id of a question on the wire.
func IDOf(m *socketio.BusMessage) string { return string(letters[m.Kind]) + m.Request }

// QuestionOf is the reverse of IDOf: the kind of question that an id belongs to, 0 when it isn't
// one of ours.
func QuestionOf(id string) (kind socketio.BusKind, request string) {
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
