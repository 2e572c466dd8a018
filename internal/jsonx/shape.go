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
	open               // also in named byte slices or behind interfaces
)

var shapes sync.Map // reflect.Type → shape

var byteType = reflect.TypeFor[byte]()

// HoldsBinary reports whether a value of type t may hold a []byte or a named byte slice: in
// itself, in elements, exported fields, map values or behind pointers and interfaces. Types
// with their own JSON or text form hold none, nor do byte arrays. nil holds none. The answer
// is cached for each type.
func HoldsBinary(t reflect.Type) bool { return t != nil && shapeOf(t) != bare }

func shapeOf(t reflect.Type) shape {
	if s, ok := shapes.Load(t); ok {
		return s.(shape)
	}
	s := walkShape(t, map[reflect.Type]bool{})
	shapes.Store(t, s)
	return s
}

// walkShape leaves out types it has seen: what they hold is already part of the answer.
func walkShape(t reflect.Type, seen map[reflect.Type]bool) shape {
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
			f := t.Field(i)
			if (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-" {
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
