package socketio_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// Every option of the transport has one of the same name here, and reaches it.
func TestOptionsReachTheEngine(t *testing.T) {
	names := map[string]string{"MaxPending": "MaxPendingHandshakes"}
	own := map[string]bool{
		"Observer":      true, // there is one for both, and the server stands between
		"InitialPacket": true, // a Socket.IO connection begins with CONNECT
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[engineio.Options]()) {
		if own[field.Name] {
			continue
		}
		name := field.Name
		if other, ok := names[name]; ok {
			name = other
		}
		var o socketio.Options
		to := reflect.ValueOf(&o).Elem().FieldByName(name)
		if !to.IsValid() {
			t.Errorf("engineio has an option %s", field.Name)
			continue
		}
		to.Set(something(to.Type()))
		if reflect.ValueOf(socketio.Engine(o)).FieldByIndex(field.Index).IsZero() {
			t.Errorf("%s doesn't reach the engine", name)
		}
	}
}

// something is a value of a type that isn't its zero value.
func something(t reflect.Type) reflect.Value {
	switch v := reflect.New(t).Elem(); t.Kind() {
	case reflect.Bool:
		v.SetBool(true)
		return v
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(time.Second))
		return v
	case reflect.String:
		v.SetString("/x/")
		return v
	case reflect.Pointer:
		return reflect.New(t.Elem())
	case reflect.Slice:
		return reflect.MakeSlice(t, 1, 1)
	case reflect.Func:
		return reflect.MakeFunc(t, nil)
	default:
		panic(t)
	}
}
