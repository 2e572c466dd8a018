package adapter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/socketio"
)

// Raw is what Args are: an array of JSON with placeholders, and what they stand for.
func Raw(a socketio.Args) (array []byte, attachments [][]byte, err error) {
	var p socketio.Packet
	if err := p.SetData(a); err != nil {
		return nil, nil, err
	}
	return p.Data, p.Attachments, nil
}

// ArgsOf is the reverse.
func ArgsOf(array []byte, attachments [][]byte) (a socketio.Args, err error) {
	p := socketio.Packet{Data: array, Attachments: attachments}
	if len(bytes.TrimSpace(array)) == 0 {
		return a, nil
	}
	if err := p.Decode(&a); err != nil {
		return a, err
	}
	if len(attachments) == 0 {
		return a, nil
	}
	// Placeholders that name no attachment are told here. Attachments that none names stand
	// elsewhere in the message.
	array, named, err := Raw(a)
	if err == nil && len(named) < len(attachments) {
		p.Data, p.Attachments = array, named
		err = p.Decode(&a)
	}
	return a, err
}

// EventArray is the array of an event, its name first.
func EventArray(event string, a socketio.Args) (array []byte, attachments [][]byte, err error) {
	rest, attachments, err := Raw(a)
	if err != nil {
		return nil, nil, err
	}
	array = append([]byte{'['}, quote(event)...)
	if inside := bytes.TrimSpace(rest[1 : len(rest)-1]); len(inside) > 0 {
		array = append(append(array, ','), inside...)
	}
	return append(array, ']'), attachments, nil
}

// EventOf is the reverse. The array is valid JSON.
func EventOf(array []byte, attachments [][]byte) (event string, a socketio.Args, err error) {
	array = bytes.TrimSpace(array)
	if len(array) < 2 || array[0] != '[' {
		return "", a, fmt.Errorf("%.20q is no event", array)
	}
	name, rest := jsonx.First(array[1 : len(array)-1])
	if len(name) == 0 || name[0] != '"' {
		return "", a, fmt.Errorf("%.20q is no event with a name", array)
	}
	a, err = ArgsOf(slices.Concat([]byte{'['}, rest, []byte{']'}), attachments)
	return plainText(name), a, err
}

// First is the first argument as JSON, or nil: Node's servers know no more of an answer.
func First(a socketio.Args) (value []byte, attachments [][]byte, err error) {
	array, attachments, err := Raw(a)
	if err != nil || a.Len() == 0 {
		return nil, nil, err
	}
	if a.Len() > 1 {
		var values []json.RawMessage
		if err := json.Unmarshal(array, &values); err != nil {
			return nil, nil, err
		}
		return values[0], attachments, nil
	}
	return bytes.TrimSpace(array[1 : len(array)-1]), attachments, nil
}
