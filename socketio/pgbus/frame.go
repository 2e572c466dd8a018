package pgbus

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// mostPayload is what pg_notify takes. The official adapter says 8,000, which fails.
const mostPayload = 7999

// A letter is what a frame is besides its payload.
type letter struct {
	head []byte // of the attachment that the payload is; nil: it is none
	also string // one more channel that it goes to; empty: none

	kept      bool // it is for the log
	namespace string
	number    uint64 // not 0: it comes back
}

// A header is what is said of an attachment. The namespace is what the official adapter leaves out:
// with it a server sees that a message is its own without reading the attachment.
type header struct {
	UID  string       `json:"uid"`
	Type adapter.Type `json:"type"`
	NSP  string       `json:"nsp,omitempty"`
}

// frame makes one of a message, as JSON where that is possible.
func (n names) frame(m *adapter.Message) (*cluster.Frame, error) {
	f := &cluster.Frame{Channel: n.of(m.NSP), Value: letter{}}
	if !m.HasBinary() {
		var err error
		if f.Payload, err = m.JSON(); err != nil || fits(f.Payload) {
			return f, err
		}
	}
	f.Value = letter{head: head(header{m.UID, m.Type, m.NSP})}
	f.Payload = m.Msgpack()
	return f, nil
}

// fits reports whether PostgreSQL takes a payload as a text.
func fits(payload []byte) bool {
	return len(payload) <= mostPayload && utf8.Valid(payload) && !strings.Contains(string(payload), "\x00")
}

// head is the beginning of what names an attachment. Its number and tail follow.
func head(h header) []byte {
	text, err := json.Marshal(h)
	if err != nil {
		panic(fmt.Sprintf("pgbus: a header: %v", err)) // strings and a number always can
	}
	return append(text[:len(text)-1], `,"attachmentId":"`...)
}

const tail = `"}`

// spaces stand behind JSON, where they mean nothing: PostgreSQL delivers equal notifications of one
// transaction once.
func spaces(n int) string {
	var b strings.Builder
	for ; n > 0; n /= 4 {
		b.WriteByte(" \t\n\r"[n%4])
	}
	return b.String()
}
