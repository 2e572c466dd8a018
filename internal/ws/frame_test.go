package ws_test

import (
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/ws"
)

func TestHeaders(t *testing.T) {
	tests := []struct {
		op         ws.Opcode
		n          int
		compressed bool
		want       string
	}{
		{ws.Text, 0, false, "\x81\x00"},
		{ws.Text, 125, false, "\x81\x7d"},
		{ws.Binary, 126, false, "\x82\x7e\x00\x7e"},
		{ws.Binary, 65535, false, "\x82\x7e\xff\xff"},
		{ws.Text, 65536, false, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"},
		{ws.Text, 5, true, "\xc1\x05"},
		{ws.Binary, 300, true, "\xc2\x7e\x01\x2c"},
		{ws.Ping, 0, false, "\x89\x00"},
		{ws.Pong, 4, false, "\x8a\x04"},
	}
	for _, tt := range tests {
		got := ws.AppendHeader([]byte("head"), tt.op, tt.n, tt.compressed)
		if string(got) != "head"+tt.want {
			t.Errorf("AppendHeader(%d, %d, %v) appended %q, want %q", tt.op, tt.n, tt.compressed, got, tt.want)
		}
		if tt.compressed {
			continue
		}
		buf := []byte("................")
		start := ws.PutHeader(buf, 12, tt.op, tt.n)
		want := strings.Repeat(".", 12-len(tt.want)) + tt.want + "...."
		if string(buf) != want || start != 12-len(tt.want) {
			t.Errorf("PutHeader(%d, %d) made %q from %d, want %q", tt.op, tt.n, buf, start, want)
		}
	}
}

func TestPutHeaderUsesHeaderRoom(t *testing.T) {
	if start := ws.PutHeader(make([]byte, ws.HeaderRoom), ws.HeaderRoom, ws.Binary, 1<<20); start != 0 {
		t.Fatalf("the longest header starts at %d of HeaderRoom", start)
	}
}

func TestAppendFrame(t *testing.T) {
	got := ws.AppendFrame([]byte("head"), ws.Text, []byte("hello"))
	if string(got) != "head\x81\x05hello" {
		t.Fatalf("got %q", got)
	}
}

func TestAppendClose(t *testing.T) {
	tests := []struct {
		name   string
		code   int
		reason string
		want   string
	}{
		{"empty", 0, "ignored", "\x88\x00"},
		{"code", 1000, "", "\x88\x02\x03\xe8"},
		{"reason", 1001, "bye", "\x88\x05\x03\xe9bye"},
		{"longest", 1001, strings.Repeat("a", 123), "\x88\x7d\x03\xe9" + strings.Repeat("a", 123)},
		{"too long", 1001, strings.Repeat("a", 124), "\x88\x7d\x03\xe9" + strings.Repeat("a", 123)},
		{"cut between characters", 1001, "a" + strings.Repeat("가", 41), "\x88\x7b\x03\xe9a" + strings.Repeat("가", 40)},
		{"cut after a character", 1001, strings.Repeat("가", 42), "\x88\x7d\x03\xe9" + strings.Repeat("가", 41)},
		{"not UTF-8", 1001, "a\xff", "\x88\x06\x03\xe9a\uFFFD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ws.AppendClose(nil, tt.code, tt.reason); string(got) != tt.want {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
		})
	}
}
