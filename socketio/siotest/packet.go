package siotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/madang-chat/madang/socketio"
)

// The types of Socket.IO packets.
const (
	kindConnect      = '0'
	kindDisconnect   = '1'
	kindEvent        = '2'
	kindAck          = '3'
	kindConnectError = '4'
	kindBinaryEvent  = '5'
	kindBinaryAck    = '6'
)

// A packet is one Socket.IO packet: <type>[<attachments>-][<namespace>,][<ack id>][<JSON>].
type packet struct {
	kind        byte
	namespace   string
	id          uint64
	hasID       bool
	data        []byte
	attachments [][]byte
	missing     int // attachments that are still to come
}

func parsePacket(s string) (p packet, err error) {
	if s == "" {
		return p, fmt.Errorf("siotest: empty packet")
	}
	p.kind, p.namespace = s[0], "/"
	rest := s[1:]
	if p.kind == kindBinaryEvent || p.kind == kindBinaryAck {
		count, after, ok := strings.Cut(rest, "-")
		if p.missing, err = strconv.Atoi(count); !ok || err != nil {
			return p, fmt.Errorf("siotest: packet %q: bad number of attachments", s)
		}
		rest = after
	}
	if strings.HasPrefix(rest, "/") {
		p.namespace, rest, _ = strings.Cut(rest, ",")
	}
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	if digits > 0 {
		if p.id, err = strconv.ParseUint(rest[:digits], 10, 64); err != nil {
			return p, fmt.Errorf("siotest: packet %q: %w", s, err)
		}
		p.hasID, rest = true, rest[digits:]
	}
	p.data = []byte(rest)
	if rest != "" && !json.Valid(p.data) {
		return p, fmt.Errorf("siotest: packet %q: no JSON", s)
	}
	return p, nil
}

func (p *packet) text() string {
	var b strings.Builder
	kind := p.kind
	if len(p.attachments) > 0 {
		kind += kindBinaryEvent - kindEvent
	}
	b.WriteByte(kind)
	if len(p.attachments) > 0 {
		fmt.Fprintf(&b, "%d-", len(p.attachments))
	}
	if p.namespace != "/" {
		b.WriteString(p.namespace + ",")
	}
	if p.hasID {
		b.WriteString(strconv.FormatUint(p.id, 10))
	}
	b.Write(p.data)
	return b.String()
}

// values decodes the arguments of an event or an ack, the name of the event included.
func (p *packet) values() ([]any, error) {
	if len(p.data) == 0 {
		return nil, nil
	}
	var list []any
	if err := json.Unmarshal(p.data, &list); err != nil {
		return nil, fmt.Errorf("siotest: packet %s: %w", p.text(), err)
	}
	return fill(list, p.attachments).([]any), nil
}

// setValues encodes values, which come from normal, as an array behind an optional name.
func (p *packet) setValues(name *string, values []any) {
	list := []any{}
	if name != nil {
		list = append(list, *name)
	}
	list = append(list, values...)
	p.data = []byte(text(lift(list, &p.attachments)))
}

// normal turns values into what JavaScript would see of them: maps, slices, float64, string, bool,
// nil and []byte.
func normal(values ...any) ([]any, error) {
	a, err := socketio.ArgsOf(values...)
	if err != nil {
		return nil, err
	}
	return a.Values()
}

// lift replaces bytes by placeholders, which fill reverses.
func lift(v any, attachments *[][]byte) any {
	switch v := v.(type) {
	case []byte:
		*attachments = append(*attachments, v)
		return map[string]any{"_placeholder": true, "num": len(*attachments) - 1}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = lift(v[i], attachments)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k := range v {
			m[k] = lift(v[k], attachments)
		}
		return m
	}
	return v
}

func fill(v any, attachments [][]byte) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = fill(v[i], attachments)
		}
	case map[string]any:
		if num, ok := v["num"].(float64); ok && v["_placeholder"] == true && int(num) < len(attachments) {
			return attachments[int(num)]
		}
		for k := range v {
			v[k] = fill(v[k], attachments)
		}
	}
	return v
}

// text is JSON as people read it.
func text(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Any, anywhere in what is wanted, stands for any value.
const Any = "\x00any value"

// equal compares what came with what is wanted, both from normal.
func equal(got, want any) bool {
	switch want := want.(type) {
	case string:
		return want == Any || got == want
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		for i := range want {
			if !equal(list[i], want[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return false
		}
		for k := range want {
			v, ok := m[k]
			if !ok || !equal(v, want[k]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, want)
}
