package ws_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/ws"
)

const (
	cont   = byte(ws.Continuation)
	txt    = byte(ws.Text)
	bin    = byte(ws.Binary)
	closes = fin | byte(ws.Close)
	ping   = fin | byte(ws.Ping)
	pong   = fin | byte(ws.Pong)
)

func join(frames ...[]byte) []byte { return slices.Concat(frames...) }

func closing(code int, reason string) []byte {
	return masked(closes, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

const (
	badText   = "error 1007 text is not UTF-8"
	badCode   = "error 1002 close code is not allowed"
	badLength = "error 1002 frame length is not minimal"
	tooBig    = "error 1009 message is too big"
)

func TestDecoder(t *testing.T) {
	long := strings.Repeat("가나다라", 6000) // 72 000 bytes
	huge := binary.BigEndian.AppendUint64([]byte{fin | bin, 0x80 | 127}, 1<<63)
	tests := []struct {
		name string
		in   []byte
		want []string
	}{
		{"text", text("hello"), []string{"text hello"}},
		{"empty text", text(""), []string{"text "}},
		{"binary", masked(fin|bin, "\x00\xff"), []string{"binary \x00\xff"}},
		{"several", join(text("a"), masked(fin|bin, ""), text("b")), []string{"text a", "binary ", "text b"}},
		{"125 bytes", text(long[:123] + "ab"), []string{"text " + long[:123] + "ab"}},
		{"126 bytes", text(long[:126]), []string{"text " + long[:126]}},
		{"65535 bytes", text(long[:65535]), []string{"text " + long[:65535]}},
		{"65536 bytes", text(long[:65535] + "a"), []string{"text " + long[:65535] + "a"}},
		{"long", join(text(long), text("after")), []string{"text " + long, "text after"}},

		{"two fragments", join(masked(txt, "he"), masked(fin|cont, "llo")), []string{"text hello"}},
		{"empty fragments", join(masked(bin, ""), masked(cont, ""), masked(fin|cont, "")), []string{"binary "}},
		{"many fragments", join(masked(txt, "a"), masked(cont, "b"), masked(cont, ""), masked(fin|cont, "c"), text("d")),
			[]string{"text abc", "text d"}},
		{"control between fragments", join(masked(txt, "a"), masked(ping, "p"), masked(cont, "b"), masked(pong, "q"), masked(fin|cont, "c")),
			[]string{"ping p", "pong q", "text abc"}},
		{"close between fragments", join(masked(txt, "a"), closing(1001, "")), []string{"close \x03\xe9"}},

		{"ping", masked(ping, ""), []string{"ping "}},
		{"longest ping", masked(ping, long[:123]+"ab"), []string{"ping " + long[:123] + "ab"}},
		{"pong of any bytes", masked(pong, "\xff\x00"), []string{"pong \xff\x00"}},
		{"ping too long", masked(ping, long[:126]), []string{"error 1002 control frame is too long"}},
		{"ping fragmented", masked(byte(ws.Ping), "a"), []string{"error 1002 control frame is fragmented"}},
		{"after a close", join(closing(1000, "bye"), text("late"), []byte{0xff}), []string{"close \x03\xe8bye"}},
		{"empty close", masked(closes, ""), []string{"close "}},
		{"close of one byte", masked(closes, "\x03"), []string{"error 1002 close frame is too short"}},
		{"close reason cut in a character", closing(1000, "\xea\xb0"), []string{"error 1007 close reason is not UTF-8"}},

		{"unmasked", []byte{fin | txt, 1, 'a'}, []string{"error 1002 frame is not masked"}},
		{"rsv1", masked(fin|rsv1|txt, "a"), []string{"error 1002 unexpected compression bit"}},
		{"rsv2", masked(fin|rsv2|txt, "a"), []string{"error 1002 reserved bit is set"}},
		{"rsv3", masked(fin|rsv3|txt, "a"), []string{"error 1002 reserved bit is set"}},
		{"rsv2 on ping", masked(ping|rsv2, "a"), []string{"error 1002 reserved bit is set"}},
		{"continuation first", masked(fin|cont, "a"), []string{"error 1002 continuation without a message"}},
		{"continuation after the end", join(masked(txt, "a"), masked(fin|cont, "b"), masked(fin|cont, "c")),
			[]string{"text ab", "error 1002 continuation without a message"}},
		{"text inside a message", join(masked(bin, "a"), text("b")), []string{"error 1002 message inside a fragmented message"}},
		{"good before bad", join(text("a"), masked(fin|rsv2|txt, "b"), text("c")), []string{"text a", "error 1002 reserved bit is set"}},

		{"2 length bytes for 125", seal([]byte{fin | bin, 0x80 | 126, 0, 125}, long[:125]), []string{badLength}},
		{"8 length bytes for 65535", seal([]byte{fin | bin, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, long[:65535]), []string{badLength}},
		{"top bit of the length", seal(huge, "a"), []string{"error 1002 frame length has its top bit set"}},

		{"latin1", text("\xe9t\xe9"), []string{badText}},
		{"overlong", text("\xc0\xaf"), []string{badText}},
		{"surrogate", text("\xed\xa0\x80"), []string{badText}},
		{"above U+10FFFF", text("\xf4\x90\x80\x80"), []string{badText}},
		{"cut at the end", text("a\xea\xb0"), []string{badText}},
		{"last character", text("\U0010FFFF"), []string{"text \U0010FFFF"}},
		{"character over fragments", join(masked(txt, "a\xf0"), masked(cont, "\x9f"), masked(ping, ""), masked(cont, "\x98"), masked(fin|cont, "\x80z")),
			[]string{"ping ", "text a😀z"}},
		{"message ends in a character", join(masked(txt, "a\xf0\x9f"), masked(fin|cont, "")), []string{badText}},
		{"bad second fragment", join(masked(txt, "a\xf0"), masked(cont, "a"), masked(ping, "")), []string{badText}},
		{"bad text before its end", text("\xff" + long)[:20], []string{badText}},
		{"binary over fragments", join(masked(bin, "\xff"), masked(fin|cont, "\xfe")), []string{"binary \xff\xfe"}},

		{"incomplete", text("hello")[:8], nil},
		{"header only", text("hello")[:3], nil},
	}
	for op := range byte(16) {
		if op <= 2 || op >= 8 && op <= 10 {
			continue
		}
		tests = append(tests, struct {
			name string
			in   []byte
			want []string
		}{fmt.Sprintf("opcode %d", op), masked(fin|op, "a"), []string{"error 1002 opcode is reserved"}})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decodeAnyhow(t, ws.Decoder{}, tt.in); !slices.Equal(got, tt.want) {
				t.Fatalf("got %.200q, want %.200q", got, tt.want)
			}
		})
	}
}

func TestCloseCodes(t *testing.T) {
	allowed := func(code int) bool {
		return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
	}
	for code := range 1 << 16 {
		want := []string{badCode}
		if allowed(code) {
			want = []string{"close " + string([]byte{byte(code >> 8), byte(code)}) + "why"}
		}
		if got := decode(t, ws.Decoder{}, closing(code, "why")); !slices.Equal(got, want) {
			t.Fatalf("code %d: got %q, want %q", code, got, want)
		}
	}
}

func TestLimit(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want []string
	}{
		{"exactly", text("0123456789"), []string{"text 0123456789"}},
		{"one above", text("0123456789a"), []string{tooBig}},
		{"announced", text("0123456789a")[:2], []string{tooBig}},
		{"announced in 2 bytes", text(strings.Repeat("a", 126))[:4], []string{tooBig}},
		{"announced in 8 bytes", []byte{fin | bin, 0x80 | 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, []string{tooBig}},
		{"fragments, exactly", join(masked(txt, "01234"), masked(cont, "5678"), masked(fin|cont, "9")), []string{"text 0123456789"}},
		{"fragments, one above", join(masked(txt, "01234"), masked(cont, "5678"), masked(fin|cont, "9a")), []string{tooBig}},
		{"begins anew", join(text("0123456789"), text("0123456789")), []string{"text 0123456789", "text 0123456789"}},
		{"control frames are apart", join(masked(txt, "01234"), masked(ping, "0123456789abc"), masked(fin|cont, "56789")),
			[]string{"ping 0123456789abc", "text 0123456789"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decodeAnyhow(t, ws.Decoder{Limit: 10}, tt.in); !slices.Equal(got, tt.want) {
				t.Fatalf("got %.200q, want %.200q", got, tt.want)
			}
		})
	}
}

// failing is a handler that refuses everything.
type failing struct{ err error }

func (f failing) Message([]byte, bool) error      { return f.err }
func (f failing) Control(ws.Opcode, []byte) error { return f.err }

func TestHandlerError(t *testing.T) {
	refused := errors.New("refused")
	for name, first := range map[string][]byte{
		"message":    text("a"),
		"fragmented": join(masked(txt, "a"), masked(fin|cont, "b")),
		"control":    masked(ping, "a"),
		"close":      closing(1000, ""),
	} {
		t.Run(name, func(t *testing.T) {
			var d ws.Decoder
			if err := d.Feed(join(first, text("b")), failing{refused}); err != refused {
				t.Fatalf("Feed returned %v, want the error of the handler", err)
			}
			var got record
			if err := d.Feed(text("c"), &got); err != refused || len(got) > 0 {
				t.Fatalf("next Feed returned %v and delivered %q, want the same error and nothing", err, got)
			}
		})
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAnnouncedLengthCostsNothing(t *testing.T) {
	in := seal(binary.BigEndian.AppendUint64([]byte{fin | bin, 0x80 | 127}, 1<<30), strings.Repeat("a", 100))
	var got record
	n := allocated(func() {
		var d ws.Decoder
		if err := d.Feed(in, &got); err != nil {
			t.Error(err)
		}
	})
	if n > 16<<10 {
		t.Fatalf("%d bytes allocated for 100 of an announced GiB", n)
	}
}

func TestSmallPiecesCostLittle(t *testing.T) {
	const size = 100_000
	message := strings.Repeat("a", size)
	fragments := masked(txt, "")
	for range size {
		fragments = append(fragments, masked(cont, "a")...)
	}
	fragments = append(fragments, masked(fin|cont, "")...)
	for name, chunks := range map[string][][]byte{
		"a frame byte by byte": cuts(text(message), func() int { return 1 }),
		"fragments of a byte":  {fragments},
	} {
		t.Run(name, func(t *testing.T) {
			var n counter
			total := allocated(func() {
				var d ws.Decoder
				for _, chunk := range chunks {
					if err := d.Feed(chunk, &n); err != nil {
						t.Error(err)
					}
				}
			})
			if n != 1 || total > 6*size {
				t.Fatalf("%d messages, %d bytes allocated for %d", n, total, size)
			}
		})
	}
}

func TestInflatingStopsAtLimit(t *testing.T) {
	in := deflated(t, strings.Repeat("a", 64<<20))
	var got record
	n := allocated(func() {
		d := ws.Decoder{Deflate: true, Limit: 1 << 20}
		var fault *ws.Error
		if err := d.Feed(in, &got); !errors.As(err, &fault) || fault.Code != ws.CodeTooBig {
			t.Errorf("Feed returned %v, want code 1009", err)
		}
	})
	if n > 8<<20 {
		t.Fatalf("%d bytes allocated for a limit of 1 MiB", n)
	}
}

// counter counts messages without allocating.
type counter int

func (c *counter) Message([]byte, bool) error      { *c++; return nil }
func (c *counter) Control(ws.Opcode, []byte) error { *c++; return nil }

func TestWholeFrameAllocatesNothing(t *testing.T) {
	frame := join(text(`42["message","hello"]`), masked(ping, "p"))
	buf := make([]byte, len(frame))
	var d ws.Decoder
	var n counter
	allocs := testing.AllocsPerRun(100, func() {
		copy(buf, frame)
		if err := d.Feed(buf, &n); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 || n == 0 {
		t.Fatalf("%v allocations for %d frames", allocs, n)
	}
}

func BenchmarkDecoder(b *testing.B) {
	for _, size := range []int{32, 1 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			frame := text(strings.Repeat("a", size))
			buf := make([]byte, len(frame))
			var d ws.Decoder
			var n counter
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				copy(buf, frame)
				if err := d.Feed(buf, &n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
