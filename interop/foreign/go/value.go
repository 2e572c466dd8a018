package main

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// plain gives values one form, whichever types the library chose.
func plain(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for name := range v {
			object[name] = plain(v[name])
		}
		return object
	case interface{ Bytes() []byte }:
		return append([]byte{}, v.Bytes()...)
	case []byte:
		return append([]byte{}, v...)
	case io.Reader:
		data, _ := io.ReadAll(v) // what can't be read differs
		return data
	case int:
		return float64(v)
	}
	return v
}

// same tells where two lists of arguments differ.
func same(got, want []any) error {
	if got == nil {
		got = []any{}
	}
	if want == nil {
		want = []any{}
	}
	g, w := plain(got), plain(want)
	if reflect.DeepEqual(g, w) {
		return nil
	}
	a, b := fmt.Sprintf("%#v", g), fmt.Sprintf("%#v", w)
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return fmt.Errorf("after %d characters: got %s, want %s", at, cut(a[at:]), cut(b[at:]))
}

func cut(s string) string { return strings.ToValidUTF8(s[:min(len(s), 80)], "") }
