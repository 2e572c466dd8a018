package jsonx_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/jsonx"
)

type weekday int

func (d *weekday) UnmarshalText(b []byte) error { return nil }

type measured struct {
	A int64            `json:"a"`
	B []uint8          `json:"b"`
	C map[string]*int8 `json:"c"`
	D time.Duration    `json:"d"`
	E any              `json:"e"`
	F float64          `json:"f"`
	G []uint16         `json:"g"`
}

func TestWholeNumbersFitIntegers(t *testing.T) {
	for _, tt := range []struct {
		text string
		to   any
		want string // the value, or what the error says behind "error:"
	}{
		{"5.0", new(int), "5"}, {"5e0", new(int), "5"}, {"-0", new(int), "0"}, {"-0.0", new(uint8), "0"}, {"-0", new(uint64), "0"}, {"1e3", new(int), "1000"},
		{"1.5e1", new(int), "15"}, {"1500e-2", new(int), "15"}, {"-2.50E+2", new(int16), "-250"}, {"0e99", new(int), "0"}, {"0.0e-5", new(int), "0"},
		{"255.0", new(uint8), "255"}, {"256.0", new(uint8), "error:out of range"}, {"-1.0", new(uint), "error:"}, {"128e0", new(int8), "error:out of range"},
		{"5.5", new(int), "error:whole"}, {"1e-1", new(int), "error:whole"}, {"1e99999999999999999999", new(int), "error:out of range"},
		{"1e-99999999999999999999", new(int), "error:whole"}, {"1e30", new(int64), "error:out of range"},
		{"9007199254740993.0", new(int64), "9007199254740993"}, {"9.007199254740993e15", new(uint64), "9007199254740993"},
		{"9223372036854775807.000", new(int64), "9223372036854775807"}, {"9223372036854775808.0", new(int64), "error:out of range"},
		{"18446744073709551615.0", new(uint64), "18446744073709551615"}, {"1.8446744073709551615e19", new(uint64), "18446744073709551615"},
		{"-9223372036854775808.0", new(int64), "-9223372036854775808"}, {"7.0", new(uintptr), "7"}, {"1.5e9", new(time.Duration), "1.5s"},
		{"5.0", new(time.Weekday), "Friday"}, {"5.0", new(weekday), "error:"}, {`"5.0"`, new(int), "error:"}, {"5.0", new(bool), "error:"},
		{"[1.0,2e0,3]", new([]int), "[1 2 3]"}, {`[1.0,2.5]`, new([]int), "error:whole"}, {"5.0", new(any), "5"}, {"null", new(int), "0"},
		{`{"a":1.0,"a":2.0}`, new(measured), "{2 [] map[] 0s <nil> 0 []}"},
		{`{"a":1e2,"b":"AQ==","d":5.0,"e":[6.0],"f":7.5,"g":[8.0]}`, new(measured), "{100 [1] map[] 5ns [6] 7.5 [8]}"},
	} {
		for _, atts := range [][][]byte{nil, {{1}}} {
			p := reflect.New(reflect.TypeOf(tt.to).Elem())
			err := jsonx.DecodeAttach([]byte(tt.text), p.Interface(), atts)
			if atts == nil {
				p.Elem().SetZero()
				err = jsonx.Decode([]byte(tt.text), p.Interface())
			}
			want, fails := strings.CutPrefix(tt.want, "error:")
			switch {
			case fails != (err != nil), fails && !strings.Contains(err.Error(), want):
				t.Errorf("%s into %v: %v, want %s", tt.text, p.Type().Elem(), err, tt.want)
			case !fails && fmt.Sprint(p.Elem()) != want:
				t.Errorf("%s into %v: %v, want %s", tt.text, p.Type().Elem(), p.Elem(), want)
			}
		}
	}
	// What the text lacks keeps what it held, also when it is read twice.
	held := measured{F: 9, E: "kept"}
	if err := jsonx.Decode([]byte(`{"c":{"x":3.0},"a":1.0}`), &held); err != nil || *held.C["x"] != 3 || held.F != 9 || held.E != "kept" || held.A != 1 {
		t.Error(held, err)
	}
}

// The second look at a refused number costs nothing where nothing is refused. Measured many times:
// a collection may empty the pool of the codec.
func TestDecodeNeedsNoMemory(t *testing.T) {
	type point struct{ X, Y int }
	text := []byte(`{"X":1,"Y":-2}`)
	least := math.Inf(1)
	for range 20 {
		var p point
		least = min(least, testing.AllocsPerRun(1, func() {
			if err := jsonx.Decode(text, &p); err != nil || p.Y != -2 {
				t.Fatal(p, err)
			}
		}))
	}
	if least > 0 {
		t.Error(least, "allocations")
	}
}
