package socketio

import (
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestOffsets(t *testing.T) {
	rising := []string{"0", "0-1", "1", "1-0-1", "2", "9", "10", "10-9", "10-10", "010-11", "1700000000000-3", "99999999999999999999"}
	for i, a := range rising {
		for k, b := range rising {
			want := 0
			switch {
			case i < k:
				want = -1
			case i > k:
				want = 1
			}
			if got := compareOffsets(a, b); got != want {
				t.Errorf("%s and %s: %d, want %d", a, b, got, want)
			}
		}
		if !isOffset(a) {
			t.Errorf("%q is none", a)
		}
	}
	for _, text := range []string{"", "-", "1-", "-1", "1--2", "?", "x", "1x", "１", " 1", "1\n", "+", "$", strings.Repeat("1", maxOffset+1)} {
		if isOffset(text) {
			t.Errorf("%q is one", text)
		}
	}
	if isOffset(unknownOffset) {
		t.Error("the unknown offset is one")
	}
}

// Whatever clients and logs call an offset, those that are have an order.
func FuzzOffset(f *testing.F) {
	f.Add("1-2", "1-10")
	f.Add("?", "")
	f.Add("007", "7-0")
	f.Fuzz(func(t *testing.T, a, b string) {
		c := compareOffsets(a, b)
		if compareOffsets(b, a) != -c || compareOffsets(a, a) != 0 {
			t.Fatalf("%q and %q: %d", a, b, c)
		}
		if !isOffset(a) || !isOffset(b) || strings.Contains(a+b, "-") {
			return
		}
		x, _ := new(big.Int).SetString(a, 10)
		y, _ := new(big.Int).SetString(b, 10)
		if x.Cmp(y) != c {
			t.Fatalf("%s and %s: %d", a, b, c)
		}
	})
}

// What a store has kept is read, or refused, and is the same when it is written again.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		`{"PID":"p","SID":"s","Rooms":["s","한"],"Data":{"user":{"Values":[{"name":"kim"}]}}}`,
		`{"PID":"p","Data":{"photo":{"Values":[{"_placeholder":true,"num":0}],"Attachments":["AP8="]}}}`,
		`{"Data":{"a":{"Values":1}}}`, `null`, `{"Data":{"a":{}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s, again BusSession
		if json.Unmarshal(data, &s) != nil {
			return
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if s.PID != again.PID || s.SID != again.SID || !slices.Equal(s.Rooms, again.Rooms) || len(s.Data) != len(again.Data) {
			t.Fatalf("%+v became %+v", s, again)
		}
		for name, v := range s.Data {
			a, err := v.Values()
			b, failed := again.Data[name].Values()
			if (err == nil) != (failed == nil) || !reflect.DeepEqual(a, b) {
				t.Fatalf("%s became %s", v, again.Data[name])
			}
		}
	})
}
