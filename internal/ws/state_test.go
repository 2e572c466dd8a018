package ws

import (
	"bytes"
	"fmt"
	"testing"
	"unsafe"
)

func TestUnmask(t *testing.T) {
	const key = 0x3d21fa37
	for offset := range 9 {
		for size := range 100 {
			for split := range size + 1 {
				buf := make([]byte, offset+size+8)
				p := buf[offset : offset+size]
				unmask(p[split:], unmask(p[:split], key))
				for i, c := range p {
					if want := byte(uint32(key) >> (8 * (i % 4))); c != want {
						t.Fatalf("offset %d, size %d, split %d: byte %d is %#x, want %#x", offset, size, split, i, c, want)
					}
				}
				if !bytes.Equal(buf[:offset], make([]byte, offset)) || !bytes.Equal(buf[offset+size:], make([]byte, 8)) {
					t.Fatalf("offset %d, size %d, split %d: bytes around the payload changed", offset, size, split)
				}
			}
		}
	}
}

func BenchmarkUnmask(b *testing.B) {
	for _, size := range []int{5, 32, 1 << 10, 64 << 10} {
		for _, offset := range []int{0, 3} {
			b.Run(fmt.Sprintf("%d+%d", size, offset), func(b *testing.B) {
				p := make([]byte, offset+size)[offset:]
				b.SetBytes(int64(size))
				for b.Loop() {
					unmask(p, 0x3d21fa37)
				}
			})
		}
	}
}

func TestIdleDecoderIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Decoder{}); size > 80 {
		t.Fatalf("a Decoder takes %d bytes", size)
	}
}

// idle is a handler that looks whether the Decoder has let go of its buffers.
type idle struct {
	t *testing.T
	d *Decoder
}

func (h idle) Message([]byte, bool) error {
	if h.d.held != nil {
		h.t.Error("memory is held while a message is delivered")
	}
	return nil
}

func (h idle) Control(Opcode, []byte) error { return nil }

func TestIdleDecoderHoldsNothing(t *testing.T) {
	zero := []byte{0, 0, 0, 0} // a key that changes nothing
	frame := func(first byte, payload string) []byte {
		return append(append([]byte{first, 0x80 | byte(len(payload))}, zero...), payload...)
	}
	for name, frames := range map[string][]byte{
		"text":       frame(0x81, "hello"),
		"empty text": frame(0x81, ""),
		"fragments":  append(frame(1, "he"), frame(0x80, "llo")...),
		"ping":       frame(0x89, "hello"),
		"empty ping": frame(0x89, ""),
		"close":      frame(0x88, "\x03\xe8"),
	} {
		t.Run(name, func(t *testing.T) {
			for cut := range frames {
				d := &Decoder{}
				for _, p := range [][]byte{bytes.Clone(frames[:cut]), bytes.Clone(frames[cut:])} {
					if err := d.Feed(p, idle{t, d}); err != nil {
						t.Fatal(err)
					}
				}
				if d.held != nil {
					t.Fatalf("cut at %d: memory is held afterwards", cut)
				}
			}
		})
	}
}
