package adapter

import (
	"encoding/base64"
	"slices"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

func FuzzSession(f *testing.F) {
	value := func(v any) socketio.Args {
		a, err := socketio.ArgsOf(v)
		if err != nil {
			f.Fatal(err)
		}
		return a
	}
	raw, err := EncodeSession("/한", &socketio.BusSession{PID: "p", SID: "s", Rooms: []string{"s", "a"}, Data: map[string]socketio.Args{
		"one": value(1), "한": value(map[string]any{"x": []byte("b")}), "": value([]byte{0, 255}),
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(Pack([]byte(`{"sid":"s","pid":"p","rooms":["s",7],"data":"anything"}`), nil))
	f.Add(Pack([]byte(`{"sid":"s","pid":"p","data":null}`), nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		namespace, s, err := DecodeSession(raw)
		if err != nil {
			return
		}
		again, err := EncodeSession(namespace, s)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", s, err)
		}
		space, back, err := DecodeSession(again)
		if err != nil || space != namespace || back.PID != s.PID || back.SID != s.SID || !slices.Equal(back.Rooms, s.Rooms) || len(back.Data) != len(s.Data) {
			t.Fatalf("%+v of %q came back as %+v of %q, %v", s, namespace, back, space, err)
		}
		for name, a := range s.Data {
			if b := back.Data[name]; a.String() != b.String() {
				t.Fatalf("%q is %s, and was %s", name, b, a)
			}
		}
	})
}

// A session as @socket.io/redis-streams-adapter saves it.
func TestSessionOfNode(t *testing.T) {
	// {sid: "s", pid: "p", rooms: ["s", "r"], data: {user: "kim", photo: <01 02>, none: nil}}
	raw := "\x84\xa3sid\xa1s\xa3pid\xa1p\xa5rooms\x92\xa1s\xa1r\xa4data\x83\xa4user\xa3kim\xa5photo\xc4\x02\x01\x02\xa4none\xc0"
	namespace, s, err := DecodeSession([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	var photo []byte
	if err := s.Data["photo"].Decode(0, &photo); err != nil {
		t.Error(err)
	}
	if namespace != "" || s.PID != "p" || !slices.Equal(s.Rooms, []string{"s", "r"}) || s.Data["user"].String() != `["kim"]` || string(photo) != "\x01\x02" {
		t.Errorf("%+v", s)
	}
	for _, bad := range []string{"", "gA==", base64.StdEncoding.EncodeToString([]byte("\x81\xa3sid\xa1s"))} {
		raw, _ := base64.StdEncoding.DecodeString(bad)
		if _, s, err := DecodeSession(raw); err == nil {
			t.Errorf("%q is %+v", bad, s)
		}
	}
}
