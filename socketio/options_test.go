package socketio_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// engineOnly are the options of the transport that no option of the same name and type feeds, and
// why.
var engineOnly = map[string]string{
	"MaxPending":    "it is called MaxPendingHandshakes",
	"Elsewhere":     "ForwardSessions makes it",
	"InitialPacket": "a Socket.IO connection begins with CONNECT",
	"Observer":      "there is one for both, and the server stands between",
}

// Every option of the transport has one of the same name and type here, which reaches it as it is.
// All are set at once, each to a value of its own, so that none is taken for another.
func TestOptionsReachTheEngine(t *testing.T) {
	var o socketio.Options
	var called string
	from, fields := reflect.ValueOf(&o).Elem(), reflect.VisibleFields(reflect.TypeFor[engineio.Options]())
	for i := range from.NumField() {
		distinguish(from.Field(i), i+1, func() { called = from.Type().Field(i).Name })
	}
	to := reflect.ValueOf(socketio.Engine(o))
	left := make(map[string]bool)
	for name := range engineOnly {
		left[name] = true
	}
	for _, f := range fields {
		own, ok := from.Type().FieldByName(f.Name)
		if same := ok && own.Type == f.Type; same == left[f.Name] {
			t.Errorf("engineio has an option %s %v: is there one here, %v, is there none by intention, %v", f.Name, f.Type, same, left[f.Name])
		}
		delete(left, f.Name)
		if engineOnly[f.Name] != "" || !ok {
			continue
		}
		got, want := to.FieldByIndex(f.Index), from.FieldByIndex(own.Index)
		if f.Type.Kind() != reflect.Func {
			if !reflect.DeepEqual(got.Interface(), want.Interface()) {
				t.Errorf("%s: the engine is given %v, not %v", f.Name, got, want)
			}
			continue
		}
		called = ""
		if !got.IsNil() {
			args := make([]reflect.Value, f.Type.NumIn())
			for i := range args {
				args[i] = reflect.Zero(f.Type.In(i))
			}
			got.Call(args)
		}
		if called != f.Name {
			t.Errorf("%s: the engine calls %q", f.Name, called)
		}
	}
	for name := range left {
		t.Errorf("engineio has no option %s", name)
	}
	if got := to.FieldByName("MaxPending").Int(); got != int64(o.MaxPendingHandshakes) {
		t.Errorf("MaxPending is %d", got)
	}
}

// Switches have one value, so each is set alone.
func TestSwitchesReachTheEngine(t *testing.T) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[engineio.Options]()) {
		if f.Type.Kind() != reflect.Bool {
			continue
		}
		var o socketio.Options
		reflect.ValueOf(&o).Elem().FieldByName(f.Name).SetBool(true)
		var want engineio.Options
		reflect.ValueOf(&want).Elem().FieldByIndex(f.Index).SetBool(true)
		if got := socketio.Engine(o); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", f.Name, got)
		}
	}
}

// distinguish sets an option to its nth value. A function calls f.
func distinguish(v reflect.Value, n int, f func()) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.String:
		v.SetString(fmt.Sprint("/", n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), n, n))
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) (results []reflect.Value) {
			f()
			for i := range v.Type().NumOut() {
				results = append(results, reflect.Zero(v.Type().Out(i)))
			}
			return results
		}))
	}
}
