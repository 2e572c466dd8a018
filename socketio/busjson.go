package socketio

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/jsonx"
)

// The JSON forms of what a Bus carries. They use encoding/json as it is: a Bus does, and what
// clients sent has to pass unchanged, where package jsonx would settle duplicate names and broken
// UTF-8.

// An argsForm is Args on a bus.
type argsForm struct {
	Values      json.RawMessage
	Attachments [][]byte `json:",omitempty"`
}

func newArgsForm(a Args) argsForm { return argsForm{a.array(), a.attachments} }

func (f argsForm) args() (Args, error) {
	if len(f.Values) == 0 || string(f.Values) == "null" {
		f.Values = []byte("[]")
	}
	if f.Values[0] != '[' {
		return Args{}, errors.New("socketio: decode arguments: Values is no array")
	}
	if len(f.Attachments) > 0 {
		if err := jsonx.CheckAttach(f.Values, len(f.Attachments)); err != nil {
			return Args{}, fmt.Errorf("socketio: decode arguments: %w", err)
		}
	}
	return Args{inside(f.Values), f.Attachments}, nil
}

// An infoForm is a SocketInfo on a bus. The JSON form of a SocketInfo itself has no handshake:
// applications send it to clients, and cookies and auth aren't for them.
type infoForm struct {
	ID            string
	Rooms         []string
	Request, Auth json.RawMessage `json:",omitempty"`
	Data          map[string]argsForm
}

func newInfoForm(i SocketInfo) (infoForm, error) {
	form := infoForm{ID: i.ID, Rooms: i.Rooms, Data: make(map[string]argsForm, len(i.Data))}
	if h := i.Handshake; h != nil && h.Handshake != nil {
		request, err := engineio.EncodeHandshake(h.Handshake)
		if err != nil {
			return form, err
		}
		form.Request, form.Auth = request, h.auth
	}
	for name, v := range i.Data {
		if a, err := ArgsOf(v); err == nil {
			form.Data[name] = newArgsForm(a)
		}
	}
	return form, nil
}

func (f infoForm) info() (SocketInfo, error) {
	i := SocketInfo{ID: f.ID, Rooms: f.Rooms, Handshake: new(Handshake), Data: make(map[string]any, len(f.Data))}
	if f.Request != nil {
		h, err := engineio.DecodeHandshake(f.Request)
		if err != nil {
			return i, err
		}
		i.Handshake.Handshake = h
	}
	if string(f.Auth) != "null" {
		i.Handshake.auth = f.Auth
	}
	for name, form := range f.Data {
		a, err := form.args()
		if err != nil {
			return i, err
		}
		i.Data[name] = a
	}
	return i, nil
}

type plainMessage BusMessage

// A messageForm has Args and Sockets of its own, which hide those of the message.
type messageForm struct {
	*plainMessage
	Args    argsForm
	Sockets []infoForm `json:",omitempty"`
}

func (m BusMessage) MarshalJSON() ([]byte, error) {
	form := messageForm{plainMessage: (*plainMessage)(&m), Args: newArgsForm(m.Args)}
	for _, i := range m.Sockets {
		f, err := newInfoForm(i)
		if err != nil {
			return nil, fmt.Errorf("socketio: encode a socket's description: %w", err)
		}
		form.Sockets = append(form.Sockets, f)
	}
	return json.Marshal(form)
}

func (m *BusMessage) UnmarshalJSON(data []byte) error {
	*m = BusMessage{}
	form := messageForm{plainMessage: (*plainMessage)(m)}
	if err := json.Unmarshal(data, &form); err != nil {
		return fmt.Errorf("socketio: decode a message of another server: %w", err)
	}
	var err error
	if m.Args, err = form.Args.args(); err != nil {
		return err
	}
	for _, f := range form.Sockets {
		i, err := f.info()
		if err != nil {
			return fmt.Errorf("socketio: decode a socket's description: %w", err)
		}
		m.Sockets = append(m.Sockets, i)
	}
	return nil
}

type plainSession BusSession

// A sessionForm has Data of its own.
type sessionForm struct {
	*plainSession
	Data map[string]argsForm `json:",omitempty"`
}

func (s BusSession) MarshalJSON() ([]byte, error) {
	form := sessionForm{plainSession: (*plainSession)(&s), Data: make(map[string]argsForm, len(s.Data))}
	for name, v := range s.Data {
		form.Data[name] = newArgsForm(v)
	}
	return json.Marshal(form)
}

func (s *BusSession) UnmarshalJSON(data []byte) error {
	*s = BusSession{}
	form := sessionForm{plainSession: (*plainSession)(s)}
	if err := json.Unmarshal(data, &form); err != nil {
		return fmt.Errorf("socketio: decode the session of a client that is away: %w", err)
	}
	s.Data = make(map[string]Args, len(form.Data))
	for name, f := range form.Data {
		v, err := f.args()
		if err != nil {
			return err
		}
		s.Data[name] = v
	}
	return nil
}
