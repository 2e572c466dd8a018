package ws_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/madang-chat/madang/internal/ws"
)

// FuzzDecoder checks that no input makes a Decoder panic, that what it delivers doesn't depend on
// the division of the input, and that no message exceeds the limit.
func FuzzDecoder(f *testing.F) {
	seeds := [][]byte{
		// What official Socket.IO clients send.
		text("40"),
		text(`40/chat,{"token":"t"}`),
		text(`42["x",1]`),
		text(`420["ask",{"text":"안녕 😀"}]`),
		text(`430["reply"]`),
		join(text(`451-["upload",{"_placeholder":true,"num":0}]`), masked(fin|bin, "\x00\x01\xff")),
		join(text("2probe"), text("5")),
		text("3"),
		text("41"),
		masked(fin|bin, "\x04\x01\x02"), // revision 3: the packet type is a byte
		text(`0{"sid":"x","upgrades":[]}`),
		deflated(f, `42["message","hello hello hello"]`),
		masked(closes, ""),
		closing(1000, ""),
		closing(1005, ""),
		masked(ping, ""),
		masked(pong, "p"),
		// What a careless or hostile one may send.
		join(masked(txt, "가"[:1]), masked(ping, "p"), masked(fin|cont, "가"[1:])),
		join(masked(rsv1|txt, "\xf2\x48\xcd"), masked(fin|cont, "\xc9\xc9\x07\x00")),
		masked(fin|rsv1|txt, "\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00"),
		text("\xed\xa0\x80"),
		{fin | bin, 0x80 | 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 2, 3},
		[]byte("GET / HTTP/1.1\r\n\r\n"),
	}
	for i, p := range seeds {
		f.Add(p, uint64(i), uint16(0), true)
		f.Add(p, uint64(i), uint16(16), false)
	}
	f.Fuzz(func(t *testing.T, p []byte, seed uint64, limit uint16, deflate bool) {
		d := ws.Decoder{Limit: int64(limit), Deflate: deflate}
		want := decode(t, d, p)
		rnd := rand.New(rand.NewPCG(seed, 0))
		for how, chunks := range map[string][][]byte{
			"byte by byte": cuts(p, func() int { return 1 }),
			"random cuts":  cuts(p, func() int { return rnd.IntN(20) }),
		} {
			if got := decode(t, d, chunks...); !slices.Equal(got, want) {
				t.Fatalf("%s: got %q, whole: %q", how, got, want)
			}
		}
		if limit == 0 {
			return
		}
		for _, got := range want {
			if len(got) > len("binary ")+max(int(limit), 125) {
				t.Fatalf("%d bytes delivered above the limit %d", len(got), limit)
			}
		}
	})
}
