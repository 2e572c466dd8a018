package socketio

import (
	"reflect"
	"testing"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// Whatever arguments a client sends, they decode or fail; and what decoded goes out and comes back the same.
func FuzzArguments(f *testing.F) {
	for _, seed := range []string{``, `"hi"`, `1,"two",{"x":3}`, `null,null`, ` 1 , [ ] `, `{"_placeholder":true,"num":0}`, `"\ud800"`, `{"a":1,"a":2}`} {
		f.Add(seed)
	}
	type tuple struct {
		Tuple
		A string
		B int
		C *struct{ X []byte }
	}
	f.Fuzz(func(t *testing.T, list string) {
		array := []byte("[" + list + "]")
		if jsonx.Scan(array, packet.MaxDepth) != nil || jsonx.CheckAttach(array, 1) != nil {
			return // never reaches the arguments
		}
		a := Args{raw: []byte(list), attachments: [][]byte{[]byte("b")}}
		var v tuple
		_ = planFor(reflect.TypeFor[tuple]()).decode(a, &v) // any error will do
		var s string
		_ = planFor(reflect.TypeFor[string]()).decode(a, &s)
		values, err := a.Values()
		if err != nil {
			return
		}
		if len(values) != a.Len() {
			t.Fatalf("%d values of %d", len(values), a.Len())
		}
		again, err := ArgsOf(values...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Values()
		if err != nil || !reflect.DeepEqual(got, values) {
			t.Fatalf("%q became %q: %v", values, got, err)
		}
	})
}
