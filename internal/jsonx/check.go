package jsonx

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// CheckWrite returns an error if no value of type t can be written, whatever it holds: because of
// channels, functions or complex numbers, or of tags of a struct that the codec refuses. It trusts
// interfaces, types with their own JSON or text form, and what a struct may leave out.
func CheckWrite(t reflect.Type) error { return checkWrite(t, map[reflect.Type]bool{}) }

func checkWrite(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] || hasOwnForm(t) {
		return nil
	}
	seen[t] = true
	if next := elem(t); next != nil {
		return checkWrite(next, seen)
	}
	if t.Kind() == reflect.Struct {
		return checkFields(t, seen)
	}
	return checkKind(t)
}

// checkFields has the codec write the zero value, with null for what the fields hold: it knows best
// which fields count.
func checkFields(t reflect.Type, seen map[reflect.Type]bool) (err error) {
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
		if e := checkWrite(f, seen); e != nil {
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
// interface with methods, or of tags of a struct that the codec refuses. It doesn't look into
// fields: their members may never come. An empty list of what can't be read is refused with the rest.
func CheckRead(t reflect.Type) error { return checkRead(t, map[reflect.Type]bool{}) }

func checkRead(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] || readsOwnForm(t) {
		return nil
	}
	seen[t] = true
	if next := elem(t); next != nil {
		return checkRead(next, seen)
	}
	switch {
	case t.Kind() == reflect.Struct:
		return json.Unmarshal([]byte("{}"), reflect.New(t).Interface(), reading)
	case t.Kind() == reflect.Interface && t.NumMethod() > 0:
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
