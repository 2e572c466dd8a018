package jsonx_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/jsonx"
)

// A color reads its own JSON.
type color string

func (c *color) UnmarshalText(text []byte) error { return json.Unmarshal(text, c) }

func misfit(err error, data string, attached bool) string {
	where, what := jsonx.Misfit(err, []byte(data), attached)
	if where == "" {
		return what
	}
	return "at " + where + ": " + what
}

func TestMisfit(t *testing.T) {
	type tree struct {
		Kids []tree         `json:"kids"`
		Name string         `json:"name"`
		Age  int            `json:"나이"`
		Tiny uint8          `json:"tiny"`
		Odd  map[string]int `json:"odd name"`
		By   map[string]int `json:"by"`
		Raw  json.RawMessage
		File []byte
		At   time.Time
		Pair [2]int
		Num  json.Number
		Ptr  *bool
		Any  any
		Str  int `json:",string"`
		Own  color
		Wait time.Duration
	}
	attached := [][]byte{{1}}
	binary := `{"_placeholder":true,"num":0}`
	for _, tt := range []struct {
		into    any
		data    string
		atts    [][]byte
		message string
	}{
		{new(string), `1`, nil, "want a string, got a number"},
		{new(string), `null `, nil, ""},
		{new(bool), `"true"`, nil, "want a boolean, got a string"},
		{new(int), `"7"`, nil, "want a whole number, got a string"},
		{new(int), `1.5`, nil, "want a whole number, got another number"},
		{new(int8), `-129`, nil, "want a whole number from -128 to 127, got another number"},
		{new(int32), `1e99`, nil, "want a whole number from -2147483648 to 2147483647, got another number"},
		{new(uint), `-1`, nil, "want a whole number from 0, got another number"},
		{new(uint32), `[]`, nil, "want a whole number from 0 to 4294967295, got an array"},
		{new(float64), `"x"`, nil, "want a number, got a string"},
		{new([]string), `["a","b",3]`, nil, "at [2]: want a string, got a number"},
		{new([]string), `{}`, nil, "want an array, got an object"},
		{new(map[string]bool), `[1]`, nil, "want an object, got an array"},
		{new(tree), `true`, nil, "want an object, got a boolean"},
		{new(tree), `{"kids":[{},{"kids":[{"name":{}}]}]}`, nil, "at kids[1].kids[0].name: want a string, got an object"},
		{new(tree), `{"나이":"열"}`, nil, "at 나이: want a whole number, got a string"},
		{new(tree), `{"tiny":300}`, nil, "at tiny: want a whole number from 0 to 255, got another number"},
		{new(tree), `{"tiny":1.5}`, nil, "at tiny: want a whole number from 0 to 255, got another number"},
		{new(tree), `{"odd name":{"<b>":""}}`, nil, "at ….…: want a whole number, got a string"},
		{new(tree), `{"by":{"x/y":""}}`, nil, "at by.…: want a whole number, got a string"},
		{new(tree), `{"by":{"a":""}}`, nil, "at by.a: want a whole number, got a string"},
		{new(tree), `{"File":"no base64!"}`, nil, "at File: want binary, got a string"},
		{new(tree), `{"File":7}`, nil, "at File: want binary, got a number"},
		{new(tree), `{"File":{"name":"x"}}`, nil, "at File: want binary, got an object"},
		{new(tree), `{"name":` + binary + `}`, attached, "at name: want a string, got binary"},
		{new(tree), `{"name":` + binary + `}`, nil, "at name: want a string, got an object"},
		{new(tree), `{"Raw":` + binary + `}`, attached, "at Raw: want JSON without binary, got binary"},
		{new(tree), `{"Raw":{"x":[` + binary + `]}}`, attached, "at Raw: want JSON without binary, got binary"},
		{new(string), binary, attached, "want a string, got binary"},
		{new(tree), `{"At":"yesterday"}`, nil, "at At: want a time as RFC 3339 writes it, got a string"},
		{new(tree), `{"Pair":[1,2,3]}`, nil, "at Pair: want an array of 2, got another array"},
		{new(tree), `{"Pair":[1]}`, nil, "at Pair: want an array of 2, got another array"},
		{new(tree), `{"Pair":[1,"2"]}`, nil, "at Pair[1]: want a whole number, got a string"},
		{new(tree), `{"Num":"seven"}`, nil, "at Num: want a number, got a string"},
		{new(tree), `{"Ptr":"no"}`, nil, "at Ptr: want a boolean, got a string"},
		{new(tree), `{"Str":5}`, nil, "at Str: want a number in a string, got a number"},
		{new(tree), `{"Own":"red"}`, nil, "at Own: a string that doesn't fit"},
		{new(tree), `{"Wait":"1s"}`, nil, "at Wait: want a whole number, got a string"},
		{new(tree), `{"name":"x","name":3}`, nil, "at name: want a string, got a number"},
		{new(map[int]string), `{"one":"x"}`, nil, "at one: want a whole number, got a string"},
	} {
		err := jsonx.DecodeAttach([]byte(tt.data), tt.into, tt.atts)
		if tt.message == "" {
			if err != nil {
				t.Errorf("%s into %T: %v", tt.data, tt.into, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s fits %T", tt.data, tt.into)
			continue
		}
		if got := misfit(err, tt.data, tt.atts != nil); got != tt.message {
			t.Errorf("%s into %T: %q, want %q (%v)", tt.data, tt.into, got, tt.message, err)
		}
	}
}

// However deep and long the names are, the message is short and shows the end.
func TestMisfitIsShort(t *testing.T) {
	type list struct {
		Next []list `json:"next"`
		N    int
	}
	for name, tt := range map[string]struct {
		into any
		data string
		end  string
	}{
		"deep":       {new(list), strings.Repeat(`{"next":[`, 200) + `{"N":""}` + strings.Repeat(`]}`, 200), ".next[0].N: want a whole number, got a string"},
		"long name":  {new(map[string]int), `{"` + strings.Repeat("x", 1000) + `":""}`, "at …: want a whole number, got a string"},
		"long names": {new(map[string]map[string]int), `{"` + strings.Repeat("x", 1000) + `":{"` + strings.Repeat("y", 41) + `":""}}`, "…: want a whole number, got a string"},
		"slashes":    {new(map[string]int), `{"` + strings.Repeat("/", 1000) + `":""}`, "at …: want a whole number, got a string"},
	} {
		err := jsonx.Decode([]byte(tt.data), tt.into)
		got := misfit(err, tt.data, false)
		if len(got) > 200 || !strings.HasSuffix(got, tt.end) {
			t.Errorf("%s: %d bytes, %q", name, len(got), got)
		}
	}
}

// Whatever comes, the message is text that can be shown anywhere, and short.
func FuzzMisfit(f *testing.F) {
	type tree struct {
		Kids map[string][]tree
		Name string
		N    int8
		File []byte
		Raw  json.RawMessage
		Any  any
		At   time.Time
	}
	for _, seed := range []string{`{"Kids":{"a/~\"":[{"N":"x"}]}}`, `{"N":1e3}`, `{"File":{"_placeholder":true,"num":"0"}}`, `{"Raw":{"_placeholder":true,"num":0}}`, `{"At":"x","At":1}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if jsonx.Scan(data, 512) != nil {
			return
		}
		for _, atts := range [][][]byte{nil, {{1}}} {
			err := jsonx.DecodeAttach(data, new(tree), atts)
			if err == nil {
				continue
			}
			where, what := jsonx.Misfit(err, data, atts != nil)
			text := where + what
			if len(text) > 250 || what == "" || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsAny(text, `<>&"'\`) {
				t.Errorf("%q %q: %v", where, what, err)
			}
		}
	})
}
