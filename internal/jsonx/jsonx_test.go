package jsonx_test

import (
	stdjson "encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/madang-chat/madang/internal/jsonx"
)

type celsius float64

type point struct {
	X int `json:"x"`
	Y int `json:"y"`
}

func TestAppend(t *testing.T) {
	zone := time.FixedZone("KST", 9*3600)
	for _, tt := range []struct {
		v    any
		want string
	}{
		{nil, `null`},
		{true, `true`},
		{-7, `-7`},
		{int64(math.MinInt64), `-9223372036854775808`},
		{uint64(math.MaxUint64), `18446744073709551615`},
		{int8(-3), `-3`},
		{1.0, `1`},
		{1e21, `1e+21`},
		{123456789012345680000.0, `123456789012345680000`},
		{0.1, `0.1`},
		{float32(0.1), `0.1`},
		{math.NaN(), `null`},
		{math.Inf(-1), `null`},
		{[]float64{1, math.NaN(), 2}, `[1,null,2]`},
		{map[string]celsius{"b": celsius(math.Inf(1)), "a": 1.5}, `{"a":1.5,"b":null}`},
		{struct{ A, B any }{math.NaN(), 1}, `{"A":null,"B":1}`},
		{`<a href="x">&</a>`, `"<a href=\"x\">&</a>"`},
		{"안녕 😀", `"안녕 😀"`},
		{"a\x00\n\u2028b", "\"a\\u0000\\n\u2028b\""},
		{"a\xffb", "\"a\ufffdb\""},
		{[]string{"a\xff"}, "[\"a\ufffd\"]"},
		{[]int(nil), `[]`},
		{map[string]int(nil), `{}`},
		{(*point)(nil), `null`},
		{&point{1, 2}, `{"x":1,"y":2}`},
		{map[string]any{"b": 1, "a": []any{nil, "x"}}, `{"a":[null,"x"],"b":1}`},
		{[]byte{1, 2}, `"AQI="`},
		{stdjson.RawMessage(`{"a":1}`), `{"a":1}`},
		{jsontext.Value(`[1,2]`), `[1,2]`},
		{time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), `"2026-01-02T03:04:05.678Z"`},
		{[]any{time.Date(2026, 1, 2, 3, 4, 5, 0, zone)}, `["2026-01-02T03:04:05+09:00"]`},
	} {
		got, err := jsonx.Append([]byte("x"), tt.v)
		if err != nil || string(got) != "x"+tt.want {
			t.Errorf("Append(%#v) = %s, %v; want x%s", tt.v, got, err, tt.want)
		}
	}
}

func TestAppendErrorsLeaveDst(t *testing.T) {
	type ring struct{ Next any }
	r := &ring{}
	r.Next = r
	tree := map[string]any{}
	tree["self"] = tree
	for _, v := range []any{make(chan int), func() {}, r, map[string]any{"a": 1, "b": make(chan int)}, stdjson.RawMessage("{"), tree} {
		if got, err := jsonx.Append([]byte("x"), v); err == nil || string(got) != "x" {
			t.Errorf("Append(%T) = %s, %v; want an error and dst", v, got, err)
		}
		atts := [][]byte{{1}}
		got, err := jsonx.AppendAttach([]byte("x"), []any{[]byte("b"), v}, &atts)
		if err == nil || string(got) != "x" || len(atts) != 1 {
			t.Errorf("AppendAttach(%T) = %s, %d attachments, %v; want an error and no change", v, got, len(atts), err)
		}
	}
}

func TestAppendGrowsInPlace(t *testing.T) {
	dst := make([]byte, 2, 4096)
	copy(dst, "42")
	got, err := jsonx.Append(dst, point{1, 2})
	if err != nil || &got[0] != &dst[0] || string(got) != `42{"x":1,"y":2}` {
		t.Errorf("Append did not use the room of dst: %s, %v", got, err)
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		in   string
		into any // pointer to a zero value
		want any
	}{
		{`"a"`, new(string), "a"},
		{` "a" `, new(string), "a"},
		{`"a\n\u00e9"`, new(string), "a\né"},
		{`"\ud83d\ude00"`, new(string), "😀"},
		{`"a\ud800b"`, new(string), "a\ufffdb"},
		{`"\udc00\ud800"`, new(string), "\ufffd\ufffd"},
		{"\"a\xffb\"", new(string), "a\ufffdb"},
		{`null`, new(string), ""},
		{`null`, new(any), nil},
		{`true`, new(any), true},
		{`false`, new(any), false},
		{`"한"`, new(any), "한"},
		{`"a\u0041\n"`, new(any), "aA\n"},
		{`12`, new(any), 12.0},
		{`-0`, new(any), math.Copysign(0, -1)},
		{`-12.5e1`, new(any), -125.0},
		{`12345678901234567`, new(any), 12345678901234567.0},
		{`true`, new(bool), true},
		{`-12`, new(int), -12},
		{`9223372036854775807`, new(int64), int64(math.MaxInt64)},
		{`-0`, new(float64), math.Copysign(0, -1)},
		{`1.5e3`, new(float64), 1500.0},
		{`12`, new(float64), 12.0},
		{`{"x":1,"X":5,"z":[{}],"y":2}`, new(point), point{1, 2}},
		{`{"x":1,"x":2,"y":3,"x":4}`, new(point), point{4, 3}},
		{`{"x":1,"\u0078":2}`, new(point), point{X: 2}},
		{`{"a":{"x":1},"a":{"y":2}}`, new(map[string]point), map[string]point{"a": {Y: 2}}},
		{`{"a":{"b":1,"c":1},"a":{"b":2}, "d":[{"e":1,"e":2}]}`, new(any),
			map[string]any{"a": map[string]any{"b": 2.0}, "d": []any{map[string]any{"e": 2.0}}}},
		{`{"__proto__":1,"":2}`, new(any), map[string]any{"__proto__": 1.0, "": 2.0}},
		{`[1,"a",null,true,{}]`, new(any), []any{1.0, "a", nil, true, map[string]any{}}},
		{`"AQI="`, new([]byte), []byte{1, 2}},
		{`{"a": 1}`, new(stdjson.RawMessage), stdjson.RawMessage(`{"a": 1}`)},
		{`{"b":1,"b":[2]}`, new(jsontext.Value), jsontext.Value(`{"b":[2]}`)},
		{`"2026-01-02T03:04:05.678Z"`, new(time.Time), time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)},
	} {
		err := jsonx.Decode([]byte(tt.in), tt.into)
		got := reflect.ValueOf(tt.into).Elem().Interface()
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Decode(%s) = %#v, %v; want %#v", tt.in, got, err, tt.want)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, tt := range []struct {
		in   string
		into any
	}{
		{``, new(any)}, {`1 2`, new(any)}, {`{"a":1,"a":}`, new(any)}, {`"a`, new(string)}, {"\"a\nb\"", new(string)},
		{`"1"`, new(int)}, {`1.5`, new(int)}, {`01`, new(int)}, {`+1`, new(float64)}, {`9223372036854775808`, new(int64)},
		{`300`, new(int8)}, {`{"x":"a"}`, new(point)}, {`"*"`, new([]byte)}, {`truE`, new(bool)},
		{strings.Repeat("[", 20000) + strings.Repeat("]", 20000), new(any)},
	} {
		if err := jsonx.Decode([]byte(tt.in), tt.into); err == nil {
			t.Errorf("Decode(%.40s) into %T gave no error", tt.in, tt.into)
		}
	}
	if err := jsonx.Decode([]byte("1"), nil); err == nil {
		t.Error("Decode into nil gave no error")
	}
}
