package jsonx_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/madang-chat/madang/internal/jsonx"
)

// wellFormed and malformed are texts that JSON.parse accepts and refuses.
var (
	wellFormed = []string{
		`null`, `true`, `false`, `0`, `-0`, `12`, `1.5`, `1e5`, `1E+5`, `0.1e-7`, `1e400`, `""`, `"a"`, `[]`, `{}`,
		" \t\r\n[ 1 , 2 ] ", `{"a":1,"a":{"b":[]}}`, `["\ud800","\u0000\"\\\/\b\f\n\r\t"]`, "\"\x7f\u2028\"", "\"\xff\"",
		`[[],{},[[]],{"a":{}}]`, `{ "a" : [ { } ] , "" : "" }`, `["echo","hello"]`, `["echo",{"_placeholder":true,"num":0}]`,
		`{"sid":"AAAAAAAAAAAAAAAAAAAA","pid":"x"}`, `"exactly8"`, `"0123456789abcdef\u0041"`,
	}
	malformed = []string{
		``, ` `, `nul`, `nulll`, `True`, `01`, `-`, `-a`, `1.`, `.5`, `1e`, `1e+`, `+1`, `0x1`, `NaN`, `Infinity`, `undefined`,
		`"`, `"a`, `'a'`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"a\nb\"", "\"01234567\x00\"", `"\`, `[`, `]`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1}`,
		`{`, `}`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{a:1}`, `{1:1}`, `{"a" 1}`, `{"a":1]`, `[]]`, `{}{}`, `1 1`,
		"\ufeff1", "\u00a01", "\xff", `[1]a`, `/**/1`, `1//`,
	}
)

func TestScan(t *testing.T) {
	for _, s := range wellFormed {
		if err := jsonx.Scan([]byte(s), 8); err != nil {
			t.Errorf("Scan(%q): %v", s, err)
		}
	}
	for _, s := range malformed {
		if err := jsonx.Scan([]byte(s), 8); !errors.Is(err, jsonx.ErrSyntax) {
			t.Errorf("Scan(%q) = %v, want ErrSyntax", s, err)
		}
	}
	if err := jsonx.Scan([]byte(`[1,x]`), 8); err == nil || !strings.Contains(err.Error(), "byte 3") {
		t.Errorf("error %v does not name byte 3", err)
	}
}

func TestScanDepth(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 1023, 1024, 1025, 5000} {
		for _, pair := range []string{`[]`, `{"a":}`} {
			deep := strings.Repeat(pair[:len(pair)-1], n) + "1" + strings.Repeat(pair[len(pair)-1:], n)
			if err := jsonx.Scan([]byte(deep), n); err != nil {
				t.Errorf("%d levels of %s at limit %d: %v", n, pair, n, err)
			}
			if err := jsonx.Scan([]byte(deep), n-1); n > 0 && err != jsonx.ErrDepth {
				t.Errorf("%d levels of %s at limit %d: %v, want ErrDepth", n, pair, n-1, err)
			}
		}
	}
	mixed := strings.Repeat(`[{"a":`, 2500) + "1" + strings.Repeat(`}]`, 2500)
	if err := jsonx.Scan([]byte(mixed), 5000); err != nil {
		t.Error(err)
	}
	wrong := strings.Repeat(`[{"a":`, 2500) + "1" + strings.Repeat(`}]`, 2498) + "]}}]"
	if err := jsonx.Scan([]byte(wrong), 5000); !errors.Is(err, jsonx.ErrSyntax) {
		t.Errorf("crossed brackets: %v", err)
	}
}

func TestValues(t *testing.T) {
	for in, want := range map[string][]string{
		``:                                nil,
		`  `:                              nil,
		`1`:                               {`1`},
		` 1 , "a,]" ,[2,[3]], {"b":"}"} `: {`1`, `"a,]"`, `[2,[3]]`, `{"b":"}"}`},
		`"\"",true,null,-1.5e3`:           {`"\""`, `true`, `null`, `-1.5e3`},
	} {
		var got []string
		for e := range jsonx.Values([]byte(in)) {
			got = append(got, string(e))
		}
		if !slices.Equal(got, want) {
			t.Errorf("Values(%s) = %q; want %q", in, got, want)
		}
	}
	for range jsonx.Values([]byte(`1,2`)) {
		break
	}
}

func TestFirst(t *testing.T) {
	for in, want := range map[string][2]string{
		``: {}, ` `: {}, `1`: {`1`, ``}, ` "a" `: {`"a"`, ``}, `"a", {"b":1} , 2 `: {`"a"`, `{"b":1} , 2`},
	} {
		first, rest := jsonx.First([]byte(in))
		if string(first) != want[0] || string(rest) != want[1] {
			t.Errorf("First(%q) = %q, %q; want %q", in, first, rest, want)
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range slices.Concat(wellFormed, malformed) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := jsonx.Scan(data, 1000)
		if err == jsonx.ErrDepth {
			return
		}
		valid := jsontext.Value(data).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
		if valid != (err == nil) {
			t.Fatalf("Scan(%q) = %v, the codec says %v", data, err, valid)
		}
		if err != nil {
			return
		}
		if array := bytes.TrimSpace(data); array[0] == '[' {
			for e := range jsonx.Values(array[1 : len(array)-1]) {
				if err := jsonx.Scan(e, 1000); err != nil {
					t.Fatalf("element %q of %q: %v", e, data, err)
				}
			}
		}
	})
}
