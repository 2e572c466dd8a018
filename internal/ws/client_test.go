package ws_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/madang-chat/madang/internal/ws"
)

// First bytes of a client's frame, to be combined with an opcode.
const (
	fin  = 0x80
	rsv1 = 0x40
	rsv2 = 0x20
	rsv3 = 0x10
)

// masked builds a client's frame. The key has four different bytes, so that a wrong turn of it
// shows.
func masked(first byte, payload string) []byte {
	n := len(payload)
	switch {
	case n < 126:
		return seal([]byte{first, 0x80 | byte(n)}, payload)
	case n < 1<<16:
		return seal(binary.BigEndian.AppendUint16([]byte{first, 0x80 | 126}, uint16(n)), payload)
	default:
		return seal(binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(n)), payload)
	}
}

// seal appends the key and the masked payload to a header.
func seal(header []byte, payload string) []byte {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	out := append(header, key[:]...)
	for i := range len(payload) {
		out = append(out, payload[i]^key[i%4])
	}
	return out
}

func text(p string) []byte { return masked(fin|byte(ws.Text), p) }

// deflated builds a compressed text frame.
func deflated(t testing.TB, p string) []byte {
	t.Helper()
	z, err := ws.Deflate(nil, []byte(p))
	if err != nil {
		t.Fatal(err)
	}
	return masked(fin|rsv1|byte(ws.Text), string(z))
}

// record notes what a Decoder delivers. It scribbles over each payload, as a handler may.
type record []string

func (r *record) Message(p []byte, bin bool) error {
	kind := "text"
	if bin {
		kind = "binary"
	}
	*r = append(*r, kind+" "+string(p))
	scribble(p)
	return nil
}

func (r *record) Control(op ws.Opcode, p []byte) error {
	kind := map[ws.Opcode]string{ws.Ping: "ping", ws.Pong: "pong", ws.Close: "close"}[op]
	*r = append(*r, kind+" "+string(p))
	scribble(p)
	return nil
}

func scribble(p []byte) {
	p = append(p, "beyond"...)
	for i := range p {
		p[i] = 0xff
	}
}

// decode feeds the chunks and returns what was delivered, ending in "error <code> <text>" on a
// fault.
func decode(t testing.TB, d ws.Decoder, chunks ...[]byte) []string {
	t.Helper()
	var got record
	var failed error
	for _, chunk := range chunks {
		err := d.Feed(slices.Clone(chunk), &got)
		if failed != nil && err != failed {
			t.Fatalf("after error %v, Feed returned %v", failed, err)
		}
		failed = err
	}
	if failed != nil {
		var fault *ws.Error
		if !errors.As(failed, &fault) {
			t.Fatalf("error %v is no *Error", failed)
		}
		got = append(got, fmt.Sprintf("error %d %s", fault.Code, fault.Text))
	}
	return got
}

// cuts divides p by chunk lengths that next returns.
func cuts(p []byte, next func() int) [][]byte {
	var chunks [][]byte
	for len(p) > 0 {
		n := min(max(next(), 1), len(p))
		chunks = append(chunks, p[:n])
		p = p[n:]
	}
	return chunks
}

// decodeAnyhow decodes p in many divisions and fails unless all give the same.
func decodeAnyhow(t testing.TB, d ws.Decoder, p []byte) []string {
	t.Helper()
	want := decode(t, d, p)
	same := func(how string, chunks ...[]byte) {
		t.Helper()
		if got := decode(t, d, chunks...); !slices.Equal(got, want) {
			t.Fatalf("%s: got %.200q, whole: %.200q", how, got, want)
		}
	}
	same("byte by byte", cuts(p, func() int { return 1 })...)
	for i := range len(p) {
		// Long input is cut only at its ends, where the headers are.
		if len(p) <= 400 || i < 20 || i > len(p)-20 {
			same(fmt.Sprintf("cut at %d", i), p[:i], p[i:])
		}
	}
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		most := 1 + rnd.IntN(len(p)+1)
		same(fmt.Sprintf("random cuts, seed %d", seed), cuts(p, func() int { return rnd.IntN(most) })...)
	}
	return want
}
