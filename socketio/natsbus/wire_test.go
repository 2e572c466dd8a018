package natsbus

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/madang-chat/madang/socketio"
)

const testRun = "0123456789abcdef"

// Every field of a message comes as it was, whatever there will be.
func TestEveryFieldIsCarried(t *testing.T) {
	args, err := socketio.ArgsOf("한글 <&>", []byte{0, 1, '\n'}, nil, map[string]any{"b": []byte{}})
	if err != nil {
		t.Fatal(err)
	}
	m := &socketio.BusMessage{Args: args, Sockets: []socketio.SocketInfo{{ID: "x", Rooms: []string{"x"}}}}
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case socketio.Args, []socketio.SocketInfo:
		case []string:
			f.Set(reflect.ValueOf([]string{"a b", "", "한"}))
		case string:
			f.SetString(fmt.Sprint("text ", i, "\n"))
		case bool:
			f.SetBool(true)
		default:
			if f.CanInt() {
				f.SetInt(int64(i + 1))
			} else {
				f.SetUint(uint64(i + 1))
			}
		}
	}
	payload, err := encode(m, testRun)
	if err != nil {
		t.Fatal(err)
	}
	run, rest, err := split(payload)
	if err != nil || run != testRun {
		t.Fatal(run, err)
	}
	got, err := decode(rest)
	if err != nil {
		t.Fatal(err)
	}
	if got.Args.String() != m.Args.String() || len(got.Sockets) != 1 || got.Sockets[0].ID != "x" {
		t.Errorf("%v, %v", got.Args, got.Sockets)
	}
	got.Args, got.Sockets, m.Args, m.Sockets = socketio.Args{}, nil, socketio.Args{}, nil
	if !reflect.DeepEqual(got, m) {
		t.Errorf("%+v came as %+v", m, got)
	}
}

func TestTokens(t *testing.T) {
	seen := make(map[string]string)
	long := strings.Repeat("긴", 300)
	for _, name := range []string{
		"", "a", "/", "a.b", "a%2Eb", "*", ">", " ", "\t", "\x00", "\x7f", "한 방", "\xff", "\ufffd", "%", "=", "$SYS", long, long + "x",
	} {
		got := token(name)
		if other, dup := seen[got]; dup {
			t.Errorf("%q and %q are %q", name, other, got)
		}
		seen[got] = name
		if got == "" || len(got) > maxToken || strings.ContainsAny(got, ". *>\t\r\n\x00") || !utf8.ValidString(got) {
			t.Errorf("%q is %q", name, got)
		}
	}
}

// Pieces of several senders make whole messages; what can't be one is dropped.
func TestPieces(t *testing.T) {
	p := pieces{most: 10_000}
	var list [][]byte
	whole := bytes.Repeat([]byte("0123456789"), 500)
	send := func(piece []byte) error { list = append(list, piece); return nil }
	runs := []string{testRun, "fedcba9876543210"}
	if err := cut(whole, runs[0], 1, 300, send); err != nil {
		t.Fatal(err)
	}
	first := len(list)
	if err := cut(whole, runs[1], 1, 300, send); err != nil {
		t.Fatal(err)
	}
	add := func(piece []byte) ([]byte, error) {
		run, rest, err := split(piece)
		if err != nil || rest[0] != '+' || len(piece) > 300 {
			t.Fatal(run, rest, err)
		}
		return p.add(run, rest[1:])
	}
	came := 0
	for i, j := 0, first; i < first || j < len(list); { // mixed, each in order
		at := &i
		if i == first || j < len(list) && rand.N(2) == 0 {
			at = &j
		}
		got, err := add(list[*at])
		*at++
		if err != nil || got != nil && !bytes.Equal(got, whole) {
			t.Fatal(len(got), err)
		}
		if got != nil {
			came++
		}
	}
	if came != 2 || p.held != 0 || len(p.of) != 0 {
		t.Errorf("%d messages came, %d bytes are held", came, p.held)
	}
	// One that begins in the middle is none; one with a gap neither.
	for _, piece := range list[1:first] {
		if got, err := add(piece); got != nil || err != nil {
			t.Fatal(got, err)
		}
	}
	if _, err := add(list[0]); err != nil {
		t.Error(err)
	}
	if _, err := add(list[2]); err == nil {
		t.Error("a gap isn't told")
	}
	p.drop(testRun)
	for i := range 100 { // whatever begins and doesn't end is bounded
		_ = cut(whole, fmt.Sprintf("%016d", i), 1, 300, func(piece []byte) error {
			if len(list) < 10_000 {
				_, err := add(piece)
				if most := mostHeld * p.most / len(whole); i < most && err != nil || i >= most && !errors.Is(err, errPieces) {
					t.Errorf("number %d that begins: %v", i, err)
				}
			}
			return fmt.Errorf("one is enough")
		})
	}
	if p.held != mostHeld*p.most || cut(whole, testRun, 1, pieceRoom, send) == nil {
		t.Errorf("%d bytes are held", p.held)
	}
}

func FuzzMessage(f *testing.F) {
	args, _ := socketio.ArgsOf("text", []byte("binary"))
	for _, m := range []*socketio.BusMessage{
		{Kind: socketio.BusEmit, From: "a", Namespace: "/", Rooms: []string{"r"}, Event: "e", Args: args},
		{Kind: socketio.BusSockets, To: "b", Request: testRun, Sockets: []socketio.SocketInfo{{ID: "x"}}},
	} {
		payload, err := encode(m, testRun)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
		_ = cut(payload, testRun, 1, pieceRoom+10, func(piece []byte) error { f.Add(piece); return nil })
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		run, rest, err := split(payload)
		if err != nil {
			return
		}
		p := pieces{most: 1000}
		if rest[0] == '+' {
			got, err := p.add(run, rest[1:])
			if len(got) > p.most || err != nil && p.held > 0 || p.held > p.most {
				t.Fatalf("%q: %d bytes, %d held, %v", payload, len(got), p.held, err)
			}
			return
		}
		m, err := decode(rest)
		if err != nil {
			return
		}
		again, err := encode(m, run)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", m, err)
		}
		_, rest, _ = split(again)
		back, err := decode(rest)
		if err != nil || back.Args.String() != m.Args.String() || back.Kind != m.Kind || back.Event != m.Event || len(back.Rooms) != len(m.Rooms) {
			t.Fatalf("%+v came back as %+v, %v", m, back, err)
		}
	})
}
