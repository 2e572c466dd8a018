package adapter

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/madang-chat/madang/socketio"
)

// A savedSession is a session as servers of Node save it, with the namespace as ours do.
type savedSession struct {
	SID   string                     `json:"sid"`
	PID   string                     `json:"pid"`
	Rooms Texts                      `json:"rooms"`
	Data  map[string]json.RawMessage `json:"data"`
	NSP   string                     `json:"nsp,omitempty"`
}

// EncodeSession writes a session as msgpack. Data that can't travel is left out.
func EncodeSession(namespace string, s *socketio.BusSession) ([]byte, error) {
	form := savedSession{SID: s.SID, PID: s.PID, Rooms: s.Rooms, Data: make(map[string]json.RawMessage, len(s.Data)), NSP: namespace}
	var attachments [][]byte
	for name, a := range s.Data {
		if value, binary, err := First(a); err == nil && value != nil {
			form.Data[name] = renumber(value, binary, &attachments)
		}
	}
	text, err := marshal(form)
	if err != nil {
		return nil, fmt.Errorf("write a session: %w", err)
	}
	return Pack(text, attachments), nil
}

// DecodeSession reads what EncodeSession writes, or a server of Node: then the namespace is empty.
// Data that is none of ours is left out.
func DecodeSession(raw []byte) (namespace string, s *socketio.BusSession, err error) {
	text, attachments, err := Unpack(raw)
	if err != nil {
		return "", nil, fmt.Errorf("read a session: %w", err)
	}
	var form struct {
		savedSession
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return "", nil, fmt.Errorf("read a session: %w", err)
	}
	if form.SID == "" || form.PID == "" {
		return "", nil, errors.New("a session without its ids")
	}
	s = &socketio.BusSession{PID: form.PID, SID: form.SID, Rooms: form.Rooms, Data: make(map[string]socketio.Args)}
	if !slices.Contains(s.Rooms, s.SID) {
		s.Rooms = append(s.Rooms, s.SID)
	}
	var data map[string]json.RawMessage
	if json.Unmarshal(form.Data, &data) != nil {
		return form.NSP, s, nil // socket.data may be anything there
	}
	for name, value := range data {
		if a, err := ArgsOf(slices.Concat([]byte{'['}, value, []byte{']'}), attachments); err == nil {
			s.Data[name] = a
		}
	}
	return form.NSP, s, nil
}
