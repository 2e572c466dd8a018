package jsonx_test

import (
	stdjson "encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
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
	unread    struct{ in chan int }
	badIsZero struct {
		Z panicsZero `json:",omitzero"`
	}
	panicsZero struct{ N int }
)

func (u unread) MarshalJSON() ([]byte, error)   { return fmt.Append(nil, len(u.in)), nil }
func (*unread) UnmarshalJSON([]byte) error      { return nil }
func (chanJSON) MarshalJSON() ([]byte, error)   { return []byte("1"), nil }
func (*chanText) UnmarshalText([]byte) error    { return nil }
func (*readsOnly) UnmarshalJSON(b []byte) error { return nil }
func (panicsZero) IsZero() bool                 { panic("not yet") }

// tagged is a struct of one field with a tag that go vet wouldn't let stand.
func tagged(t reflect.Type, tag reflect.StructTag) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "F0", Type: t, Tag: tag}})
}

var spaced = tagged(reflect.TypeFor[int](), `json:"a, omitempty"`)

func TestChecks(t *testing.T) {
	for _, tt := range []struct {
		v           any    // pointer, so that interface types can be given, or a reflect.Type
		write, read string // what the error says; empty if there is none
	}{
		{new(string), "", ""}, {new(any), "", ""}, {new([]any), "", ""}, {new(error), "", "error is an interface with methods"},
		{new(message), "", ""}, {new(album), "", ""}, {new(node), "", ""}, {new(listOf), "", ""}, {new(time.Duration), "", ""}, {new(time.Time), "", ""},
		{new(big.Int), "", ""}, {new(*big.Float), "", ""}, {new(netip.Addr), "", ""}, {new(stdjson.RawMessage), "", ""}, {new(struct{}), "", ""},
		{new(map[point]int), "point can't be a key", ""}, {new(map[time.Time]int), "", ""}, {new(map[netip.Addr]int), "", ""}, {new(map[any]int), "", ""}, {new(map[bool]int), "bool can't be a key", ""}, {new([]fmt.Stringer), "", "fmt.Stringer is an interface"}, {new(struct{ E error }), "", ""}, {new(uintptr), "", ""},
		{new(chan int), "chan int has no JSON form", "chan int has no JSON form"}, {new(func()), "func() has", "func() has"}, {new(complex64), "complex64 has", "complex64 has"},
		{new([]chan int), "chan int has", "chan int has"}, {new(map[string]*func()), "func() has", "func() has"}, {new([0]func()), "", ""}, {new([1]func()), "func() has", "func() has"},
		{new(hasChan), "jsonx_test.hasChan at /C: chan int has", ""}, {new([]*hasChan), "hasChan at /C", ""}, {new(mayChan), "", ""}, {new(noChan), "", ""},
		{new(deepChan), "jsonx_test.deepChan at /List: jsonx_test.hasChan at /C: chan int has", ""}, {new(promoted), "/C: chan int", ""}, {new(shadowed), "", ""},
		{new(locked), "no exported fields", "no exported fields"}, {new([]locked), "no exported fields", "no exported fields"},
		{new(struct{ L locked }), "no exported fields", "no exported fields"}, {new(struct{ L sync.Mutex }), "/L: json: ", "at field L"},
		{new(struct{ L *sync.Mutex }), "", ""}, {new(url.URL), "", ""}, {new(struct{ U *url.URL }), "", ""}, {tagged(reflect.SliceOf(reflect.MapOf(reflect.TypeFor[string](), spaced)), `json:"deep"`), "malformed `json` tag", "at field F0"},
		{tagged(reflect.PointerTo(spaced), ""), "malformed `json` tag", "malformed `json` tag"}, {new(unread), "", ""}, {new(struct{ U unread }), "", ""},
		{tagged(reflect.TypeFor[bool](), `json:",string"`), "tag option string at field F0, which is no number", "which is no number"},
		{tagged(reflect.TypeFor[[]int](), `json:",omitzero,string"`), "which is no number", "which is no number"},
		{tagged(reflect.TypeFor[*int64](), `json:",string"`), "", ""}, {tagged(reflect.TypeFor[time.Duration](), `json:",string"`), "", ""},
		{tagged(reflect.TypeFor[stdjson.Number](), `json:",string"`), "", ""}, {tagged(reflect.TypeFor[any](), `json:",string"`), "", ""},
		{tagged(reflect.TypeFor[int](), `json:"-,"`), "trailing ','", "trailing ','"},
		{reflect.StructOf([]reflect.StructField{{Name: "A", Type: spaced, Tag: `json:"x"`}, {Name: "B", Type: spaced, Tag: `json:"x"`}}), "conflict over JSON object name", "conflict"},
		{new(chanJSON), "", "chanJSON has"}, {new(chanText), "chanText has", ""}, {new(readsOnly), "/F: func() has", ""}, {new(badIsZero), "", ""},
	} {
		typ, given := tt.v.(reflect.Type)
		if !given {
			typ = reflect.TypeOf(tt.v).Elem()
		}
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

// What is only read may hold what can't be written, where it reads itself.
func TestCheckCarry(t *testing.T) {
	for _, tt := range []struct {
		v    any
		want string
	}{
		{new(int), ""}, {new(error), ""}, {new(chan int), "chan int has"}, {new(hasChan), "/C: chan int has"}, {new(struct{ L sync.Mutex }), "no exported fields"},
		{spaced, "malformed"}, {new(readsOnly), ""}, {new(struct{ R *readsOnly }), ""}, {new(chanText), ""}, {new(noChan), ""}, {new(mayChan), ""},
	} {
		typ, given := tt.v.(reflect.Type)
		if !given {
			typ = reflect.TypeOf(tt.v).Elem()
		}
		if err := jsonx.CheckCarry(typ); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("CheckCarry(%v) = %v; want %q", typ, err, tt.want)
		}
	}
}
