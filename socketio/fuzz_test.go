package socketio

import (
	"reflect"
	"testing"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// Whatever arguments a client sends, they decode or fail; and what decoded goes out and comes back
// the same.
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

// A scripted parser decodes anything to one packet.
type scripted struct{ p *Packet }

func (scripted) Encode(*Packet) ([]byte, [][]byte, error) { return nil, nil, nil }
func (s scripted) NewDecoder(PacketLimits) Decoder {
	return func([]byte, bool) (*Packet, error) { return s.p, nil }
}

// Whatever a parser returns, it is refused, or it is a packet that the built-in parsers write and
// read as the same.
func FuzzForeignPackets(f *testing.F) {
	f.Add(byte(0), "/", uint64(0), false, `{"a":1}`, "", 0)
	f.Add(byte(2), "/a", uint64(7), true, `["x",{"_placeholder":true,"num":0}]`, "bytes", 1)
	f.Add(byte(3), "", uint64(1<<63), true, ` [1] `, "", 0)
	f.Add(byte(2), "/,", uint64(1), false, `7["x"]`, "", 0)
	f.Add(byte(4), "/?q", uint64(1), false, `"x"`, "b", 3)
	f.Fuzz(func(t *testing.T, kind byte, namespace string, id uint64, hasID bool, data, attachment string, n int) {
		p := &Packet{Type: PacketType(kind), Namespace: namespace, Data: []byte(data)}
		if hasID {
			p.ID = &id
		}
		for range min(max(n, 0), 5) {
			p.Attachments = append(p.Attachments, []byte(attachment))
		}
		limits := PacketLimits{Depth: 20, Attachments: 4, Bytes: 1 << 20}
		d := decoder{text: packet.Decoder{Limits: limits.text()}}
		got, done, err := newCodec(scripted{p}, limits).decode(&d, nil, false)
		if err != nil {
			return
		}
		if !done {
			t.Fatal("not done")
		}
		if got.Namespace == "" || got.Namespace[0] != '/' || len(got.Attachments) > limits.Attachments {
			t.Fatalf("%+v", got)
		}
		got.Event()
		want := packetOf(&got)
		for _, parser := range []Parser{ParserJSON, ParserMsgpack} {
			text, binary, err := parser.Encode(want)
			if err != nil {
				t.Fatalf("%T can't encode %+v: %v", parser, want, err)
			}
			decode := parser.NewDecoder(limits)
			parts := binary
			var again *Packet
			if text != nil {
				again, err = decode(text, false)
			}
			for _, part := range parts {
				if err == nil {
					again, err = decode(part, true)
				}
			}
			if err != nil || again == nil {
				if parser == ParserMsgpack {
					continue // an object that looks like a placeholder is refused beside binary
				}
				t.Fatalf("%T can't decode %+v: %v", parser, want, err)
			}
			if again.Type != want.Type || again.Namespace != want.Namespace || (again.ID == nil) != (want.ID == nil) ||
				len(again.Attachments) != len(want.Attachments) && parser == ParserJSON {
				t.Fatalf("%T: %+v became %+v", parser, want, again)
			}
		}
	})
}
