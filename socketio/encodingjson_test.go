package socketio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// The table of the guide, "How values become JSON", and what is the same.

type (
	inner    struct{ A int }
	hidden   struct{ A int }
	embeds   struct{ inner }
	promotes struct {
		*hidden
		B int
	}
	outer struct {
		inner
		A string // goes before the embedded one
	}
	lower struct{ Name string }
	opt   struct {
		N int            `json:"n,omitempty"`
		B bool           `json:"b,omitempty"`
		S string         `json:"s,omitempty"`
		L []int          `json:"l,omitempty"`
		M map[string]int `json:"m,omitempty"`
		P *int           `json:"p,omitempty"`
		I any            `json:"i,omitempty"`
		T time.Time      `json:"t,omitzero"`
		Z int            `json:"z,omitzero"`
	}
	textKey struct{ n int }
	shouts  struct{ S string }
	ring    struct{ Next *ring }
	level   uint8
	aside   struct{ S string }
)

func (a *aside) MarshalJSON() ([]byte, error) { return []byte(`"aside"`), nil }

func (k textKey) MarshalText() ([]byte, error) { return fmt.Append(nil, "k", k.n), nil }
func (k *textKey) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "k%d", &k.n)
	return err
}
func (s shouts) MarshalJSON() ([]byte, error) { return json.Marshal(strings.ToUpper(s.S)) }

// struct1 is a struct of one int field with a tag that go vet objects to.
func struct1(tag reflect.StructTag) any {
	t := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeFor[int](), Tag: tag}})
	return reflect.Zero(t).Interface()
}

const isError = "error:"

func TestWritingBesideEncodingJSON(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	w := s.client(t)
	cycle := &ring{}
	cycle.Next = cycle
	loop := map[string]any{}
	loop["a"] = loop
	for _, tt := range []struct {
		what      string
		v         any
		std, ours string // ours is empty when it is the same; "error:" and what the error says
	}{
		{"bytes", []byte("b"), `"Yg=="`, `{"_placeholder":true,"num":0}`},
		{"bytes in a struct", struct{ B []byte }{[]byte("b")}, `{"B":"Yg=="}`, `{"B":{"_placeholder":true,"num":0}}`},
		{"nil bytes", []byte(nil), `null`, ``},
		{"array of bytes", [3]byte{1}, `[1,0,0]`, `"AQAA"`},
		{"slice of another byte", []level{1, 2}, `"AQI="`, `[1,2]`},
		{"nil slice", []int(nil), `null`, `[]`},
		{"nil map", map[string]int(nil), `null`, `{}`},
		{"nil pointer", (*inner)(nil), `null`, ``},
		{"NaN", math.NaN(), isError + "NaN", `null`},
		{"infinity in a struct", struct{ F float64 }{math.Inf(1)}, isError + "Inf", `{"F":null}`},
		{"HTML", "<b>&\u2028", `"\u003cb\u003e\u0026\u2028"`, "\"<b>&\u2028\""},
		{"no UTF-8", "a\xff", `"a\ufffd"`, "\"a\ufffd\""},
		{"omitempty", opt{}, `{}`, `{"n":0,"b":false}`},
		{"omitempty that isn't", opt{N: 1, B: true, S: "s", L: []int{1}, Z: 1}, `{"n":1,"b":true,"s":"s","l":[1],"z":1}`, ``},
		{"time", time.Unix(0, 0).UTC(), `"1970-01-01T00:00:00Z"`, ``},
		{"duration", time.Second, `1000000000`, ``},
		{"json.Number", json.Number("1.50"), `1.50`, ``},
		{"raw JSON", json.RawMessage(`{"a": 1}`), `{"a":1}`, ``},
		{"broken raw JSON", json.RawMessage(`{`), isError, isError},
		{"large float", 1e21, `1e+21`, ``},
		{"int64", int64(math.MaxInt64), `9223372036854775807`, ``},
		{"big.Int", big.NewInt(5), `5`, ``},
		{"embedded", embeds{inner{1}}, `{"A":1}`, ``},
		{"embedded pointer to a type that isn't exported", promotes{&hidden{1}, 2}, `{"A":1,"B":2}`, ``},
		{"nil embedded pointer", promotes{B: 2}, `{"B":2}`, ``},
		{"shadowed", outer{inner{1}, "a"}, `{"A":"a"}`, ``},
		{"not exported", struct{ a, B int }{1, 2}, `{"B":2}`, ``},
		{"left out", struct {
			A int `json:"-"`
			B int
		}{1, 2}, `{"B":2}`, ``},
		{"unknown tag option", struct {
			A int `json:"a,inline"`
		}{1}, `{"a":1}`, ``},
		{"string option", struct {
			N int64 `json:",string"`
		}{1}, `{"N":"1"}`, ``},
		{"string option of a bool", struct {
			B bool `json:",string"`
		}{true}, `{"B":"true"}`, isError + "string"},
		{"string option of a string", struct {
			S string `json:",string"`
		}{"s"}, `{"S":"\"s\""}`, isError + "string"},
		{"space in a tag", struct1(`json:"a, omitempty"`), `{"a":0}`, isError + "malformed"},
		{"option in capitals", struct1(`json:"a,omitEmpty"`), `{"a":0}`, isError + "omitempty"},
		{"a name of one dash", struct1(`json:"-,"`), `{"-":0}`, isError + "trailing ','"},
		{"two fields of one name", twoFields(), `{}`, isError + "conflict"},
		{"integer keys", map[int]string{10: "b", 2: "a"}, `{"10":"b","2":"a"}`, ``},
		{"keys that write text", map[textKey]int{{1}: 2}, `{"k1":2}`, ``},
		{"float keys", map[float64]int{1.5: 1}, isError + "unsupported", `{"1.5":1}`},
		{"keys of any", map[any]int{1: 2, "a": 3}, isError + "unsupported", `{"1":2,"a":3}`},
		{"bool keys", map[bool]int{true: 1}, isError + "unsupported", isError + "name must be a string"},
		{"MarshalJSON", shouts{"a"}, `"A"`, ``},
		{"MarshalJSON of a pointer", aside{"a"}, `{"S":"a"}`, `"aside"`},
		{"MarshalJSON of a pointer, in a map", map[string]aside{"x": {"a"}}, `{"x":{"S":"a"}}`, `{"x":"aside"}`},
		{"MarshalJSON of a pointer that is there", []aside{{"a"}}, `["aside"]`, ``},
		{"raw JSON with a name twice", json.RawMessage(`{"a":1,"a":2}`), `{"a":1,"a":2}`, isError + "duplicate"},
		{"embedded interface", struct{ fmt.Stringer }{}, `{"Stringer":null}`, isError + "non-struct"},
		{"interface", []any{nil, 1, "a", fmt.Stringer(time.Second)}, `[null,1,"a",1000000000]`, ``},
		{"mutex", &struct{ Mu sync.Mutex }{}, `{"Mu":{}}`, isError + "/Mu"},
		{"an error", errors.New("x"), `{}`, isError + "no exported fields"},
		{"an error in a field", struct{ E error }{errors.New("x")}, `{"E":{}}`, isError + "/E"},
		{"empty struct", struct{}{}, `{}`, ``},
		{"channel", make(chan int), isError + "chan int", isError + "chan int"},
		{"channel behind any", struct{ C any }{make(chan int)}, isError + "chan int", isError + "/C"},
		{"function", func() {}, isError + "func()", isError + "func()"},
		{"complex number", 1i, isError + "complex128", isError + "complex128"},
		{"a pointer in itself", cycle, isError + "cycle", isError + "cycle"},
		{"a map in itself", loop, isError + "cycle", isError + "in itself"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			check := func(who, want, got string, err error) {
				t.Helper()
				says, fails := strings.CutPrefix(want, isError)
				if fails != (err != nil) || fails && !strings.Contains(err.Error(), says) || !fails && got != want {
					t.Errorf("%s: %s, %v; want %s", who, got, err, want)
				}
			}
			std, err := json.Marshal(tt.v)
			check("encoding/json", tt.std, string(std), err)
			if tt.ours == "" {
				tt.ours = tt.std
			}
			err = ns.Emit("row", 0, tt.v)
			if err != nil && !strings.HasPrefix(err.Error(), `socketio: emit "row": argument 2: `) {
				t.Error("the error doesn't tell where:", err)
			}
			got := ""
			if err == nil {
				got = w.next()
				got = strings.TrimSuffix(got[strings.Index(got, "0,")+2:], "]")
				if strings.Contains(got, "_placeholder") {
					w.expect("b:b")
				}
			}
			check("socketio", tt.ours, got, err)
		})
	}
}

func twoFields() any {
	n := reflect.TypeFor[int]()
	return reflect.Zero(reflect.StructOf([]reflect.StructField{{Name: "A", Type: n, Tag: `json:"x"`}, {Name: "B", Type: n, Tag: `json:"x"`}})).Interface()
}

func TestReadingBesideEncodingJSON(t *testing.T) {
	for _, tt := range []struct {
		what, text string
		to         any
		std, ours  string // what the value is then; ours is empty when it is the same
	}{
		{"5.0", `5.0`, new(int), isError, "5"},
		{"5e0", `5e0`, new(uint8), isError, "5"},
		{"-0", `-0`, new(uint), isError, "0"},
		{"1e9 as a duration", `1e9`, new(time.Duration), isError, "1s"},
		{"5.5", `5.5`, new(int), isError, ""},
		{"out of range", `256.0`, new(uint8), isError, ""},
		{"a number for a string", `5`, new(string), isError, ""},
		{"a string for a number", `"5"`, new(int), isError, ""},
		{"other case", `{"NAME":"x"}`, new(lower), "{x}", "{}"},
		{"duplicate names", `{"Name":"a","Name":"b"}`, new(lower), "{b}", ""},
		{"unknown names", `{"Name":"a","more":1}`, new(lower), "{a}", ""},
		{"null", `null`, new(int), "0", ""},
		{"list for an array, shorter", `[1]`, new([2]int), "[1 0]", isError},
		{"list for an array, longer", `[1,2,3]`, new([2]int), "[1 2]", isError},
		{"list of numbers for bytes", `[1,2]`, new([]byte), "[1 2]", isError},
		{"list of numbers for another byte", `[1,2]`, new([]level), "[1 2]", ""},
		{"base64 for another byte", `"AQI="`, new([]level), "[1 2]", isError},
		{"base64", `"AQI="`, new([]byte), "[1 2]", ""},
		{"base64 for an array", `"AQI="`, new([2]byte), isError, "[1 2]"},
		{"half a surrogate pair", `"\ud800"`, new(string), "\ufffd", ""},
		{"integer keys", `{"2":"a"}`, new(map[int]string), "map[2:a]", ""},
		{"keys that read text", `{"k1":2}`, new(map[textKey]int), "map[{1}:2]", ""},
		{"json.Number", `1.50`, new(json.Number), "1.50", ""},
		{"json.Number from text", `"1.50"`, new(json.Number), "1.50", ""},
		{"any", `[1,{"a":null}]`, new(any), "[1 map[a:<nil>]]", ""},
		{"raw JSON", `[1]`, new(json.RawMessage), "[91 49 93]", ""},
		{"an interface with methods", `1`, new(fmt.Stringer), isError, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			check := func(who, want string, p reflect.Value, err error) {
				t.Helper()
				if fails := want == isError; fails != (err != nil) || !fails && fmt.Sprint(p.Elem()) != want {
					t.Errorf("%s: %v, %v; want %s", who, p.Elem(), err, want)
				}
			}
			p := reflect.New(reflect.TypeOf(tt.to).Elem())
			check("encoding/json", tt.std, p, json.Unmarshal([]byte(tt.text), p.Interface()))
			if tt.ours == "" {
				tt.ours = tt.std
			}
			var args socketio.Args // as they came
			if err := args.UnmarshalJSON([]byte("[" + tt.text + "]")); err != nil {
				t.Fatal(err)
			}
			p = reflect.New(reflect.TypeOf(tt.to).Elem())
			check("socketio", tt.ours, p, args.Decode(0, p.Interface()))
		})
	}
}

type (
	guarded struct {
		Mu sync.Mutex
		N  int
	}
	guardedBehind struct{ List []*guarded }
	guardedAside  struct {
		Mu sync.Mutex `json:"-"`
		P  *sync.Mutex
		N  int
	}
	wordy struct {
		B bool `json:",string"`
	}
)

// What can't travel panics where it is described, and what may is let through.
func TestDescribingWhatCantTravel(t *testing.T) {
	ns := start(t, socketio.Options{}).Of("/")
	for want, register := range map[string]func(){
		`event "mutex" can't carry socketio_test.guarded: socketio_test.guarded at /Mu`:      func() { socketio.NewEvent[guarded]("mutex") },
		`event "deep" can't carry *socketio_test.guardedBehind`:                              func() { socketio.NewEvent[*guardedBehind]("deep") },
		`event "q" can't carry socketio_test.wordy: socketio_test.wordy has the tag`:         func() { socketio.NewCall[wordy, int]("q") },
		`event "r" can't carry []socketio_test.piping`:                                       func() { socketio.NewCall[int, []piping]("r") },
		`event "key" can't carry map[bool]int: bool can't be a key`:                          func() { socketio.NewEvent[map[bool]int]("key") },
		`event "embedded" can't carry struct { fmt.Stringer }`:                               func() { socketio.NewEvent[struct{ fmt.Stringer }]("embedded") },
		`the event "on" can't be read into *socketio_test.guarded: socketio_test.guarded at`: func() { socketio.On[*guarded](ns, "on", func(ctx, socket, *guarded) error { return nil }) },
	} {
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), want) {
					t.Errorf("panic with %v; want %s", p, want)
				}
			}()
			register()
		}()
	}
	if err := socketio.NewEvent[*guardedAside]("aside").Emit(ns, &guardedAside{N: 1}); err != nil {
		t.Error(err)
	}
	// The codec words its errors now so, now so: nobody is to depend on that.
	for what, err := range map[string]error{
		`emit "bad": … within "/E"`:                             socketio.NewEvent[struct{ E error }]("bad").Emit(ns, struct{ E error }{errors.New("x")}),
		`server event "worse": … argument 2: … exported fields`: ns.ServerSideEmit("worse", 1, errors.New("x")),
	} {
		for part := range strings.SplitSeq(what, " … ") {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%v; want %s", err, what)
			}
		}
	}
}
