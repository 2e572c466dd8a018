package packet_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/packet"
)

// Text and attachments are one packet for the limit of bytes.
func TestBytesOfAPacket(t *testing.T) {
	const head = `53-["a"]` // 8 bytes
	for _, tt := range []struct {
		sizes []int
		fails int // the attachment that is too much, counted from 1
	}{
		{[]int{40, 40, 12}, 0},
		{[]int{40, 40, 13}, 3},
		{[]int{0, 0, 92}, 0},
		{[]int{93}, 1},
		{[]int{92, 1}, 2},
	} {
		d := packet.Decoder{Limits: packet.Limits{Bytes: 100}}
		if _, _, err := d.Text([]byte(head)); err != nil {
			t.Fatal(err)
		}
		for i, size := range tt.sizes {
			_, done, err := d.Binary([]byte(strings.Repeat("x", size)))
			if fails := errors.Is(err, packet.ErrTooLarge); fails != (i+1 == tt.fails) || done != (i == 2 && !fails) {
				t.Errorf("%v: attachment %d: %v, %v", tt.sizes, i+1, done, err)
			}
		}
	}
	var d packet.Decoder
	if _, _, err := d.Text([]byte(head)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, _, err := d.Binary(make([]byte, 1<<20)); err != nil {
			t.Error("no limit:", err)
		}
	}
}

func TestHeld(t *testing.T) {
	var d packet.Decoder
	if n := d.Held(); n != 0 {
		t.Error(n, "at first")
	}
	_, _, _ = d.Text([]byte(`52-["a"]`))
	before := d.Held()
	if before < 8 || before > 100 {
		t.Error(before, "of the text")
	}
	_, _, _ = d.Binary(make([]byte, 1000))
	if n := d.Held() - before; n < 1000 || n > 1100 {
		t.Error(n, "of the attachment")
	}
	if _, done, err := d.Binary(nil); !done || err != nil || d.Held() != 0 {
		t.Error(done, err, d.Held(), "at the end")
	}
}
