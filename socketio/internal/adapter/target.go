package adapter

import (
	"fmt"
	"time"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/socketio"
)

// Targets are whom something is for.
type Targets struct {
	Rooms  Texts  `json:"rooms"`
	Except Texts  `json:"except"`
	Flags  *Flags `json:"flags,omitempty"`
}

// Flags are those of the official server, and one that it ignores.
type Flags struct {
	Volatile bool    `json:"volatile,omitempty"`
	Compress *bool   `json:"compress,omitempty"`
	Timeout  float64 `json:"timeout,omitempty"` // in milliseconds
	Slot     string  `json:"latest,omitempty"`
}

// Texts are names of rooms, which may be numbers in JavaScript.
type Texts []string

// MarshalJSON writes a list, also of nothing.
func (t Texts) MarshalJSON() ([]byte, error) { return t.append(nil), nil }

func (t Texts) append(dst []byte) []byte {
	dst = append(dst, '[')
	for i, text := range t {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonx.AppendString(dst, text)
	}
	return append(dst, ']')
}

// UnmarshalJSON is the reverse.
func (t *Texts) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if data[0] != '[' {
		return fmt.Errorf("%.20q is no list of rooms", data)
	}
	*t = Texts{}
	for value := range jsonx.Values(data[1 : len(data)-1]) {
		room, err := nameOf(value)
		if err != nil {
			return err
		}
		*t = append(*t, room)
	}
	return nil
}

// TargetsOf has no flags.
func TargetsOf(m *socketio.BusMessage) *Targets {
	return &Targets{Rooms: m.Rooms, Except: m.Except}
}

// FlagsOf are those of an event.
func FlagsOf(m *socketio.BusMessage) *Flags {
	f := &Flags{Volatile: m.Latest, Slot: m.Slot, Timeout: float64(m.Timeout.Milliseconds())}
	if m.NoCompress {
		f.Compress = new(bool)
	}
	return f
}

// Set is the reverse of both.
func (t *Targets) Set(m *socketio.BusMessage) {
	m.Rooms, m.Except = t.Rooms, t.Except
	if f := t.Flags; f != nil {
		m.Latest, m.Slot = f.Volatile, f.Slot
		m.NoCompress = f.Compress != nil && !*f.Compress
		if f.Timeout > 0 && f.Timeout < float64(time.Hour.Milliseconds()) {
			m.Timeout = time.Duration(f.Timeout) * time.Millisecond
		}
	}
}
