package jsonx

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// CheckWrite returns an error if no value of type t can be written, whatever it holds: because of
// channels, functions or complex numbers, structs without exported fields, such as a sync.Mutex, or
// tags of a struct that the codec refuses. It trusts interfaces, types with their own JSON or text
// form, and what a struct may leave out, but for tags.
func CheckWrite(t reflect.Type) error {
	if err := (deep{hasOwnForm, map[reflect.Type]bool{}}).check(t); err != nil {
		return err
	}
	return checkStructs(t, hasOwnForm)
}

// CheckCarry returns an error if values of type t can't be written, unless each part of t can be
// read.
func CheckCarry(t reflect.Type) error {
	err := CheckWrite(t)
	if err != nil && (deep{readsOwnForm, map[reflect.Type]bool{}}).check(t) == nil && checkStructs(t, readsOwnForm) == nil {
		return nil
	}
	return err
}

// A deep check goes through a type with all its fields. Own says which types are trusted.
type deep struct {
	own  func(reflect.Type) bool
	seen map[reflect.Type]bool
}

func (c deep) check(t reflect.Type) error {
	if c.seen[t] || c.own(t) {
		return nil
	}
	c.seen[t] = true
	if next := elem(t); next != nil {
		if t.Kind() == reflect.Map && !c.isKey(t.Key()) {
			return fmt.Errorf("%v can't be a key of %v", t.Key(), t)
		}
		return c.check(next)
	}
	if t.Kind() == reflect.Struct {
		return c.fields(t)
	}
	return checkKind(t)
}

// isKey reports whether values of t can be the names of members.
func (c deep) isKey(t reflect.Type) bool {
	k := t.Kind()
	return c.own(t) || k == reflect.String || k == reflect.Interface || isInteger(k) || k == reflect.Float32 || k == reflect.Float64
}

// fields has the codec write the zero value, with null for what the fields hold: it knows best
// which fields count.
func (c deep) fields(t reflect.Type) (err error) {
	defer func() {
		if recover() != nil { // an IsZero of the application
			err = nil
		}
	}()
	var inside error
	field := func(enc *jsontext.Encoder, p any) error {
		f := reflect.TypeOf(p).Elem()
		if f == t {
			return errors.ErrUnsupported
		}
		if f.Kind() == reflect.Pointer {
			return enc.WriteToken(jsontext.Null) // as it is when nil
		}
		if e := c.check(f); e != nil {
			inside = fmt.Errorf("%v at %s: %w", t, enc.StackPointer(), e)
			return inside
		}
		return enc.WriteToken(jsontext.Null)
	}
	_, err = json.Marshal(reflect.New(t).Interface(), writing, json.WithMarshalers(json.MarshalToFunc(field)))
	if inside != nil {
		return inside
	}
	return err
}

// CheckRead returns an error if nothing but null can be read into a zero value of type t: because
// it is a channel, a function or a complex number, or a container of such, because it is an
// interface with methods, or because a struct in it has no exported fields or tags that the codec
// refuses. Else it doesn't look into fields: their members may never come. An empty list of what
// can't be read is refused with the rest.
func CheckRead(t reflect.Type) error {
	if err := checkRead(t, map[reflect.Type]bool{}); err != nil {
		return err
	}
	return checkStructs(t, readsOwnForm)
}

func checkRead(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] || readsOwnForm(t) {
		return nil
	}
	seen[t] = true
	if next := elem(t); next != nil {
		return checkRead(next, seen)
	}
	if t.Kind() == reflect.Interface && t.NumMethod() > 0 {
		return fmt.Errorf("%v is an interface with methods", t)
	}
	return checkKind(t)
}

// elem is the type of what a container holds.
func elem(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return t.Elem()
	case reflect.Array:
		if t.Len() > 0 {
			return t.Elem()
		}
	}
	return nil
}

func checkKind(t reflect.Type) error {
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("%v has no JSON form", t)
	}
	return nil
}
