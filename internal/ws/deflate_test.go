package ws_test

import (
	"bytes"
	"compress/flate"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/madang-chat/madang/internal/ws"
)

func TestInflate(t *testing.T) {
	const compressed = fin | rsv1 | txt
	hello := string([]byte{0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}) // RFC 7692, 7.2.3.1
	tests := []struct {
		name string
		in   []byte
		want []string
	}{
		{"one block", masked(compressed, hello), []string{"text Hello"}},
		{"fragments", join(masked(rsv1|txt, hello[:3]), masked(ping, "p"), masked(fin|cont, hello[3:])), []string{"ping p", "text Hello"}},
		{"stored block", masked(compressed, "\x00\x05\x00\xfa\xffHello\x00"), []string{"text Hello"}},
		{"final block", masked(compressed, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), []string{"text Hello"}},
		{"two blocks", masked(compressed, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), []string{"text Hello"}},
		{"block after a final one", masked(compressed, "\xf3\x48\xcd\xc9\xc9\x07\x00"+hello), []string{"text HelloHello"}},
		{"empty", masked(compressed, "\x00"), []string{"text "}},
		{"no bytes at all", masked(compressed, ""), []string{"text "}},
		{"no context is taken over", join(masked(compressed, hello), masked(compressed, hello)), []string{"text Hello", "text Hello"}},
		{"reference into the last message", join(masked(compressed, hello), masked(compressed, "\xf2\x00\x11\x00\x00")),
			[]string{"text Hello", "error 1007 compressed data is corrupt"}},
		{"plain between", join(text("a"), masked(compressed, hello), text("b")), []string{"text a", "text Hello", "text b"}},
		{"reserved block type", masked(compressed, "\x06"), []string{"error 1007 compressed data is corrupt"}},
		{"not UTF-8", deflated(t, "\xff"), []string{badText}},
		{"not UTF-8 while compressed", masked(compressed, "\x00\x03\x00\xfc\xff가\x00"), []string{"text 가"}},
		{"binary", masked(fin|rsv1|bin, "\x00\x01\x00\xfe\xff\xff\x00"), []string{"binary \xff"}},

		{"on a continuation", join(masked(rsv1|txt, hello[:3]), masked(fin|rsv1|cont, hello[3:])), []string{"error 1002 unexpected compression bit"}},
		{"on a ping", masked(ping|rsv1, "p"), []string{"error 1002 unexpected compression bit"}},
		{"on a close", masked(closes|rsv1, ""), []string{"error 1002 unexpected compression bit"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decodeAnyhow(t, ws.Decoder{Deflate: true}, tt.in); !slices.Equal(got, tt.want) {
				t.Fatalf("got %.200q, want %.200q", got, tt.want)
			}
		})
	}
}

func TestInflateLimit(t *testing.T) {
	repeated := strings.Repeat("a", 5001)
	random := make([]byte, 5001)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(rnd.Uint32())
	}
	z, err := ws.Deflate(nil, random)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		limit int64
		in    []byte
		want  []string
	}{
		{"exactly", 5000, deflated(t, repeated[:5000]), []string{"text " + repeated[:5000]}},
		{"one above", 5000, deflated(t, repeated), []string{tooBig}},
		{"several final blocks", 9, masked(fin|rsv1|txt, "\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00"), []string{tooBig}},
		{"compressed size above", int64(len(z)) - 1, masked(fin|rsv1|bin, string(z)), []string{tooBig}},
		{"compressed size exactly", int64(len(z)), masked(fin|rsv1|bin, string(z)), []string{"binary " + string(random)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decodeAnyhow(t, ws.Decoder{Deflate: true, Limit: tt.limit}, tt.in); !slices.Equal(got, tt.want) {
				t.Fatalf("got %.200q, want %.200q", got, tt.want)
			}
		})
	}
}

func TestDeflate(t *testing.T) {
	tests := map[string]string{
		"empty":  "",
		"short":  "hello",
		"korean": strings.Repeat("마당에서 만나요 ", 10000),
		"long":   strings.Repeat("x", 1<<20),
	}
	for name, plain := range tests {
		t.Run(name, func(t *testing.T) {
			z, err := ws.Deflate([]byte("head"), []byte(plain))
			if err != nil {
				t.Fatal(err)
			}
			z, ok := bytes.CutPrefix(z, []byte("head"))
			if !ok || len(z) == 0 || bytes.HasSuffix(z, []byte("\x00\x00\xff\xff")) {
				t.Fatalf("payload is %.40q", z)
			}
			got := decode(t, ws.Decoder{Deflate: true}, masked(fin|rsv1|txt, string(z)))
			if !slices.Equal(got, []string{"text " + plain}) {
				t.Fatalf("came back as %.40q", got)
			}
		})
	}
}

func TestDeflateConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			plain := strings.Repeat(string(rune('a'+i)), 1000*(i+1))
			for range 20 {
				z, err := ws.Deflate(nil, []byte(plain))
				if err != nil {
					t.Error(err)
					return
				}
				got := decode(t, ws.Decoder{Deflate: true}, masked(fin|rsv1|txt, string(z)))
				if !slices.Equal(got, []string{"text " + plain}) {
					t.Errorf("came back as %.40q", got)
				}
			}
		})
	}
	wg.Wait()
}

// A client's compressor at any level is understood.
func TestInflateLevels(t *testing.T) {
	plain := strings.Repeat(`42["message",{"text":"안녕"}]`, 3000)
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		var z bytes.Buffer
		w, err := flate.NewWriter(&z, level)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(plain)); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		payload := strings.TrimSuffix(z.String(), "\x00\x00\xff\xff")
		if got := decode(t, ws.Decoder{Deflate: true}, masked(fin|rsv1|txt, payload)); !slices.Equal(got, []string{"text " + plain}) {
			t.Fatalf("level %d came back as %.40q", level, got)
		}
	}
}

func TestNegotiateDeflate(t *testing.T) {
	const answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	tests := []struct {
		name   string
		offers []string
		want   string // empty: refused
	}{
		{"none", nil, ""},
		{"plain", []string{"permessage-deflate"}, answer},
		{"browsers", []string{"permessage-deflate; client_max_window_bits"}, answer},
		{"client window", []string{"permessage-deflate; client_max_window_bits=10"}, answer},
		{"client window, quoted", []string{`permessage-deflate; client_max_window_bits="10"`}, answer},
		{"no takeover", []string{"permessage-deflate;server_no_context_takeover;client_no_context_takeover"}, answer},
		{"whole server window", []string{"permessage-deflate; server_max_window_bits=15"}, answer + "; server_max_window_bits=15"},
		{"small server window", []string{"permessage-deflate; server_max_window_bits=14"}, ""},
		{"fallback", []string{"permessage-deflate; server_max_window_bits=10, permessage-deflate; client_max_window_bits"}, answer},
		{"first acceptable", []string{"permessage-deflate, permessage-deflate; server_max_window_bits=15"}, answer},
		{"second line", []string{"x-other; a=b", "permessage-deflate"}, answer},
		{"other extension", []string{"x-webkit-deflate-frame"}, ""},
		{"quoted comma", []string{`x-other; a="b, permessage-deflate; c", y`}, ""},
		{"quoted quote", []string{`x-other; a="b\", permessage-deflate", permessage-deflate`}, answer},
		{"unknown parameter", []string{"permessage-deflate; window"}, ""},
		{"empty parameter", []string{"permessage-deflate;"}, ""},
		{"repeated parameter", []string{"permessage-deflate; client_max_window_bits; client_max_window_bits=9"}, ""},
		{"value that is not wanted", []string{"permessage-deflate; server_no_context_takeover=1"}, ""},
		{"missing value", []string{"permessage-deflate; server_max_window_bits"}, ""},
		{"client window 7", []string{"permessage-deflate; client_max_window_bits=7"}, ""},
		{"client window 16", []string{"permessage-deflate; client_max_window_bits=16"}, ""},
		{"leading zero", []string{"permessage-deflate; client_max_window_bits=09"}, ""},
		{"empty value", []string{"permessage-deflate; client_max_window_bits="}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := ws.NegotiateDeflate(http.Header{"Sec-Websocket-Extensions": tt.offers})
			if got != tt.want || ok != (tt.want != "") {
				t.Fatalf("got %q, %v, want %q", got, ok, tt.want)
			}
		})
	}
}
