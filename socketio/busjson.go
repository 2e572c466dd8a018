package socketio

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/jsonx"
)

// The JSON forms of what a Bus carries. They use encoding/json as it is: a Bus does, and what clients sent has to pass unchanged, where
// package jsonx would settle duplicate names and broken UTF-8.

// MarshalJSON implements json.Marshaler: an object with Values, the arguments as a JSON array, and Attachments, a list in base64, if
// there are any.
func (a Args) MarshalJSON() ([]byte, error) {
	buf := append([]byte(`{"Values":[`), a.raw...)
	buf = append(buf, ']')
	if len(a.attachments) > 0 {
		list, err := json.Marshal(a.attachments)
		if err != nil {
			return nil, err
		}
		buf = append(append(buf, `,"Attachments":`...), list...)
	}
	return append(buf, '}'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Args) UnmarshalJSON(data []byte) error {
	var form struct {
		Values      json.RawMessage
		Attachments [][]byte
	}
	if err := json.Unmarshal(data, &form); err != nil {
		return fmt.Errorf("socketio: decode arguments: %w", err)
	}
	if len(form.Values) == 0 || string(form.Values) == "null" {
		form.Values = []byte("[]")
	}
	if form.Values[0] != '[' {
		return fmt.Errorf("socketio: decode arguments: Values is no array")
	}
	if len(form.Attachments) > 0 {
		if err := jsonx.CheckAttach(form.Values, len(form.Attachments)); err != nil {
			return fmt.Errorf("socketio: decode arguments: %w", err)
		}
	}
	*a = Args{bytes.TrimSpace(form.Values[1 : len(form.Values)-1]), form.Attachments}
	return nil
}

type handshakeForm struct {
	Request *engineio.Handshake
	Auth    json.RawMessage `json:",omitempty"`
}

// MarshalJSON implements json.Marshaler, so that a Bus can send it.
func (h Handshake) MarshalJSON() ([]byte, error) {
	return json.Marshal(handshakeForm{h.Handshake, h.auth})
}

// UnmarshalJSON implements json.Unmarshaler.
func (h *Handshake) UnmarshalJSON(data []byte) error {
	var form handshakeForm
	if err := json.Unmarshal(data, &form); err != nil {
		return fmt.Errorf("socketio: decode a handshake: %w", err)
	}
	if form.Request == nil {
		form.Request = new(engineio.Handshake)
	}
	if string(form.Auth) == "null" {
		form.Auth = nil
	}
	*h = Handshake{form.Request, form.Auth}
	return nil
}

type infoForm struct {
	ID        string
	Rooms     []string
	Handshake *Handshake
	Data      map[string]Args
}

// MarshalJSON implements json.Marshaler, so that a Bus can send it. Values of Data that can't be encoded are left out.
func (i SocketInfo) MarshalJSON() ([]byte, error) {
	form := infoForm{i.ID, i.Rooms, i.Handshake, make(map[string]Args, len(i.Data))}
	for name, v := range i.Data {
		// ArgsOf calls the application when a type has a JSON form of its own.
		err := protect(func() (err error) { form.Data[name], err = ArgsOf(v); return err })
		if err != nil {
			delete(form.Data, name)
		}
	}
	return json.Marshal(form)
}

// UnmarshalJSON implements json.Unmarshaler. The values of Data are Args then.
func (i *SocketInfo) UnmarshalJSON(data []byte) error {
	var form infoForm
	if err := json.Unmarshal(data, &form); err != nil {
		return fmt.Errorf("socketio: decode a socket's description: %w", err)
	}
	*i = SocketInfo{form.ID, form.Rooms, form.Handshake, make(map[string]any, len(form.Data))}
	for name, a := range form.Data {
		i.Data[name] = a
	}
	return nil
}
