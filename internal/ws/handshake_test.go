package ws_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/ws"
)

const sampleKey = "dGhlIHNhbXBsZSBub25jZQ==" // RFC 6455, 1.3

func upgradeRequest() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Sec-WebSocket-Version", "13")
	r.Header.Set("Sec-WebSocket-Key", sampleKey)
	return r
}

func TestCheckUpgrade(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	add := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Add(name, value) }
	}
	drop := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Del(name) }
	}
	tests := []struct {
		name   string
		change func(*http.Request)
		ok     bool
	}{
		{"good", func(*http.Request) {}, true},
		{"any case", set("Upgrade", "WebSocket"), true},
		{"connection list", set("Connection", "keep-alive, upgrade"), true},
		{"connection lines", func(r *http.Request) { r.Header["Connection"] = []string{"keep-alive", "Upgrade"} }, true},
		{"upgrade list", set("Upgrade", "h2c ,websocket"), true},
		{"HTTP/1.0", func(r *http.Request) { r.ProtoMinor = 0 }, false},
		{"HTTP/2", func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 2, 0 }, false},
		{"POST", func(r *http.Request) { r.Method = http.MethodPost }, false},
		{"no upgrade", drop("Upgrade"), false},
		{"other upgrade", set("Upgrade", "h2c"), false},
		{"longer token", set("Upgrade", "websockets"), false},
		{"no connection", drop("Connection"), false},
		{"other connection", set("Connection", "keep-alive"), false},
		{"no version", drop("Sec-WebSocket-Version"), false},
		{"version 8", set("Sec-WebSocket-Version", "8"), false},
		{"no key", drop("Sec-WebSocket-Key"), false},
		{"two keys", add("Sec-WebSocket-Key", sampleKey), false},
		{"key is not base64", set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ!=="), false},
		{"key is short", set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j"), false},
		{"key is long", set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZWU="), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := upgradeRequest()
			tt.change(r)
			key, err := ws.CheckUpgrade(r)
			if tt.ok && (err != nil || key != sampleKey) {
				t.Fatalf("got %q, %v", key, err)
			}
			if !tt.ok && (err == nil || key != "") {
				t.Fatalf("got %q, %v, want an error", key, err)
			}
		})
	}
}

func TestIsUpgrade(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if ws.IsUpgrade(r) {
		t.Fatal("a plain request is taken for an upgrade")
	}
	r.Header.Set("Upgrade", "WebSocket")
	if !ws.IsUpgrade(r) {
		t.Fatal("an upgrade isn't seen")
	}
}

func TestAcceptKey(t *testing.T) {
	if got := ws.AcceptKey(sampleKey); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("got %q", got)
	}
}

// A client may fill a whole header with names: the time grows with them and not with their square,
// which would be minutes.
func TestManyProtocols(t *testing.T) {
	const most = 1 << 20 // as net/http takes by default
	var list strings.Builder
	for i := 0; list.Len() < most; i++ {
		fmt.Fprintf(&list, "%x,", i)
	}
	start := time.Now()
	first, err := ws.FirstProtocol(http.Header{"Sec-Websocket-Protocol": {list.String() + "last"}})
	if first != "0" || err != nil || time.Since(start) > 10*time.Second {
		t.Errorf("%q, %v after %v", first, err, time.Since(start))
	}
	if _, err := ws.FirstProtocol(http.Header{"Sec-Websocket-Protocol": {list.String() + "0"}}); err == nil {
		t.Error("a name came twice")
	}
}
