package cluster

import (
	"testing"

	"github.com/madang-chat/madang/socketio"
)

type silentLine struct{ Line }

func (silentLine) Direct(name string) string { return "direct " + name }

func newTestBus() *Bus {
	b := New(silentLine{}, Options{Package: "test", Broker: "nothing"})
	b.begin(socketio.BusServer{Name: "self"})
	return b
}

func FuzzDirect(f *testing.F) {
	ours, err := encodeDirect(&socketio.BusMessage{Kind: socketio.BusSockets, Sockets: []socketio.SocketInfo{{ID: "a"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ours)
	f.Add([]byte(`!{"Kind":8,"Request":"0123456789abcdef","Failure":"no"}`))
	f.Add([]byte("!{\"From\":\"a\",\"To\":\"b\",\"Request\":\"0123456789abcdef\",\"Event\":\"data\",\"Count\":3}\naGVsbG8="))
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := decodeDirect(payload)
		if err != nil {
			return
		}
		again, err := encodeDirect(m)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", m, err)
		}
		back, err := decodeDirect(again)
		if err != nil || back.Kind != m.Kind || back.Request != m.Request || len(back.Sockets) != len(m.Sockets) || back.Args.String() != m.Args.String() {
			t.Fatalf("%+v came back as %+v, %v", m, back, err)
		}
	})
}

func FuzzHeartbeat(f *testing.F) {
	f.Add([]byte(`{"type":"hello","name":"a","run":"b"}`))
	f.Add([]byte(`{"type":"bye","name":"a","run":"b"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		b := newTestBus()
		defer b.cancel()
		if _, err := b.listen(payload); err != nil && len(b.peers) > 0 {
			t.Fatalf("%q is an error and a server", payload)
		}
	})
}

func TestGarbageIsNoAnswer(t *testing.T) {
	for _, payload := range []string{"", "!", "!{}", `!{"Kind":1}`, `!{"Kind":12}`, "!null", "!\n", "!{}\n%", `!{"Kind":15}`} {
		if m, err := decodeDirect([]byte(payload)); err == nil {
			t.Errorf("%.40q is the answer %+v", payload, m)
		}
	}
}
