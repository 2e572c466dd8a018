package engineio

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/poll"
	"github.com/madang-chat/madang/internal/ws"
)

// A memo is a connection that remembers where in memory the bytes lie that it is to write.
type memo struct{ parts [][]byte }

func (m *memo) TryWrite(p []byte) (int, error) {
	m.parts = append(m.parts, p)
	return len(p), nil
}

func (m *memo) Start(poll.Handler, []byte)          {}
func (m *memo) WriteSoon([]byte) error              { return nil }
func (m *memo) TryWriteAhead(p []byte) (int, error) { return m.TryWrite(p) }
func (m *memo) Write([]byte, time.Duration) error   { return nil }
func (m *memo) Pause()                              {}
func (m *memo) Resume()                             {}
func (m *memo) Finish(time.Duration)                {}
func (m *memo) Close()                              {}

// holds reports whether p itself, and no copy of it, is or is in one of the parts.
func (m *memo) holds(p []byte) bool {
	return slices.ContainsFunc(m.parts, func(part []byte) bool {
		for i := range len(part) - len(p) + 1 {
			if &part[i] == &p[0] {
				return true
			}
		}
		return false
	})
}

// RO-10, MS-08: whatever the number of receivers, a message is prepared once in each form. The
// network is given the same memory for all.
func TestSharedMemory(t *testing.T) {
	server := New(Options{Logger: slog.New(slog.DiscardHandler), PerMessageDeflate: true}, nil)
	defer server.Close()
	random := rand.NewChaCha8([32]byte{})
	attachment := make([]byte, 100_000)
	random.Read(attachment)
	text := append(make([]byte, Prefix), "2["+strings.Repeat("shared text ", 5000)+"]"...)
	m := NewMessage(text, attachment)

	// Text and attachment are too large to be copied together with others.
	give := func(deflate bool) *memo {
		to := new(memo)
		s := &Socket{server: server, protocol: 4}
		s.ws = &wsConn{socket: s, conn: to, decoder: ws.Decoder{Deflate: deflate}}
		if err := s.Send(m, Corked); err != nil {
			t.Fatal(err)
		}
		s.Flush()
		return to
	}
	for range 3 {
		if plain := give(false); !plain.holds(text[Prefix:]) || !plain.holds(attachment) {
			t.Error("the text or its attachment was copied for a receiver")
		}
	}
	first := give(true).parts
	if len(first) != 1 || len(first[0]) > len(attachment)+1000 {
		t.Fatalf("%d parts, the first of %d bytes", len(first), len(first[0]))
	}
	for range 3 {
		if packed := give(true); !packed.holds(first[0]) {
			t.Error("the message was compressed again for a receiver")
		}
	}

	// A small one is copied to what is written together with it. It takes no memory of its own.
	small := Text("small")
	b := &batch{conn: &wsConn{socket: &Socket{server: server, protocol: 4}, conn: new(memo)}, buf: make([]byte, 0, batchSize)}
	if n := testing.AllocsPerRun(100, func() { b.message(small); b.buf = b.buf[:0] }); n != 0 {
		t.Errorf("a receiver of a small message costs %v allocations", n)
	}
}
