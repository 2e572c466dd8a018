package packet_test

import (
	"testing"

	"github.com/madang-chat/madang/internal/packet"
)

func BenchmarkText(b *testing.B) {
	for _, wire := range []string{`2["echo","hello"]`, `21["echo",{"n":1}]`, `2/chat,7["send",{"room":"r1","text":"안녕하세요, everybody","cid":"0123456789abcdef"}]`} {
		b.Run(wire[:8], func(b *testing.B) {
			var d packet.Decoder
			p := []byte(wire)
			b.ReportAllocs()
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				pkt, _, err := d.Text(p)
				if err != nil {
					b.Fatal(err)
				}
				pkt.Event()
			}
		})
	}
}

func BenchmarkBinary(b *testing.B) {
	var d packet.Decoder
	head, body := []byte(`51-["file",`+ph0+`]`), make([]byte, 1024)
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = d.Text(head)
		if _, done, err := d.Binary(body); !done || err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendHead(b *testing.B) {
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		dst = packet.AppendHead(dst[:0], packet.Event, "/chat", 2, 12345, true)
	}
}
