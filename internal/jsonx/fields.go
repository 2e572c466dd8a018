package jsonx

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// checkStructs looks for a struct that the codec refuses for its tags or because it has no exported
// fields, wherever one is inside of t: each value that has one there would fail. Own says which
// types the codec leaves to their own methods. Behind a field that may be left out or nil a struct
// without exported fields passes: it may never be there.
func checkStructs(t reflect.Type, own func(reflect.Type) bool) error {
	return structs{own, map[place]bool{}}.check(t, false)
}

type structs struct {
	own  func(reflect.Type) bool
	seen map[place]bool
}

type place struct {
	t        reflect.Type
	optional bool
}

func (c structs) check(t reflect.Type, optional bool) error {
	if c.own(t) || c.seen[place{t, optional}] {
		return nil
	}
	c.seen[place{t, optional}] = true
	if next := elem(t); next != nil {
		return c.check(next, optional)
	}
	if t.Kind() != reflect.Struct || optional && isHollow(t) {
		return nil
	}
	if err := json.Unmarshal([]byte("{}"), reflect.New(t).Interface(), reading); err != nil {
		return err
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !hasMember(f) {
			continue
		}
		_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		list := strings.Split(options, ",")
		if slices.Contains(list, "string") && !c.stringable(f.Type) {
			return fmt.Errorf("%v has the tag option string at field %s, which is no number", t, f.Name)
		}
		mayMiss := f.Type.Kind() == reflect.Pointer || slices.Contains(list, "omitzero") || slices.Contains(list, "omitempty")
		if err := c.check(f.Type, optional || mayMiss); err != nil {
			return fmt.Errorf("%v at field %s: %w", t, f.Name, err)
		}
	}
	return nil
}

// stringable reports whether the tag option string fits.
func (c structs) stringable(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	k := t.Kind()
	return isInteger(k) || k == reflect.Float32 || k == reflect.Float64 || k == reflect.Interface || t == numberType || c.own(t)
}

// isHollow reports whether a struct has fields but none for JSON.
func isHollow(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if _, tagged := f.Tag.Lookup("json"); tagged || f.IsExported() || f.Anonymous {
			return false
		}
	}
	return t.NumField() > 0
}
