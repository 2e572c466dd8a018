package natsbus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
)

// A message on the wire is the version, the run of its sender, a header as a line of JSON, the
// arguments as JSON, and binary as it is. A piece of a large message has other text in the place of
// the header: see pieces.
const (
	version   = '1'
	runLength = 16
	preamble  = 1 + runLength
)

// A header is a BusMessage without its arguments.
type header struct {
	Kind       socketio.BusKind `json:"k"`
	From       string           `json:"f,omitempty"`
	To         string           `json:"t,omitempty"`
	Namespace  string           `json:"n,omitempty"`
	Request    string           `json:"q,omitempty"`
	Rooms      []string         `json:"r,omitempty"`
	Except     []string         `json:"x,omitempty"`
	Latest     bool             `json:"l,omitempty"`
	NoCompress bool             `json:"u,omitempty"`
	Slot       string           `json:"s,omitempty"`
	Event      string           `json:"e,omitempty"`
	Timeout    time.Duration    `json:"w,omitempty"`
	Change     []string         `json:"c,omitempty"`
	Whole      bool             `json:"z,omitempty"`
	Count      int              `json:"i,omitempty"`
	Failure    string           `json:"d,omitempty"`
	Offset     string           `json:"o,omitempty"`
	Number     uint64           `json:"m,omitempty"`
	Sizes      []int            `json:"b,omitempty"` // of the attachments
	// Sockets is a whole BusMessage of them, which knows their form.
	Sockets json.RawMessage `json:"p,omitempty"`
}

func encode(m *socketio.BusMessage, run string) ([]byte, error) {
	h := header{
		Kind: m.Kind, From: m.From, To: m.To, Namespace: m.Namespace, Request: m.Request,
		Rooms: m.Rooms, Except: m.Except, Latest: m.Latest, NoCompress: m.NoCompress, Slot: m.Slot,
		Event: m.Event, Timeout: m.Timeout, Change: m.Change, Whole: m.Whole, Count: m.Count, Failure: m.Failure,
		Offset: m.Offset, Number: m.Number,
	}
	var err error
	if len(m.Sockets) > 0 {
		if h.Sockets, err = json.Marshal(&socketio.BusMessage{Sockets: m.Sockets}); err != nil {
			return nil, err
		}
	}
	array, attachments, err := adapter.Raw(m.Args)
	if err != nil {
		return nil, err
	}
	size := len(array)
	for _, a := range attachments {
		h.Sizes = append(h.Sizes, len(a))
		size += len(a)
	}
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	payload := make([]byte, 0, preamble+len(text)+1+size)
	payload = append(append(append(payload, version), run...), text...)
	payload = append(append(payload, '\n'), array...)
	for _, a := range attachments {
		payload = append(payload, a...)
	}
	return payload, nil
}

// split takes the preamble off a payload.
func split(payload []byte) (run string, rest []byte, err error) {
	switch {
	case len(payload) <= preamble:
		return "", nil, fmt.Errorf("%.20q is no message", payload)
	case payload[0] != version:
		return "", nil, fmt.Errorf("a message of version %q", payload[:1])
	}
	return string(payload[1:preamble]), payload[preamble:], nil
}

// decode is the reverse of encode, behind the preamble. The message keeps the payload.
func decode(rest []byte) (*socketio.BusMessage, error) {
	text, rest, ok := bytes.Cut(rest, []byte{'\n'})
	if !ok {
		return nil, fmt.Errorf("%.20q is no header", text)
	}
	var h header
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, fmt.Errorf("a header: %w", err)
	}
	switch h.Kind {
	case 0, socketio.BusLeft, socketio.BusLost:
		return nil, fmt.Errorf("a message of the kind %d", h.Kind)
	}
	m := &socketio.BusMessage{
		Kind: h.Kind, From: h.From, To: h.To, Namespace: h.Namespace, Request: h.Request,
		Rooms: h.Rooms, Except: h.Except, Latest: h.Latest, NoCompress: h.NoCompress, Slot: h.Slot,
		Event: h.Event, Timeout: h.Timeout, Change: h.Change, Whole: h.Whole, Count: h.Count, Failure: h.Failure,
		Offset: h.Offset, Number: h.Number,
	}
	if h.Sockets != nil {
		var list socketio.BusMessage
		if err := json.Unmarshal(h.Sockets, &list); err != nil {
			return nil, err
		}
		m.Sockets = list.Sockets
	}
	array, attachments, err := h.cut(rest)
	if err != nil {
		return nil, err
	}
	if m.Args, err = adapter.ArgsOf(array, attachments); err != nil {
		return nil, err
	}
	return m, nil
}

var errSizes = errors.New("attachments that are no part of the message")

// cut divides what is behind the header.
func (h *header) cut(rest []byte) (array []byte, attachments [][]byte, err error) {
	all := 0
	for _, n := range h.Sizes {
		if n < 0 || n > len(rest)-all {
			return nil, nil, errSizes
		}
		all += n
	}
	array, rest = rest[:len(rest)-all:len(rest)-all], rest[len(rest)-all:]
	for _, n := range h.Sizes {
		attachments = append(attachments, rest[:n:n])
		rest = rest[n:]
	}
	return array, attachments, nil
}
