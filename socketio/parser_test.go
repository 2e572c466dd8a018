package socketio_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// packed is a packet in the form of msgpack, written as hexadecimal digits between plain text.
func packed(t *testing.T, parts ...string) string {
	t.Helper()
	var out []byte
	for i, p := range parts {
		if i%2 == 1 {
			out = append(out, p...)
			continue
		}
		b, err := hex.DecodeString(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
	}
	return "b:" + string(out)
}

type parcel struct {
	Name string    `json:"name"`
	Size int       `json:"size"`
	Body []byte    `json:"body"`
	Sent time.Time `json:"sent"`
}

func TestMsgpack(t *testing.T) {
	s := start(t, socketio.Options{Parser: socketio.ParserMsgpack})
	ns := s.Of("/")
	parcels := make(chan parcel, 1)
	socketio.OnCall(ns, "parcel", func(_ ctx, _ socket, p parcel) ([]byte, error) {
		parcels <- p
		return p.Body, nil
	})
	socketio.OnCall(ns, "hi", func(_ ctx, so socket, a socketio.Args) (socketio.Args, error) {
		if err := ns.Emit("hi", 1, []byte{1}); err != nil {
			return a, err
		}
		return a, nil
	})
	s.Of("/no").Use(func(ctx, socket) error { return &socketio.Error{Message: "no"} })
	connect := packed(t, "82a4", "type", "00a3", "nsp", "a1", "/")
	// What socket.io-msgpack-parser makes of EVENT 5 ["hi",1,<01>].
	hi := packed(t, "84a4", "type", "02a3", "nsp", "a1", "/", "a4", "data", "93a2", "hi", "01c40101a2", "id", "05")
	event := packed(t, "83a4", "type", "02a3", "nsp", "a1", "/", "a4", "data", "93a2", "hi", "01c40101")
	answer := packed(t, "84a4", "type", "03a3", "nsp", "a1", "/", "a4", "data", "9201c40101a2", "id", "05")
	connected := packed(t, "83a4", "type", "00a3", "nsp", "a1", "/", "a4", "data", "81a3", "sid", "b4")

	t.Run("websocket", func(t *testing.T) {
		w := s.dial(t)
		w.send(connect)
		w.expect(connected + "…")
		w.send(hi)
		w.expect(event, answer)
		w.send(packed(t, "82a4", "type", "00a3", "nsp", "a3", "/no"))
		w.expect(packed(t, "83a4", "type", "04a3", "nsp", "a3", "/no", "a4", "data", "81a7", "message", "a2", "no"))
		// The JavaScript client adds options; a Date is its extension type.
		w.send(packed(t, "85a4", "type", "02a7", "options", "81a8", "compress", "c3a3", "nsp", "a1", "/", "a2", "id", "07a4", "data",
			"92a6", "parcel", "84a4", "name", "a3ed959ca4", "size", "cd0100a4", "body", "c50002", "xy", "a4", "sent", "d7000000016f5e66e800"))
		w.expect(packed(t, "84a4", "type", "03a3", "nsp", "a1", "/", "a4", "data", "91c402", "xy", "a2", "id", "07"))
		p := receive(t, parcels)
		if p.Name != "한" || p.Size != 256 || string(p.Body) != "xy" || p.Sent.Unix() != 1577836800 {
			t.Errorf("%+v", p)
		}
		w.send(packed(t, "82a4", "type", "01a3", "nsp", "a1", "/"), connect)
		w.expect(connected + "…")
		for so := range ns.Sockets() {
			so.Disconnect()
		}
		w.expect(packed(t, "82a4", "type", "01a3", "nsp", "a1", "/"))
	})
	t.Run("polling", func(t *testing.T) {
		request := s.poll(t, "EIO=4")
		post := func(packet string) {
			t.Helper()
			if got := request("POST", "b"+base64.StdEncoding.EncodeToString([]byte(packet[2:]))); got != "ok" {
				t.Fatal(got)
			}
		}
		var waiting []string
		next := func() string {
			t.Helper()
			if len(waiting) == 0 {
				waiting = strings.Split(request("GET", ""), "\x1e")
			}
			b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(waiting[0], "b"))
			if err != nil {
				t.Fatal(waiting[0], err)
			}
			waiting = waiting[1:]
			return "b:" + string(b)
		}
		post(connect)
		if got := next(); !strings.HasPrefix(got, connected) {
			t.Fatalf("%q", got)
		}
		post(hi)
		for _, want := range []string{event, answer} {
			if got := next(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
	for name, bad := range map[string]string{
		"text":              `2["hi"]`,
		"no packet":         "b:\x90",
		"reserved name":     packed(t, "83a4", "type", "02a3", "nsp", "a1", "/", "a4", "data", "91a7", "connect"),
		"event without any": packed(t, "83a4", "type", "02a3", "nsp", "a1", "/", "a4", "data", "90"),
	} {
		t.Run(name, func(t *testing.T) {
			w := s.dial(t)
			w.send(connect)
			w.expect(connected + "…")
			w.send(bad)
			w.expect(closed)
		})
	}
}

// The offset of recovery stands behind the arguments, as with JSON.
func TestMsgpackRecovery(t *testing.T) {
	s := start(t, socketio.Options{Parser: socketio.ParserMsgpack, Recovery: &socketio.RecoveryOptions{}})
	w := s.dial(t)
	w.send(packed(t, "82a4", "type", "00a3", "nsp", "a1", "/"))
	if got := w.next(); !strings.Contains(got, "\xa3pid") {
		t.Fatalf("%q", got)
	}
	if err := s.Of("/").Emit("x", []byte("b")); err != nil {
		t.Fatal(err)
	}
	got := w.next()
	if want := packed(t, "83a4", "type", "02a3", "nsp", "a1", "/", "a4", "data", "93a1", "x", "c401", "b", "a4"); !bytes.HasPrefix([]byte(got), []byte(want)) {
		t.Errorf("%q, want %q and an offset", got, want)
	}
}
