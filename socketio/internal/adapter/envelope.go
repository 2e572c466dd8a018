package adapter

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/madang-chat/madang/internal/jsonx"
)

// An Envelope is a message that has come. Its data hasn't been read yet.
type Envelope struct {
	Type       Type
	UID, NSP   string
	Attachment string // the number of what holds the whole message, in PostgreSQL; empty: none
	Data       []byte // JSON or msgpack; nil: none
}

// Open reads what stands around the data of a whole message, which is JSON or msgpack.
func Open(payload []byte) (Envelope, error) {
	if len(payload) == 0 || payload[0] != '{' {
		return openMsgpack(payload)
	}
	payload = bytes.TrimRight(payload, space)
	if err := jsonx.Scan(payload, Limits.Depth+1); err != nil {
		return Envelope{}, err
	}
	var e Envelope
	var err error
	for name, value := range members(payload) {
		switch name {
		case "type":
			e.Type, err = ParseType(string(value))
		case "uid":
			e.UID, err = textOf(value)
		case "nsp":
			e.NSP, err = textOf(value)
		case "data":
			e.Data = value
		case "attachmentId":
			e.Attachment = string(bytes.Trim(value, `"`))
			if _, failed := strconv.ParseUint(e.Attachment, 10, 63); failed != nil {
				err = fmt.Errorf("%.20q is no number of an attachment", value)
			}
		}
		if err != nil {
			return Envelope{}, err
		}
	}
	return e, nil
}

func openMsgpack(payload []byte) (e Envelope, err error) {
	r := Reader{payload}
	n, err := r.Map()
	for i := 0; i < n && err == nil; i++ {
		var key string
		var value []byte
		if key, err = r.Text(); err == nil {
			value, err = r.Value()
		}
		if err != nil {
			break
		}
		in := Reader{value}
		switch key {
		case "type":
			var number []byte
			if number, _, err = Unpack(value); err == nil {
				e.Type, err = ParseType(string(number))
			}
		case "uid":
			e.UID, err = in.Text()
		case "nsp":
			e.NSP, err = in.Text()
		case "data":
			e.Data = value
		}
	}
	if err == nil && len(r.Rest) > 0 {
		err = errors.New("something behind a message")
	}
	if err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// ParseType reads a type that is a text.
func ParseType(text string) (Type, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%.20q is no type of a message", text)
	}
	return Type(n), nil
}
