package jsonx_test

import (
	"bytes"
	stdjson "encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/jsonx"
)

type counted struct {
	Wait  time.Duration                    `json:"wait"`
	Waits []time.Duration                  `json:"waits"`
	By    map[time.Duration]*time.Duration `json:"by"`
	Big   stdjson.Number                   `json:"big"`
	Bigs  map[string][]stdjson.Number      `json:"bigs"`
	Names map[stdjson.Number]int           `json:"names"`
	Any   any                              `json:"any"`
}

// Durations and numbers are what encoding/json makes of them, wherever they stand.
func TestNumbersLikeStandard(t *testing.T) {
	second := time.Second
	for _, v := range []any{
		second, &second, []time.Duration{1, -2}, map[string]time.Duration{"a": 1 << 62}, struct{ D time.Duration }{5},
		stdjson.Number("12"), stdjson.Number(""), stdjson.Number("-1.50e+3"), []stdjson.Number{"1", "9007199254740993"},
		map[string]any{"d": second, "n": stdjson.Number("1.0")}, []any{[]any{second, stdjson.Number("7")}},
		counted{Wait: 1, Waits: []time.Duration{2}, By: map[time.Duration]*time.Duration{3: &second}, Big: "123456789012345678901234567890",
			Bigs: map[string][]stdjson.Number{"x": {"1", ""}}, Names: map[stdjson.Number]int{"5": 6, "x": 7}, Any: []any{second, stdjson.Number("8")}},
	} {
		want, err := stdjson.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := jsonx.Append(nil, v); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Append(%#v) = %s, %v; want %s", v, got, err, want)
		}
		var atts [][]byte
		if got, err := jsonx.AppendAttach(nil, v, &atts); err != nil || !bytes.Equal(got, want) {
			t.Errorf("AppendAttach(%#v) = %s, %v; want %s", v, got, err, want)
		}
		ours, theirs := reflect.New(reflect.TypeOf(v)), reflect.New(reflect.TypeOf(v))
		if err := stdjson.Unmarshal(want, theirs.Interface()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := jsonx.Decode(want, ours.Interface()); err != nil || !reflect.DeepEqual(ours.Interface(), theirs.Interface()) {
				t.Errorf("Decode(%s) = %#v, %v; want %#v", want, ours.Elem(), err, theirs.Elem())
			}
			ours.Elem().SetZero()
			if err := jsonx.DecodeAttach(want, ours.Interface(), nil); err != nil || !reflect.DeepEqual(ours.Interface(), theirs.Interface()) {
				t.Errorf("DecodeAttach(%s) = %#v, %v; want %#v", want, ours.Elem(), err, theirs.Elem())
			}
		}
	}
}

// Append writes base64 also where it takes a hook for the numbers.
func TestAppendNumberBesideBytes(t *testing.T) {
	v := map[string]any{"b": []byte{1, 2}, "blob": blob{3}, "n": stdjson.Number("4"), "s": struct{ F float64 }{math.NaN()}}
	if got, err := jsonx.Append(nil, v); err != nil || string(got) != `{"b":"AQI=","blob":"Aw==","n":4,"s":{"F":null}}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestNumbersInText(t *testing.T) {
	var n stdjson.Number
	if err := jsonx.DecodeAttach([]byte(`"1\u0032"`), &n, nil); err != nil || n != "12" {
		t.Errorf("%q, %v", n, err)
	}
	n = "1"
	if err := jsonx.DecodeAttach([]byte(`null`), &n, nil); err != nil || n != "" {
		t.Errorf("%q, %v", n, err)
	}
	for _, bad := range []string{`"x"`, `""`, `"1 "`, `"01"`, `true`, `[1]`} {
		if err := jsonx.DecodeAttach([]byte(bad), &n, nil); err == nil {
			t.Errorf("%s became %q", bad, n)
		}
		var c counted
		if err := jsonx.Decode([]byte(`{"big":`+bad+`}`), &c); err == nil {
			t.Errorf("%s became %q", bad, c.Big)
		}
	}
	for _, bad := range []any{stdjson.Number("x"), []any{stdjson.Number("1,2")}, counted{Big: " 1"}} {
		var atts [][]byte
		if got, err := jsonx.AppendAttach([]byte("x"), bad, &atts); err == nil || string(got) != "x" {
			t.Errorf("%#v became %s", bad, got)
		}
	}
	var d time.Duration
	for _, bad := range []string{`"5s"`, `1.5`, `1e-3`, `9223372036854775808`, `{}`} {
		if err := jsonx.Decode([]byte(bad), &d); err == nil {
			t.Errorf("%s became %v", bad, d)
		}
	}
}
