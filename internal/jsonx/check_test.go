package jsonx_test

import (
	stdjson "encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/jsonx"
)

type (
	hasChan struct{ C chan int }
	mayChan struct {
		C chan int `json:",omitzero"`
	}
	noChan struct {
		C chan int `json:"-"`
	}
	deepChan struct {
		Next *deepChan
		List []map[string]*hasChan
	}
	promoted struct{ hasChan }
	shadowed struct {
		hasChan
		C int
	}
	locked struct {
		sync.Mutex
		Name string
	}
	listOf    []listOf
	chanJSON  chan int
	chanText  chan int
	readsOnly struct{ F func() }
	badIsZero struct {
		Z panicsZero `json:",omitzero"`
	}
	panicsZero struct{ N int }
)

func (chanJSON) MarshalJSON() ([]byte, error)   { return []byte("1"), nil }
func (*chanText) UnmarshalText([]byte) error    { return nil }
func (*readsOnly) UnmarshalJSON(b []byte) error { return nil }
func (panicsZero) IsZero() bool                 { panic("not yet") }

func TestChecks(t *testing.T) {
	for _, tt := range []struct {
		v           any    // pointer, so that interface types can be given
		write, read string // what the error says; empty if there is none
	}{
		{new(string), "", ""}, {new(any), "", ""}, {new([]any), "", ""}, {new(error), "", "error is an interface with methods"},
		{new(message), "", ""}, {new(album), "", ""}, {new(node), "", ""}, {new(listOf), "", ""}, {new(time.Duration), "", ""}, {new(time.Time), "", ""},
		{new(big.Int), "", ""}, {new(*big.Float), "", ""}, {new(netip.Addr), "", ""}, {new(stdjson.RawMessage), "", ""}, {new(struct{}), "", ""},
		{new(map[point]int), "", ""}, {new([]fmt.Stringer), "", "fmt.Stringer is an interface"}, {new(struct{ E error }), "", ""}, {new(uintptr), "", ""},
		{new(chan int), "chan int has no JSON form", "chan int has no JSON form"}, {new(func()), "func() has", "func() has"}, {new(complex64), "complex64 has", "complex64 has"},
		{new([]chan int), "chan int has", "chan int has"}, {new(map[string]*func()), "func() has", "func() has"}, {new([0]func()), "", ""}, {new([1]func()), "func() has", "func() has"},
		{new(hasChan), "jsonx_test.hasChan at /C: chan int has", ""}, {new([]*hasChan), "hasChan at /C", ""}, {new(mayChan), "", ""}, {new(noChan), "", ""},
		{new(deepChan), "jsonx_test.deepChan at /List: jsonx_test.hasChan at /C: chan int has", ""}, {new(promoted), "/C: chan int", ""}, {new(shadowed), "", ""},
		{new(locked), "no exported fields", "no exported fields"}, {new([]locked), "no exported fields", "no exported fields"},
		{new(chanJSON), "", "chanJSON has"}, {new(chanText), "chanText has", ""}, {new(readsOnly), "/F: func() has", ""}, {new(badIsZero), "", ""},
	} {
		typ := reflect.TypeOf(tt.v).Elem()
		for _, c := range []struct {
			name, want string
			err        error
		}{{"CheckWrite", tt.write, jsonx.CheckWrite(typ)}, {"CheckRead", tt.read, jsonx.CheckRead(typ)}} {
			if (c.err == nil) != (c.want == "") || c.err != nil && !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("%s(%v) = %v; want %q", c.name, typ, c.err, c.want)
			}
		}
	}
}
