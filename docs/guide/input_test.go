package guide

import (
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// decode reads JSON as the handler of an event would get it.
func decode[T any](args socketio.Args) error {
	var v T
	return args.Decode(0, &v)
}

var decoders = map[string]func(socketio.Args) error{
	"string": decode[string], "bool": decode[bool], "float64": decode[float64], "*int": decode[*int], "[]string": decode[[]string],
	"int": decode[int], "uint8": decode[uint8], "time.Time": decode[time.Time], "any": decode[any],
}

// fits tells whether a text of JSON is a value of a type.
func fits(t *testing.T, name, text string) bool {
	t.Helper()
	var args socketio.Args
	if err := args.UnmarshalJSON([]byte("[" + text + "]")); err != nil {
		t.Fatalf("%s is no JSON: %v", text, err)
	}
	return decoders[name](args) == nil
}

// The tables of the page are true: the second column fits the types of the third, and of "What
// fits" the second column fits the types of the first, but the third doesn't.
func TestInput(t *testing.T) {
	for _, page := range []string{"input.md", "input.ko.md"} {
		tried := 0
		check := func(types, values []string, want bool) {
			for _, name := range types {
				if decoders[name] == nil {
					continue
				}
				for _, value := range values {
					tried++
					if got := fits(t, name, value); got != want {
						t.Errorf("%s: %s as %s: %v", page, value, name, got)
					}
				}
			}
		}
		for _, cells := range rows(t, page) {
			if len(cells) != 3 || len(cells[0]) == 0 {
				continue
			}
			if decoders[cells[0][0]] != nil {
				check(cells[0], cells[1], true)
				check(cells[0], cells[2], false)
			} else if !strings.Contains(strings.Join(cells[0], " "), "Unmarshal") {
				check(cells[2], cells[1], true)
			}
		}
		if tried < 25 {
			t.Errorf("%s: %d values only", page, tried)
		}
	}
}
