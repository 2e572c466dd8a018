package jsonx

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// CheckAttach reports whether every placeholder in data names one of n attachments, as the
// JavaScript parser does before it hands out a packet. data must have passed Scan.
func CheckAttach(data []byte, n int) error {
	type frame struct{ object, placeholder, valid bool }
	var room [32]frame
	open := room[:0]
	for i := 0; i < len(data); {
		member := false
		switch data[i] {
		case '{':
			open = append(open, frame{object: true})
			i = space(data, i+1)
			member = data[i] == '"'
		case '[':
			open = append(open, frame{})
			i++
		case '}', ']':
			if f := open[len(open)-1]; f.placeholder && !f.valid {
				return ErrAttachment
			}
			open = open[:len(open)-1]
			i++
		case ',':
			i = space(data, i+1)
			member = open[len(open)-1].object
		case '"':
			i, _ = str(data, i)
		default:
			i++
		}
		if !member {
			continue
		}
		end, _ := str(data, i)
		f := &open[len(open)-1]
		value := space(data, space(data, end)+1)
		switch memberName(data[i:end]) {
		case "_placeholder":
			f.placeholder = data[value] == 't'
		case "num":
			f.valid = false
			if c := data[value]; c == '-' || c-'0' <= 9 {
				num, _ := strconv.ParseFloat(string(data[value:valueEnd(data, value)]), 64)
				_, f.valid = index(num, n)
			}
		}
		i = value
	}
	return nil
}

// memberName returns the name of a member if it is one that makes a placeholder.
func memberName(quoted []byte) string {
	switch string(quoted) {
	case `"_placeholder"`:
		return "_placeholder"
	case `"num"`:
		return "num"
	}
	for _, c := range quoted {
		if c == '\\' {
			name, _ := jsontext.AppendUnquote(nil, quoted)
			return string(name)
		}
	}
	return ""
}

// index returns the attachment that a number names among n.
func index(num float64, n int) (int, bool) {
	if !(num >= 0 && num < float64(n)) || num != float64(int(num)) {
		return 0, false
	}
	return int(num), true
}
