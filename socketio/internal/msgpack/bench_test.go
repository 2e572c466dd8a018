package msgpack_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio/internal/msgpack"
)

// benchPackets are events in text form, with one attachment where they name one.
func benchPackets() map[string]string {
	numbers := make([]string, 1000)
	for i := range numbers {
		numbers[i] = strconv.Itoa(i)
	}
	return map[string]string{
		"small":   `2["x","0123456789abcdef"]`,
		"object":  `2["send",{"room":"r1","text":"안녕하세요, everybody","cid":"0123456789abcdef","at":1700000000000}]`,
		"numbers": `2["numeric",[` + strings.Join(numbers, ",") + `]]`,
		"binary":  `51-["binary",{"_placeholder":true,"num":0}]`,
	}
}

func BenchmarkAppend(b *testing.B) {
	parts := [][]byte{make([]byte, 1000)}
	for name, text := range benchPackets() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				msgpack.Append(nil, []byte(text), parts)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, text := range benchPackets() {
		b.Run(name, func(b *testing.B) {
			packed := msgpack.Append(nil, []byte(text), [][]byte{bytes.Repeat([]byte("x"), 1000)})
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := msgpack.Decode(packed, 512, 1000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
