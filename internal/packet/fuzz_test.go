package packet_test

import (
	"errors"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

var binaryHeads = []string{`51-["file",` + ph0 + `]`, `52-/admin,7["f",` + ph1 + `,{"a":[` + ph0 + `]}]`, `61-0[` + ph0 + `]`, `50-["a"]`, `511-["a"]`, `51-["a",` + ph1 + `]`}

func FuzzText(f *testing.F) {
	for _, tt := range forms {
		f.Add([]byte(tt.wire))
	}
	for _, s := range binaryHeads {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		var d packet.Decoder
		pkt, done, err := d.Text(p)
		if err != nil {
			if done {
				t.Fatalf("%q: done with %v", p, err)
			}
			if errors.Is(err, jsonx.ErrSyntax) && p[0] == '2' && len(p) > 1 && p[1] == '[' &&
				jsontext.Value(p[1:]).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) {
				t.Fatalf("%q is JSON, but %v", p, err)
			}
			return
		}
		if !done {
			return
		}
		if pkt.Data != nil && !jsontext.Value(pkt.Data).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) {
			t.Fatalf("%q gave %q, which is not JSON", p, pkt.Data)
		}
		if name, args := pkt.Event(); pkt.Type == packet.Event {
			if packet.Reserved(string(name)) {
				t.Fatalf("%q gave the reserved name %q", p, name)
			}
			for arg := range jsonx.Values(args) {
				if err := jsonx.Scan(arg, packet.MaxDepth); err != nil {
					t.Fatalf("%q: argument %q: %v", p, arg, err)
				}
			}
		}
		if pkt.Query != "" || pkt.Type == packet.Connect {
			return
		}
		wire := append(packet.AppendHead(nil, pkt.Type, pkt.Namespace, 0, pkt.ID, pkt.HasID), pkt.Data...)
		again, _, err := d.Text(wire)
		if err != nil || !same(pkt, again) {
			t.Fatalf("%q became %q: %+v, then %+v (%v)", p, wire, pkt, again, err)
		}
	})
}

// FuzzDecoder feeds messages cut at U+001E; one that starts with 'b' is binary.
func FuzzDecoder(f *testing.F) {
	for _, s := range binaryHeads {
		f.Add([]byte(s + "\x1eb\x01\x02\x1eb\x1e2[\"a\"]"))
	}
	f.Add([]byte("0\x1e2[\"echo\",\"hello\"]\x1e52-[\"a\"]\x1eb\x1e2[\"b\"]"))
	f.Fuzz(func(t *testing.T, p []byte) {
		var d packet.Decoder
		outstanding := false
		for len(p) > 0 {
			i := 0
			for i < len(p) && p[i] != 0x1e {
				i++
			}
			msg := p[:i]
			p = p[min(i+1, len(p)):]
			var pkt packet.Packet
			var done bool
			var err error
			if len(msg) > 0 && msg[0] == 'b' {
				pkt, done, err = d.Binary(msg[1:])
				if !outstanding && err != packet.ErrBinary {
					t.Fatalf("binary out of turn: %v", err)
				}
			} else {
				pkt, done, err = d.Text(msg)
				if outstanding && err != packet.ErrText {
					t.Fatalf("text out of turn: %v", err)
				}
				if done && len(pkt.Attachments) > 0 {
					t.Fatalf("text gave attachments")
				}
			}
			if err != nil {
				return // the connection ends
			}
			outstanding = !done
			if done && len(pkt.Attachments) > packet.MaxAttachments {
				t.Fatalf("%d attachments", len(pkt.Attachments))
			}
			if n := len(pkt.Attachments); done && n > 0 {
				var v any
				if err := jsonx.DecodeAttach(pkt.Data, &v, pkt.Attachments); errors.Is(err, jsonx.ErrAttachment) {
					t.Fatalf("%q with %d attachments passed, but %v", pkt.Data, n, err)
				}
			}
		}
	})
}
