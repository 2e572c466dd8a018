package jsonx

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// CheckAttach reports whether every placeholder in data names one of n attachments, as the
// JavaScript parser does before it hands out a packet. data must have passed Scan.
func CheckAttach(data []byte, n int) error {
	_, err := placeholders(data, n)
	return err
}

// CheckWritten is CheckAttach for an array, or the inside of one, that has to hold n placeholders:
// AppendAttach writes one for each attachment. With one more, from raw JSON or from an object that
// a client made, a receiver would get bytes where they don't belong.
func CheckWritten(data []byte, n int) error {
	count, err := placeholders(data, n)
	if err == nil && count != n {
		return fmt.Errorf("%w: an object that looks like a placeholder beside binary", ErrAttachment)
	}
	return err
}

// placeholders counts them. The error says that one names none of n attachments.
func placeholders(data []byte, n int) (count int, err error) {
	type frame struct{ object, placeholder, valid bool }
	var room [32]frame
	open := room[:0]
	for i := 0; i < len(data); {
		member := false
		switch data[i] {
		case '{':
			if num, end := plainPlaceholder(data[i:]); end > 0 {
				count++
				if num >= n {
					err = ErrAttachment
				}
				i += end
				continue
			}
			open = append(open, frame{object: true})
			i = space(data, i+1)
			member = data[i] == '"'
		case '[':
			open = append(open, frame{})
			i++
		case '}', ']':
			if f := open[len(open)-1]; f.placeholder {
				count++
				if !f.valid {
					err = ErrAttachment
				}
			}
			open = open[:len(open)-1]
			i++
		case ',':
			i = space(data, i+1)
			member = len(open) > 0 && open[len(open)-1].object
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
	return count, err
}

// plainStart is how clients begin a placeholder.
const plainStart = `{"_placeholder":true,"num":`

// plainPlaceholder reads a placeholder that is written as clients write it. The end is 0 for
// anything else that data may begin with.
func plainPlaceholder(data []byte) (num, end int) {
	if len(data) < len(plainStart) || string(data[:len(plainStart)]) != plainStart {
		return 0, 0
	}
	i := len(plainStart)
	for i < len(data) && data[i]-'0' <= 9 && num < 1e6 {
		num = num*10 + int(data[i]-'0')
		i++
	}
	if i == len(plainStart) || i == len(data) || data[i] != '}' {
		return 0, 0
	}
	return num, i + 1
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
