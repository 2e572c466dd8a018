package packet_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/packet"
)

func TestMain(m *testing.M) { leak.Main(m) }

// forms are wire forms in both directions. A form without head is only read.
var forms = []struct {
	wire string
	want packet.Packet
	head string
}{
	{`0`, packet.Packet{Type: packet.Connect, Namespace: "/"}, `0`},
	{`0{"token":"abc"}`, packet.Packet{Type: packet.Connect, Namespace: "/", Data: []byte(`{"token":"abc"}`)}, `0`},
	{`0/admin`, packet.Packet{Type: packet.Connect, Namespace: "/admin"}, ``},
	{`0/admin,`, packet.Packet{Type: packet.Connect, Namespace: "/admin"}, `0/admin,`},
	{`0/admin,{"sid":"x"}`, packet.Packet{Type: packet.Connect, Namespace: "/admin", Data: []byte(`{"sid":"x"}`)}, `0/admin,`},
	{`0/nsp?test=123&a=`, packet.Packet{Type: packet.Connect, Namespace: "/nsp", Query: "test=123&a="}, ``},
	{`0/?a=1,`, packet.Packet{Type: packet.Connect, Namespace: "/", Query: "a=1"}, ``},
	{`1`, packet.Packet{Type: packet.Disconnect, Namespace: "/"}, `1`},
	{"1/x,\n", packet.Packet{Type: packet.Disconnect, Namespace: "/x"}, ``},
	{`1/admin,`, packet.Packet{Type: packet.Disconnect, Namespace: "/admin"}, `1/admin,`},
	{`0null`, packet.Packet{Type: packet.Connect, Namespace: "/"}, ``},
	{`1null`, packet.Packet{Type: packet.Disconnect, Namespace: "/"}, ``},
	{`1/admin,{"why":["x"]}`, packet.Packet{Type: packet.Disconnect, Namespace: "/admin"}, ``},
	{`2`, packet.Packet{Type: packet.Event, Namespace: "/"}, `2`},
	{`2/admin,12`, packet.Packet{Type: packet.Event, Namespace: "/admin", ID: 12, HasID: true}, `2/admin,12`},
	{`37null`, packet.Packet{Type: packet.Ack, Namespace: "/", ID: 7, HasID: true}, ``},
	{`2["echo","hello"]`, packet.Packet{Type: packet.Event, Namespace: "/", Data: []byte(`["echo","hello"]`)}, `2`},
	{`21["echo",{"n":1}]`, packet.Packet{Type: packet.Event, Namespace: "/", ID: 1, HasID: true, Data: []byte(`["echo",{"n":1}]`)}, `21`},
	{`20["a"]`, packet.Packet{Type: packet.Event, Namespace: "/", HasID: true, Data: []byte(`["a"]`)}, `20`},
	{`2/한,18446744073709551615["a"]`, packet.Packet{Type: packet.Event, Namespace: "/한", ID: 1<<64 - 1, HasID: true, Data: []byte(`["a"]`)}, `2/한,18446744073709551615`},
	{`2/a?b,["a"]`, packet.Packet{Type: packet.Event, Namespace: "/a?b", Data: []byte(`["a"]`)}, `2/a?b,`},
	{`2/,["a"]`, packet.Packet{Type: packet.Event, Namespace: "/", Data: []byte(`["a"]`)}, ``},
	{`2[1e3,2]`, packet.Packet{Type: packet.Event, Namespace: "/", Data: []byte(`[1e3,2]`)}, `2`},
	{"2 [ \"a\" , 1 ]\n", packet.Packet{Type: packet.Event, Namespace: "/", Data: []byte(`[ "a" , 1 ]`)}, ``},
	{`3123[]`, packet.Packet{Type: packet.Ack, Namespace: "/", ID: 123, HasID: true, Data: []byte(`[]`)}, `3123`},
	{`3/admin,0012[null,"x"]`, packet.Packet{Type: packet.Ack, Namespace: "/admin", ID: 12, HasID: true, Data: []byte(`[null,"x"]`)}, ``},
	{`35`, packet.Packet{Type: packet.Ack, Namespace: "/", ID: 5, HasID: true}, `35`},
	{`4"denied"`, packet.Packet{Type: packet.ConnectError, Namespace: "/", Data: []byte(`"denied"`)}, `4`},
	{`4/x,{"message":"Invalid namespace"}`, packet.Packet{Type: packet.ConnectError, Namespace: "/x", Data: []byte(`{"message":"Invalid namespace"}`)}, `4/x,`},
}

func same(a, b packet.Packet) bool {
	return a.Type == b.Type && a.Namespace == b.Namespace && a.Query == b.Query && a.ID == b.ID && a.HasID == b.HasID &&
		string(a.Data) == string(b.Data) && (a.Data == nil) == (b.Data == nil) &&
		slices.EqualFunc(a.Attachments, b.Attachments, func(x, y []byte) bool { return string(x) == string(y) })
}

func TestForms(t *testing.T) {
	var d packet.Decoder
	for _, tt := range forms {
		got, done, err := d.Text([]byte(tt.wire))
		if err != nil || !done || !same(got, tt.want) {
			t.Errorf("Text(%q) = %+v, %v, %v; want %+v", tt.wire, got, done, err, tt.want)
		}
		if tt.head == "" {
			continue
		}
		head := packet.AppendHead([]byte("x"), tt.want.Type, tt.want.Namespace, 0, tt.want.ID, tt.want.HasID)
		if string(head) != "x"+tt.head || tt.head+string(tt.want.Data) != tt.wire {
			t.Errorf("AppendHead(%+v) = %s; want %s", tt.want, head, tt.head)
		}
	}
}

const ph0, ph1 = `{"_placeholder":true,"num":0}`, `{"_placeholder":true,"num":1}`

func TestBinary(t *testing.T) {
	for _, tt := range []struct {
		wire string
		atts []string
		want packet.Packet
		head string
	}{
		{`51-["file",` + ph0 + `]`, []string{"\x01\x02"}, packet.Packet{Type: packet.BinaryEvent, Namespace: "/", Data: []byte(`["file",` + ph0 + `]`)}, `51-`},
		{`52-/admin,7["f",` + ph1 + `,{"a":[` + ph0 + `]}]`, []string{"", "b"},
			packet.Packet{Type: packet.BinaryEvent, Namespace: "/admin", ID: 7, HasID: true, Data: []byte(`["f",` + ph1 + `,{"a":[` + ph0 + `]}]`)}, `52-/admin,7`},
		{`61-0[` + ph0 + `]`, []string{"x"}, packet.Packet{Type: packet.BinaryAck, Namespace: "/", HasID: true, Data: []byte(`[` + ph0 + `]`)}, `61-0`},
		{`501-["unused"]`, []string{"x"}, packet.Packet{Type: packet.BinaryEvent, Namespace: "/", Data: []byte(`["unused"]`)}, ``},
	} {
		var d packet.Decoder
		for range 2 { // the decoder is ready for the next one
			text := []byte(tt.wire)
			if _, done, err := d.Text(text); done || err != nil {
				t.Fatalf("Text(%s) = %v, %v", tt.wire, done, err)
			}
			clear(text) // what is kept was copied
			for i, a := range tt.atts {
				buf := []byte(a)
				got, done, err := d.Binary(buf)
				clear(buf)
				if last := i == len(tt.atts)-1; err != nil || done != last {
					t.Fatalf("%s: attachment %d: %v, %v", tt.wire, i, done, err)
				} else if last {
					for _, a := range tt.atts {
						tt.want.Attachments = append(tt.want.Attachments, []byte(a))
					}
					if !same(got, tt.want) {
						t.Errorf("%s gave %+v; want %+v", tt.wire, got, tt.want)
					}
					tt.want.Attachments = nil
				}
			}
		}
		if tt.head != "" {
			plain := tt.want.Type - packet.BinaryEvent + packet.Event
			for _, typ := range []packet.Type{plain, tt.want.Type} {
				if head := packet.AppendHead(nil, typ, tt.want.Namespace, len(tt.atts), tt.want.ID, tt.want.HasID); string(head) != tt.head {
					t.Errorf("AppendHead(%v) = %s; want %s", typ, head, tt.head)
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		wire string
		want error
	}{
		{``, packet.ErrType}, {`7`, packet.ErrType}, {`9["a"]`, packet.ErrType}, {` `, packet.ErrType}, {`a`, packet.ErrType}, {`-1`, packet.ErrType},
		{`5`, packet.ErrAttachments}, {`51`, packet.ErrAttachments}, {`5-["a"]`, packet.ErrAttachments}, {`5a-["a"]`, packet.ErrAttachments},
		{`51.5-["a"]`, packet.ErrAttachments}, {`5-1-["a"]`, packet.ErrAttachments}, {`5["a"]`, packet.ErrAttachments}, {`50-["a"]`, packet.ErrAttachments},
		{`60-[]`, packet.ErrAttachments}, {`511-["a"]`, packet.ErrTooMany}, {`599999999999999999999999-["a"]`, packet.ErrTooMany},
		{"0/\xff,", packet.ErrNamespace}, {`0admin`, packet.ErrPayload},
		{`218446744073709551616["a"]`, packet.ErrID}, {`399999999999999999999999[]`, packet.ErrID},
		{`0/admin,"invalid"`, packet.ErrPayload}, {`0[]`, packet.ErrPayload}, {`0nul`, packet.ErrPayload}, {`0{`, packet.ErrPayload},
		{`1x`, packet.ErrPayload}, {`1[`, packet.ErrPayload}, {`2null`, packet.ErrPayload}, {`4null`, packet.ErrPayload}, {`61-null`, packet.ErrPayload},
		{`51-`, packet.ErrPayload}, {`2/admin,"invalid`, packet.ErrPayload}, {`2/admin,{}`, packet.ErrPayload}, {`442["some","data"`, packet.ErrPayload},
		{`2[{"toString":"foo"}]`, packet.ErrPayload}, {`2[true,"foo"]`, packet.ErrPayload}, {`2[null,"bar"]`, packet.ErrPayload}, {`2[[]]`, packet.ErrPayload},
		{`2[]`, packet.ErrPayload}, {`2"a"`, packet.ErrPayload}, {`2["a"]x`, packet.ErrPayload}, {`2["a",]`, packet.ErrPayload}, {`21.5["a"]`, packet.ErrPayload},
		{`2["connect"]`, packet.ErrPayload}, {`2["connect_error",1]`, packet.ErrPayload}, {`2["disconnect","123"]`, packet.ErrPayload},
		{`2["disconnecting"]`, packet.ErrPayload}, {`2["newListener"]`, packet.ErrPayload}, {`2 [ "removeListener" ]`, packet.ErrPayload},
		{`2["conn\u0065ct"]`, packet.ErrPayload}, {`51-["connect"]`, packet.ErrPayload},
		{`3{}`, packet.ErrPayload}, {`31"x"`, packet.ErrPayload}, {`61-{}`, packet.ErrPayload}, {`41`, nil}, {`41[]`, packet.ErrPayload}, {`4true`, packet.ErrPayload},
		{`2["a",` + strings.Repeat("[", 512) + strings.Repeat("]", 512) + `]`, jsonx.ErrDepth},
		{`2["a",` + strings.Repeat("[", 511) + strings.Repeat("]", 511) + `]`, nil},
		{`2["a",` + strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000) + `]`, packet.ErrPayload},
	} {
		var d packet.Decoder
		if _, _, err := d.Text([]byte(tt.wire)); !errors.Is(err, tt.want) {
			t.Errorf("Text(%.60q) = %v; want %v", tt.wire, err, tt.want)
		}
		// A refused packet leaves nothing behind.
		if _, _, err := d.Binary(nil); err != packet.ErrBinary {
			t.Errorf("Binary after Text(%.60q) = %v; want ErrBinary", tt.wire, err)
		}
	}
}

func TestReconstructionErrors(t *testing.T) {
	var d packet.Decoder
	if _, _, err := d.Binary([]byte("x")); err != packet.ErrBinary {
		t.Errorf("binary first: %v", err)
	}
	if _, _, err := d.Text([]byte(`52-["a"]`)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := d.Text([]byte(`2["a"]`)); err != packet.ErrText {
			t.Errorf("text during reconstruction: %v", err)
		}
	}
	for _, num := range []string{`1`, `-1`, `"0"`, `null`, `0.5`} {
		var d packet.Decoder
		_, _, _ = d.Text([]byte(`51-["a",{"b":{"_placeholder":true,"num":` + num + `}}]`))
		if _, done, err := d.Binary([]byte("x")); done || !errors.Is(err, packet.ErrAttachments) {
			t.Errorf("placeholder %s: %v, %v", num, done, err)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		limits packet.Limits
		wire   string
		want   error
	}{
		{packet.Limits{}, `510-["a"]`, nil},
		{packet.Limits{Attachments: 2}, `53-["a"]`, packet.ErrTooMany},
		{packet.Limits{Attachments: 20}, `520-["a"]`, nil},
		{packet.Limits{Attachments: -1}, `51000-["a"]`, nil},
		{packet.Limits{Depth: 2}, `2["a",[]]`, nil},
		{packet.Limits{Depth: 2}, `2["a",[{}]]`, jsonx.ErrDepth},
		{packet.Limits{Depth: -1}, `2["a",` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `]`, nil},
	} {
		d := packet.Decoder{Limits: tt.limits}
		if _, _, err := d.Text([]byte(tt.wire)); !errors.Is(err, tt.want) {
			t.Errorf("%+v: Text(%.40s) = %v; want %v", tt.limits, tt.wire, err, tt.want)
		}
	}
}

func TestEvent(t *testing.T) {
	for wire, want := range map[string][2]string{
		`2["echo"]`:                     {"echo", ""},
		`2["echo","hello"]`:             {"echo", `"hello"`},
		`2[ "echo" , {"n":1} , [2] ] `:  {"echo", `{"n":1} , [2]`},
		`2["",null]`:                    {"", "null"},
		`2["a\"b,]\ud83d\ude00\ud800"]`: {"a\"b,]😀\ufffd", ""},
		"2[\"a\xff\",1]":                {"a\ufffd", "1"},
		`2["새 글",1]`:                    {"새 글", "1"},
		`2[12,1]`:                       {"12", "1"},
		`2[-1.5e3]`:                     {"-1.5e3", ""},
		`3["echo",1]`:                   {"", ""},
		`2`:                             {"", ""},
		`0{"a":1}`:                      {"", ""},
	} {
		var d packet.Decoder
		p, _, err := d.Text([]byte(wire))
		name, args := p.Event()
		if err != nil || string(name) != want[0] || string(args) != want[1] {
			t.Errorf("Event of %q = %q, %q (%v); want %q", wire, name, args, err, want)
		}
	}
}

func TestNothingAllocated(t *testing.T) {
	var d packet.Decoder
	var head [64]byte
	for _, wire := range []string{`2["echo","hello"]`, `21["echo",{"n":1}]`, `2/admin,["새 글",[1,2]]`, `2/admin,7["connected"]`} {
		p := []byte(wire)
		decode := func() {
			pkt, _, err := d.Text(p)
			if err != nil {
				t.Fatal(err)
			}
			if name, _ := pkt.Event(); len(name) == 0 {
				t.Fatal("no name")
			}
			packet.AppendHead(head[:0], pkt.Type, pkt.Namespace, 0, pkt.ID, pkt.HasID)
		}
		decode() // keeps the namespace
		if n := testing.AllocsPerRun(100, decode); n != 0 {
			t.Errorf("%s: %v allocations", wire, n)
		}
	}
}
