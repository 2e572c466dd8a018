package socketio

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/madang-chat/madang/internal/jsonx"
)

// None is no argument: the payload of an event, or the reply of a call.
type None struct{}

// Tuple, embedded in a struct, makes each field an argument of the event, in order: struct{
// socketio.Tuple; Room string; X int } is ["move","r1",3].
type Tuple struct{}

// A plan is how values of one type become the arguments of a packet and back, worked out once per
// type.
type plan struct {
	form   form
	binary bool         // a value may hold attachments, or a json.Number
	fields []int        // of a Tuple
	elem   reflect.Type // of a pointer
}

type form uint8

const (
	single form = iota // the first argument
	none
	raw
	tuple
	pointer // to one of the three
)

var (
	plans     sync.Map // reflect.Type → *plan
	noneType  = reflect.TypeFor[None]()
	argsType  = reflect.TypeFor[Args]()
	tupleType = reflect.TypeFor[Tuple]()
)

func planFor(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, newPlan(t))
	return p.(*plan)
}

func newPlan(t reflect.Type) *plan {
	switch {
	case t == noneType:
		return &plan{form: none}
	case t == argsType:
		return &plan{form: raw, binary: true}
	case isTuple(t):
		p := &plan{form: tuple}
		for i := range t.NumField() {
			f := t.Field(i)
			if !isTupleMark(f) && f.IsExported() && f.Tag.Get("json") != "-" {
				p.fields = append(p.fields, i)
				p.binary = p.binary || jsonx.NeedsHook(f.Type)
			}
		}
		return p
	case t.Kind() == reflect.Pointer && standsForArguments(t.Elem()):
		return &plan{form: pointer, binary: planFor(t.Elem()).binary, elem: t.Elem()}
	}
	return &plan{binary: jsonx.NeedsHook(t)}
}

func standsForArguments(t reflect.Type) bool { return t == noneType || t == argsType || isTuple(t) }

func isTuple(t reflect.Type) bool {
	if t == nil || t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if isTupleMark(t.Field(i)) {
			return true
		}
	}
	return false
}

func isTupleMark(f reflect.StructField) bool {
	return f.Anonymous && (f.Type == tupleType || f.Type == reflect.PointerTo(tupleType))
}

// check runs a check of package jsonx over the types of the arguments that a T stands for.
func check(t reflect.Type, f func(reflect.Type) error) error {
	switch p := planFor(t); p.form {
	case none, raw:
		return nil
	case pointer:
		return check(p.elem, f)
	case tuple:
		for n, i := range p.fields {
			if err := f(t.Field(i).Type); err != nil {
				return fmt.Errorf("argument %d: %w", n+1, err)
			}
		}
		return nil
	}
	return f(t)
}

// append writes v behind what dst holds of an array.
func (p *plan) append(dst []byte, v any, atts *[][]byte) ([]byte, error) {
	switch p.form {
	case none:
		return dst, nil
	case raw:
		return v.(Args).append(dst, atts)
	case tuple:
		val := reflect.ValueOf(v)
		var err error
		for _, i := range p.fields {
			if dst, err = appendArg(dst, val.Field(i).Interface(), p.binary, atts); err != nil {
				return dst, err
			}
		}
		return dst, nil
	case pointer:
		val := reflect.ValueOf(v)
		if val.IsNil() {
			return dst, fmt.Errorf("a nil %T stands for no arguments", v)
		}
		return planFor(p.elem).append(dst, val.Elem().Interface(), atts)
	}
	return appendArg(dst, v, p.binary, atts)
}

func appendArg(dst []byte, v any, binary bool, atts *[][]byte) ([]byte, error) {
	dst = comma(dst)
	if binary {
		return jsonx.AppendAttach(dst, v, atts)
	}
	return jsonx.Append(dst, v)
}

// comma separates an element from the one before.
func comma(dst []byte) []byte {
	if dst[len(dst)-1] == '[' {
		return dst
	}
	return append(dst, ',')
}

// decode reads arguments into the value that ptr points to. What is missing or null stays zero.
func (p *plan) decode(a Args, ptr any) error {
	switch p.form {
	case none:
		return nil
	case raw:
		*ptr.(*Args) = a
		return nil
	case tuple:
		val, rest := reflect.ValueOf(ptr).Elem(), a.raw
		for n, i := range p.fields {
			var arg []byte
			if arg, rest = jsonx.First(rest); arg == nil {
				return nil
			}
			if err := decodeArg(n, arg, a.attachments, p.binary, val.Field(i).Addr().Interface()); err != nil {
				return err
			}
		}
		return nil
	case pointer:
		val := reflect.New(p.elem)
		reflect.ValueOf(ptr).Elem().Set(val)
		return planFor(p.elem).decode(a, val.Interface())
	}
	arg, _ := jsonx.First(a.raw)
	if arg == nil {
		return nil
	}
	return decodeArg(0, arg, a.attachments, p.binary, ptr)
}

// decodeArg reads the argument at index n. Its error is that of badArgument.
func decodeArg(n int, arg []byte, attachments [][]byte, binary bool, ptr any) (err error) {
	if binary || len(attachments) > 0 {
		err = jsonx.DecodeAttach(arg, ptr, attachments)
	} else {
		err = jsonx.Decode(arg, ptr)
	}
	if err != nil {
		return badArgument(n, arg, attachments, err)
	}
	return nil
}
