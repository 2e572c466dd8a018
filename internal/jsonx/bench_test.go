package jsonx_test

import (
	stdjson "encoding/json"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/jsonx"
)

type message struct {
	Room string   `json:"room"`
	Text string   `json:"text"`
	Seq  int64    `json:"seq"`
	Tags []string `json:"tags"`
}

var (
	sample = message{"r1", "안녕하세요, everybody", 123456, []string{"a", "b"}}
	tree   = map[string]any{"room": "r1", "text": "안녕하세요, everybody", "seq": 123456.0, "tags": []any{"a", "b"}}
)

func BenchmarkAppend(b *testing.B) {
	for name, v := range map[string]any{"string": "hello", "int": 12345, "struct": sample, "tree": tree} {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := jsonx.Append(dst, v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendAttach(b *testing.B) {
	body := []byte("body")
	for name, v := range map[string]any{"plain": upload{"n", body}, "open": album{Cover: blob("c"), Extra: body}, "tree": map[string]any{"m": tree, "b": body}} {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 1024)
			atts := make([][]byte, 0, 8)
			b.ReportAllocs()
			for b.Loop() {
				atts = atts[:0]
				if _, err := jsonx.AppendAttach(dst, v, &atts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	text, _ := jsonx.Append(nil, sample)
	for _, tt := range []struct {
		name, in string
		into     any
	}{{"string", `"hello, world"`, new(string)}, {"int", `12345`, new(int)}, {"float", `1234`, new(float64)}, {"struct", string(text), new(message)}, {"tree", string(text), new(any)}} {
		b.Run(tt.name, func(b *testing.B) {
			in := []byte(tt.in)
			b.ReportAllocs()
			for b.Loop() {
				if err := jsonx.Decode(in, tt.into); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodeAttach(b *testing.B) {
	atts := [][]byte{[]byte("a"), []byte("b")}
	for _, tt := range []struct {
		name, in string
		into     any
	}{{"plain", `{"name":"n","body":` + ph("0") + `}`, new(upload)}, {"open", `{"cover":` + ph("0") + `,"extra":` + ph("1") + `}`, new(album)}, {"tree", `{"m":{"a":[` + ph("1") + `]}}`, new(any)}} {
		b.Run(tt.name, func(b *testing.B) {
			in := []byte(tt.in)
			b.ReportAllocs()
			for b.Loop() {
				if err := jsonx.DecodeAttach(in, tt.into, atts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	text, _ := jsonx.Append(nil, sample)
	for name, in := range map[string]string{"small": string(text), "long": `["` + strings.Repeat("lorem ipsum ", 5000) + `"]`, "numbers": "[" + strings.Repeat("123.5,", 5000) + "0]"} {
		b.Run(name, func(b *testing.B) {
			in := []byte(in)
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				if err := jsonx.Scan(in, 512); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("encoding/json.Valid", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			stdjson.Valid(text)
		}
	})
}
