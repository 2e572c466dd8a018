package jsonx

import (
	"encoding"
	"reflect"
	"sync"

	"github.com/go-json-experiment/json"
)

// shape says where values of a type may hold attachments.
type shape uint8

const (
	bare  shape = iota // nowhere
	plain              // only in values of type []byte
	open               // also in named byte slices or behind interfaces; or it holds a json.Number
)

// traits are what the hooks have to know of a type.
type traits struct {
	shape shape
	raw   bool // it holds types that read JSON themselves
}

var known sync.Map // reflect.Type → traits

var byteType, bytesType = reflect.TypeFor[byte](), reflect.TypeFor[[]byte]()

// NeedsHook reports whether a value of type t may hold a []byte or a named byte slice, or a
// json.Number: in itself, in elements, exported fields, map values or behind pointers and
// interfaces. Types with their own JSON or text form hold none, nor do byte arrays. nil holds
// none. The answer is cached for each type.
func NeedsHook(t reflect.Type) bool { return t != nil && traitsOf(t).shape != bare }

func traitsOf(t reflect.Type) traits {
	if s, ok := known.Load(t); ok {
		return s.(traits)
	}
	s := traits{walkShape(t, map[reflect.Type]bool{}), walkRaw(t, map[reflect.Type]bool{})}
	known.Store(t, s)
	return s
}

// walkShape leaves out types it has seen: what they hold is already part of the answer.
func walkShape(t reflect.Type, seen map[reflect.Type]bool) shape {
	if t == numberType {
		return open
	}
	if seen[t] || hasOwnForm(t) {
		return bare
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return open
	case reflect.Slice:
		if t.Elem() == byteType {
			if t.Name() == "" {
				return plain
			}
			return open
		}
		return walkShape(t.Elem(), seen)
	case reflect.Pointer, reflect.Array, reflect.Map:
		return walkShape(t.Elem(), seen)
	case reflect.Struct:
		s := bare
		for i := range t.NumField() {
			if f := t.Field(i); hasMember(f) {
				s = max(s, walkShape(f.Type, seen))
			}
		}
		return s
	}
	return bare
}

var ownForms = []reflect.Type{
	reflect.TypeFor[json.MarshalerTo](),
	reflect.TypeFor[json.Marshaler](),
	reflect.TypeFor[encoding.TextAppender](),
	reflect.TypeFor[encoding.TextMarshaler](),
}

// hasOwnForm reports whether the codec leaves values of t to their own methods.
func hasOwnForm(t reflect.Type) bool {
	for _, form := range ownForms {
		if t.Implements(form) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(form) {
			return true
		}
	}
	return false
}

// hasMember reports whether a field, or the fields of an embedded struct, become members.
func hasMember(f reflect.StructField) bool {
	return (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-"
}

// walkRaw is walkShape for traits.raw.
func walkRaw(t reflect.Type, seen map[reflect.Type]bool) bool {
	if readsItself(t) {
		return true
	}
	if seen[t] || readsOwnForm(t) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer, reflect.Array, reflect.Map:
		return walkRaw(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); hasMember(f) && walkRaw(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

var (
	unmarshalerFrom = reflect.TypeFor[json.UnmarshalerFrom]()
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// readsItself reports whether the codec hands the JSON of a value of type t to a method of it.
func readsItself(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return false
	}
	p := reflect.PointerTo(t)
	return p.Implements(unmarshaler) || p.Implements(unmarshalerFrom)
}

// readsOwnForm is readsItself for types that read text too.
func readsOwnForm(t reflect.Type) bool {
	return readsItself(t) || t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(textUnmarshaler)
}
