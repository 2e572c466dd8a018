package redisbus

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
)

// An entry is one of a stream.
type entry struct {
	id     offset
	fields map[string]any
}

// ours is the field that tells a server that an entry is the one that it sent.
const ours = "madang"

// entryOf makes the fields of an entry; data is what of them may be large. One with binary is
// base64 of msgpack.
func entryOf(m *adapter.Message, id string) (fields []any, data []byte, err error) {
	if m.HasBinary() {
		raw := m.DataMsgpack()
		data = base64.StdEncoding.AppendEncode(nil, raw)
	} else if data, err = m.DataJSON(); err != nil {
		return nil, nil, err
	}
	fields = []any{"uid", m.UID, "nsp", m.NSP, "type", strconv.Itoa(int(m.Type)), "data", data}
	if id != "" {
		fields = append(fields, ours, id)
	}
	return fields, data, nil
}

func (e *entry) field(name string) string {
	text, _ := e.fields[name].(string)
	return text
}

// open reads what stands around the data.
func (e *entry) open() (adapter.Envelope, error) {
	out := adapter.Envelope{UID: e.field("uid"), NSP: e.field("nsp")}
	if out.NSP == "" {
		return out, errors.New("an entry of no namespace")
	}
	var err error
	if out.Type, err = adapter.ParseType(e.field("type")); err != nil {
		return out, err
	}
	data := e.field("data")
	if strings.HasPrefix(data, "{") {
		out.Data = []byte(data)
		return out, nil
	}
	if out.Data, err = base64.StdEncoding.DecodeString(data); err != nil {
		return out, fmt.Errorf("the data of an entry: %w", err)
	}
	return out, nil
}

// mark tells the offset of an event that comes again from Since.
func (e *entry) mark(m *socketio.BusMessage) {
	if m.Kind == socketio.BusEmit && m.Request == "" && !m.Latest {
		m.Offset = e.id.String()
	}
}

// message reads an entry without regard to who it is of.
func (e *entry) message() (*socketio.BusMessage, error) {
	envelope, err := e.open()
	if err != nil {
		return nil, err
	}
	m, asked, err := envelope.Read()
	if err == nil && m != nil && asked == nil {
		e.mark(m)
	}
	return m, err
}

// An offset is the id of an entry: milliseconds, and a number among those of the same.
type offset struct{ ms, n uint64 }

func (o offset) String() string {
	return strconv.FormatUint(o.ms, 10) + "-" + strconv.FormatUint(o.n, 10)
}

func (o offset) before(p offset) bool { return o.ms < p.ms || o.ms == p.ms && o.n < p.n }

// parseOffset reads an id in its full form.
func parseOffset(text string) (o offset, err error) {
	ms, n, ok := strings.Cut(text, "-")
	if !ok {
		return o, fmt.Errorf("%.40q is no id of an entry", text)
	}
	for part, to := range map[string]*uint64{ms: &o.ms, n: &o.n} {
		if *to, err = strconv.ParseUint(part, 10, 64); err != nil || strings.TrimLeft(part, "0123456789") != "" {
			return o, fmt.Errorf("%.40q is no id of an entry", text)
		}
	}
	return o, nil
}
