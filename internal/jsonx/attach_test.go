package jsonx_test

import (
	stdjson "encoding/json"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/madang-chat/madang/internal/jsonx"
)

type (
	blob []byte

	upload struct {
		Name string `json:"name"`
		Body []byte `json:"body"`
	}
	album struct {
		Cover blob              `json:"cover"`
		Files []upload          `json:"files"`
		Named map[string][]byte `json:"named"`
		Extra any               `json:"extra"`
		Next  *album            `json:"next,omitempty"`
	}
	node struct {
		Kids []*node
		Text string
	}
	leafy struct {
		Kids []*leafy
		Raw  []byte
	}
	hidden struct {
		raw []byte
		Out []byte `json:"-"`
	}
	ownForm struct{ Raw []byte }
)

func (ownForm) MarshalJSON() ([]byte, error) { return []byte(`"own"`), nil }

func TestNeedsHook(t *testing.T) {
	_ = hidden{raw: nil}.raw
	for _, tt := range []struct {
		v    any // pointer, so that interface types can be given
		want bool
	}{
		{new([]byte), true}, {new(blob), true}, {new(*[]byte), true}, {new([][]byte), true}, {new([2]blob), true},
		{new(map[string][]byte), true}, {new(any), true}, {new(error), true}, {new(upload), true}, {new(album), true}, {new(leafy), true},
		{new(string), false}, {new(int), false}, {new([]string), false}, {new([16]byte), false}, {new(node), false}, {new(hidden), false},
		{new(ownForm), false}, {new(time.Time), false}, {new(netip.Addr), false}, {new(stdjson.RawMessage), false}, {new(jsontext.Value), false},
		{new(map[string]point), false}, {new(stdjson.Marshaler), false}, {new([]celsius), false}, {new(chan []byte), false},
	} {
		typ := reflect.TypeOf(tt.v).Elem()
		for range 2 { // worked out, then cached
			if got := jsonx.NeedsHook(typ); got != tt.want {
				t.Errorf("NeedsHook(%v) = %v", typ, got)
			}
		}
	}
	if jsonx.NeedsHook(nil) {
		t.Error("NeedsHook(nil) = true")
	}
}

func ph(n string) string { return `{"_placeholder":true,"num":` + n + `}` }

func TestAppendAttach(t *testing.T) {
	a, b, c := []byte("a"), []byte("bb"), []byte{}
	for _, tt := range []struct {
		v    any
		want string
		atts []string
	}{
		{a, ph("0"), []string{"a"}},
		{blob("x"), ph("0"), []string{"x"}},
		{blob(nil), `null`, nil},
		{[]byte(nil), `null`, nil},
		{c, ph("0"), []string{""}},
		{&a, ph("0"), []string{"a"}},
		{"text", `"text"`, nil},
		{node{Text: "x"}, `{"Kids":[],"Text":"x"}`, nil},
		{[]any{a, 1, "s", nil, map[string]any{"z": c, "k": b}}, `[` + ph("0") + `,1,"s",null,{"k":` + ph("1") + `,"z":` + ph("2") + `}]`, []string{"a", "bb", ""}},
		{[][]byte{a, nil, b}, `[` + ph("0") + `,null,` + ph("1") + `]`, []string{"a", "bb"}},
		{upload{"n", b}, `{"name":"n","body":` + ph("0") + `}`, []string{"bb"}},
		{upload{"n", nil}, `{"name":"n","body":null}`, nil},
		{map[string]upload{"u": {"n", b}}, `{"u":{"name":"n","body":` + ph("0") + `}}`, []string{"bb"}},
		{album{Cover: blob("c"), Files: []upload{{"n", a}}, Named: map[string][]byte{"x": b}, Extra: []any{blob("e"), b}, Next: &album{}},
			`{"cover":` + ph("0") + `,"files":[{"name":"n","body":` + ph("1") + `}],"named":{"x":` + ph("2") + `},"extra":[` + ph("3") + `,` + ph("4") +
				`],"next":{"cover":null,"files":[],"named":{},"extra":null}}`, []string{"c", "a", "bb", "e", "bb"}},
		{[]any{stdjson.RawMessage(`{"r":1}`), ownForm{a}, [2]byte{1, 2}, time.Unix(0, 0).UTC()}, `[{"r":1},"own","AQI=","1970-01-01T00:00:00Z"]`, nil},
		{[]any{blob("x"), math.NaN(), float32(1.5), struct {
			F float64
			B []byte
			A any
		}{math.Inf(1), b, a}}, `[` + ph("0") + `,null,1.5,{"F":null,"B":` + ph("1") + `,"A":` + ph("2") + `}]`, []string{"x", "bb", "a"}},
	} {
		var atts [][]byte
		got, err := jsonx.AppendAttach(nil, tt.v, &atts)
		var texts []string
		for _, att := range atts {
			texts = append(texts, string(att))
		}
		if err != nil || string(got) != tt.want || !reflect.DeepEqual(texts, tt.atts) {
			t.Errorf("AppendAttach(%#v) = %s, %q, %v;\nwant %s, %q", tt.v, got, texts, err, tt.want, tt.atts)
		}
	}
}

func TestAppendAttachCountsOn(t *testing.T) {
	atts := [][]byte{[]byte("first")}
	got, err := jsonx.AppendAttach(nil, upload{Body: []byte("x")}, &atts)
	if err != nil || !strings.Contains(string(got), ph("1")) || len(atts) != 2 {
		t.Errorf("got %s, %q, %v", got, atts, err)
	}
}

func TestDecodeAttach(t *testing.T) {
	atts := [][]byte{[]byte("a"), []byte("bb"), {}}
	for _, tt := range []struct {
		in   string
		into any
		want any
	}{
		{ph("1"), new([]byte), []byte("bb")},
		{ph("1.0"), new([]byte), []byte("bb")},
		{`{"num":0,"x":[1],"_placeholder":true}`, new([]byte), []byte("a")},
		{`{"_placeholder":true,"num":9,"num":0}`, new([]byte), []byte("a")},
		{ph("2"), new(blob), blob{}},
		{`"AQI="`, new([]byte), []byte{1, 2}},
		{`"AQI="`, new(blob), blob{1, 2}},
		{`null`, new([]byte), []byte(nil)},
		{ph("0"), new(any), []byte("a")},
		{`{"_placeholder":"true","num":7}`, new(any), map[string]any{"_placeholder": "true", "num": 7.0}},
		{`[1,` + ph("0") + `,{"k":[` + ph("1") + `]}]`, new(any), []any{1.0, []byte("a"), map[string]any{"k": []any{[]byte("bb")}}}},
		{`[` + ph("0") + `]`, new([]any), []any{[]byte("a")}},
		{`{"k":` + ph("0") + `}`, new(map[string]any), map[string]any{"k": []byte("a")}},
		{`{"name":"n","body":` + ph("1") + `}`, new(upload), upload{"n", []byte("bb")}},
		{`{"body":` + ph("0") + `,"body":` + ph("1") + `}`, new(upload), upload{"", []byte("bb")}},
		{`{"cover":` + ph("0") + `,"files":[{"body":` + ph("1") + `}],"named":{"x":` + ph("2") + `},"extra":{"y":` + ph("0") + `}}`, new(album),
			album{Cover: blob("a"), Files: []upload{{Body: []byte("bb")}}, Named: map[string][]byte{"x": {}}, Extra: map[string]any{"y": []byte("a")}}},
		{`"s"`, new(string), "s"},
		{`{"x":1}`, new(point), point{X: 1}},
	} {
		err := jsonx.DecodeAttach([]byte(tt.in), tt.into, atts)
		got := reflect.ValueOf(tt.into).Elem().Interface()
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("DecodeAttach(%s) = %#v, %v; want %#v", tt.in, got, err, tt.want)
		}
	}
}

func TestDecodeAttachErrors(t *testing.T) {
	atts := [][]byte{[]byte("a")}
	for _, bad := range []string{ph("1"), ph("-1"), ph("0.5"), ph(`"0"`), ph("null"), ph("1e99"), `{"_placeholder":true}`} {
		for _, into := range []any{new(any), new([]byte), new(blob)} {
			if err := jsonx.DecodeAttach([]byte(bad), into, atts); !errors.Is(err, jsonx.ErrAttachment) {
				t.Errorf("DecodeAttach(%s) into %T = %v; want ErrAttachment", bad, into, err)
			}
		}
		nested := `{"extra":[` + bad + `]}`
		if err := jsonx.DecodeAttach([]byte(nested), new(album), atts); !errors.Is(err, jsonx.ErrAttachment) {
			t.Errorf("DecodeAttach(%s) = %v; want ErrAttachment", nested, err)
		}
		if err := jsonx.CheckAttach([]byte(nested), 1); err != jsonx.ErrAttachment {
			t.Errorf("CheckAttach(%s) = %v; want ErrAttachment", nested, err)
		}
	}
	for _, tt := range []struct {
		in   string
		into any
	}{{`{}`, new([]byte)}, {`{"num":0}`, new(blob)}, {`1`, new([]byte)}, {`"*"`, new(blob)}, {`[`, new(any)}, {``, new(album)}} {
		if err := jsonx.DecodeAttach([]byte(tt.in), tt.into, atts); err == nil {
			t.Errorf("DecodeAttach(%s) into %T gave no error", tt.in, tt.into)
		}
	}
}

// Without attachments nothing is a placeholder, except where a []byte is wanted.
func TestDecodeAttachNone(t *testing.T) {
	var v any
	want := map[string]any{"_placeholder": true, "num": 0.0}
	if err := jsonx.DecodeAttach([]byte(ph("0")), &v, nil); err != nil || !reflect.DeepEqual(v, want) {
		t.Errorf("got %v, %v", v, err)
	}
	var b []byte
	if err := jsonx.DecodeAttach([]byte(ph("0")), &b, nil); !errors.Is(err, jsonx.ErrAttachment) {
		t.Errorf("got %v", err)
	}
}

func TestCheckAttach(t *testing.T) {
	for _, good := range []string{
		`["a",` + ph("0") + `,` + ph("1") + `,` + ph("1.0") + `]`, `["_placeholder","num",{"num":9}]`,
		`[{"_placeholder":1,"num":9},{"_placeholder":false},{"_placeholder":true,"num":9,"num":1}]`,
		`[{"_placeholder":true,"_placeholder":null}]`, `{"_placeholder" : true , "num" : 1 }`, `["]}",{"a":{}},[]]`,
	} {
		if err := jsonx.CheckAttach([]byte(good), 2); err != nil {
			t.Errorf("CheckAttach(%s) = %v", good, err)
		}
	}
	for _, bad := range []string{ph("2"), `[{"\u005fplaceholder":true,"num":2}]`, `{"_placeholder":true,"num":0,"num":"0"}`} {
		if err := jsonx.CheckAttach([]byte(bad), 2); err != jsonx.ErrAttachment {
			t.Errorf("CheckAttach(%s) = %v; want ErrAttachment", bad, err)
		}
	}
}

func FuzzDecodeAttach(f *testing.F) {
	for _, s := range append([]string{
		ph("0"), `[` + ph("0") + `,` + ph("1") + `]`, `{"name":"gif","body":` + ph("1") + `}`, `{"cover":` + ph("0") + `,"extra":[{"k":` + ph("1") + `}]}`,
		ph("2"), ph("-1"), ph("0.5"), ph(`"0"`), `{"_placeholder":true}`, `{"a":1,"a":` + ph("0") + `}`, `"AQI="`,
		`[{"_placeholder":true,"num":0,"num":9}]`, `{"cover":"AQI=","next":{"extra":` + ph("1") + `}}`,
	}, wellFormed...) {
		f.Add([]byte(s))
	}
	atts := [][]byte{[]byte("a"), []byte("bb")}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, into := range []any{new([]byte), new(blob), new(upload), new(album), new([]any), new(map[string]any), new([][]byte)} {
			// Wrong types are errors; only a panic fails.
			_ = jsonx.DecodeAttach(data, into, atts)
		}
		var v any
		err := jsonx.DecodeAttach(data, &v, atts)
		if err != nil {
			return
		}
		var out [][]byte
		text, err := jsonx.AppendAttach(nil, v, &out)
		if err != nil {
			t.Fatalf("%q decoded to %v, which does not encode: %v", data, v, err)
		}
		if err := jsonx.CheckAttach(text, len(out)); err != nil {
			t.Fatalf("%q became %q with %d attachments: %v", data, text, len(out), err)
		}
		var back any
		if err := jsonx.DecodeAttach(text, &back, append(out, nil)); err != nil || !reflect.DeepEqual(v, back) {
			t.Fatalf("%q became %v, then %v, %v", data, v, back, err)
		}
	})
}

type (
	rawField struct {
		A stdjson.RawMessage `json:"a"`
		B []byte             `json:"b"`
	}
	rawDeep struct {
		List []map[string]*jsontext.Value `json:"list"`
		At   time.Time                    `json:"at"`
	}
	ownReader struct{ seen string }
)

func (o *ownReader) UnmarshalJSON(b []byte) error {
	o.seen = string(b)
	return nil
}

// Text that is kept as it came can't keep attachments.
func TestDecodeAttachRaw(t *testing.T) {
	atts := [][]byte{[]byte("a"), []byte("bb")}
	for _, tt := range []struct {
		in   string
		into any
		want any // nil for an error
	}{
		{ph("0"), new(stdjson.RawMessage), nil},
		{`[1,[` + ph("1") + `]]`, new(jsontext.Value), nil},
		{`{"x":{"num":7,"\u005fplaceholder":true}}`, new(ownReader), nil},
		{ph("0"), new(*ownReader), nil},
		{`{"a":` + ph("0") + `,"b":` + ph("1") + `}`, new(rawField), nil},
		{`{"list":[{"k":[` + ph("0") + `]}]}`, new(rawDeep), nil},
		{`{"a":{"x":[1]},"b":` + ph("1") + `}`, new(rawField), rawField{stdjson.RawMessage(`{"x":[1]}`), []byte("bb")}},
		{`{"a":{"_placeholder":false,"num":0}}`, new(rawField), rawField{A: stdjson.RawMessage(`{"_placeholder":false,"num":0}`)}},
		{`{"a":null,"b":null}`, new(rawField), rawField{A: stdjson.RawMessage(`null`)}},
		{`{"other":` + ph("0") + `,"at":"2026-01-02T03:04:05Z"}`, new(rawDeep), rawDeep{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{`[[1]]`, new([]ownReader), []ownReader{{"[1]"}}},
	} {
		err := jsonx.DecodeAttach([]byte(tt.in), tt.into, atts)
		if tt.want == nil {
			if !errors.Is(err, jsonx.ErrAttachment) || !strings.Contains(err.Error(), "take socketio.Args or any") {
				t.Errorf("DecodeAttach(%s) into %T = %v", tt.in, tt.into, err)
			}
			continue
		}
		if got := reflect.ValueOf(tt.into).Elem().Interface(); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("DecodeAttach(%s) = %#v, %v; want %#v", tt.in, got, err, tt.want)
		}
	}
	var raw stdjson.RawMessage // without attachments nothing is a placeholder
	if err := jsonx.DecodeAttach([]byte(ph("0")), &raw, nil); err != nil || string(raw) != ph("0") {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestCheckWritten(t *testing.T) {
	for in, n := range map[string]int{
		`["e",` + ph("0") + `,{"a":` + ph("1") + `}]`: 2,
		ph("0") + `,1,{"b":[{"_placeholder":1}]}`:     1,
		`"a",{"num":3}`: 0,
	} {
		if err := jsonx.CheckWritten([]byte(in), n); err != nil {
			t.Errorf("CheckWritten(%s, %d) = %v", in, n, err)
		}
		for _, bad := range []string{in + `,` + ph("0"), `{"x":` + ph("0") + `},` + in} {
			if err := jsonx.CheckWritten([]byte(bad), n); !errors.Is(err, jsonx.ErrAttachment) {
				t.Errorf("CheckWritten(%s, %d) = %v", bad, n, err)
			}
		}
		if err := jsonx.CheckWritten([]byte(in), n+1); !errors.Is(err, jsonx.ErrAttachment) {
			t.Errorf("CheckWritten(%s, %d) = %v", in, n+1, err)
		}
	}
}

// What holds itself is an error, also where no array or object lies in between.
func TestCycles(t *testing.T) {
	var direct, behind any
	direct = &direct
	through := &behind
	behind = &through
	tree := []any{nil}
	tree[0] = tree
	names := map[string]any{}
	names["x"] = []any{names}
	type node struct{ Any any }
	own := &node{}
	own.Any = own
	held := &node{&direct}
	type row []any
	typed := row{nil}
	typed[0] = typed
	for _, v := range []any{direct, behind, through, tree, names, own, held, *held, typed, map[string]*any{"a": &direct}, []any{held}} {
		var atts [][]byte
		if _, err := jsonx.AppendAttach(nil, v, &atts); err == nil {
			t.Errorf("AppendAttach wrote a %T", v)
		}
		if _, err := jsonx.Append(nil, v); err == nil {
			t.Errorf("Append wrote a %T", v)
		}
	}
	var none any
	for _, v := range []any{&none, (*any)(nil), map[string]*any{"a": nil, "b": &none}} {
		if _, err := jsonx.Append(nil, v); err != nil {
			t.Errorf("%T: %v", v, err)
		}
	}
}
