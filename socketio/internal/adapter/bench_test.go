package adapter

import (
	"testing"

	"github.com/madang-chat/madang/socketio"
)

func BenchmarkAdapter(b *testing.B) {
	m := &socketio.BusMessage{Kind: socketio.BusEmit, Namespace: "/", Event: "message:new", Args: args(b, map[string]any{"room": "lobby", "text": "안녕하세요, 반가워요", "at": int64(1795161450000)}), Rooms: []string{"lobby"}}
	out, err := Encode(m, asking)
	if err != nil {
		b.Fatal(err)
	}
	text, err := out.JSON()
	if err != nil {
		b.Fatal(err)
	}
	packed := out.Msgpack()
	classic, err := EncodeEvent(m, asking)
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"encode JSON":    func() error { out, _ := Encode(m, asking); _, err := out.JSON(); return err },
		"encode msgpack": func() error { out, err := Encode(m, asking); _ = out.Msgpack(); return err },
		"open JSON":      func() error { _, err := Open(text); return err },
		"open msgpack":   func() error { _, err := Open(packed); return err },
		"read JSON":      func() error { e, _ := Open(text); _, _, err := e.Read(); return err },
		"read msgpack":   func() error { e, _ := Open(packed); _, _, err := e.Read(); return err },
		"encode classic": func() error { _, err := EncodeEvent(m, asking); return err },
		"read classic":   func() error { _, err := ReadEvent(classic); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
