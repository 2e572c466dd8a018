package redisbus

import (
	"testing"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
)

// FuzzEntry reads an entry of a stream, which any program may have written.
func FuzzEntry(f *testing.F) {
	for _, m := range []*socketio.BusMessage{
		{Kind: socketio.BusEmit, Event: "x", Args: args(f, 1, "한")}, {Kind: socketio.BusEmit, Event: "x", Args: args(f, []byte("b")), Latest: true},
		{Kind: socketio.BusJoin, Rooms: []string{"r"}, Change: []string{"a"}}, {Kind: socketio.BusDisconnect, Whole: true},
	} {
		m.Namespace = "/"
		out, err := adapter.Encode(m, "uid")
		if err != nil {
			f.Fatal(err)
		}
		fields, data, err := entryOf(out, "run-1")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(fields[1].(string), fields[3].(string), fields[5].(string), string(data))
	}
	f.Add("", "/", "3", "")
	f.Add("uid", "/", "-1", "gA==")
	f.Fuzz(func(t *testing.T, uid, nsp, kind, data string) {
		e := &entry{offset{1, 2}, map[string]any{"uid": uid, "nsp": nsp, "type": kind, "data": data, "other": 1}}
		m, err := e.message()
		if err != nil || m == nil || m.Request != "" || !isKept(m) {
			return
		}
		if m.Offset != "" && m.Offset != "1-2" {
			t.Fatalf("offset %q", m.Offset)
		}
		out, err := adapter.Encode(m, m.From)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", m, err)
		}
		_, again, err := entryOf(out, "")
		if err != nil {
			t.Fatalf("%+v can't be written: %v", m, err)
		}
		e.fields["data"] = string(again)
		back, err := e.message()
		if err != nil || !same(back, m) {
			t.Fatalf("%+v came back as %+v, %v", m, back, err)
		}
	})
}

func FuzzOffset(f *testing.F) {
	for _, text := range []string{"0-0", "1700000000000-3", "18446744073709551615-18446744073709551615", "1", "-", "1-", "+1-1", "1-1-1", "$", "١-١"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := parseOffset(text)
		if err != nil {
			return
		}
		if back, err := parseOffset(o.String()); err != nil || back != o || back.before(o) {
			t.Fatalf("%q is %v, then %v, %v", text, o, back, err)
		}
	})
}

// A namespace whose hash is negative has a stream that is read.
func TestStreamOfANamespace(t *testing.T) {
	l := newLayout(StreamsOptions{StreamCount: 4})
	for _, namespace := range []string{"/", "/notifications", "/dashboard", "/한국어", "/😀"} {
		got := l.of(namespace)
		there := false
		for _, name := range l.all() {
			there = there || name == got
		}
		if !there {
			t.Errorf("%s has the stream %q", namespace, got)
		}
	}
	// What Node's servers work out, where that isn't negative.
	for namespace, want := range map[string]string{"/": "socket.io-3", "/chat": "socket.io-3", "/한국어": "socket.io-0", "/a": "socket.io-2"} {
		if got := l.of(namespace); got != want {
			t.Errorf("%s has the stream %q, want %q", namespace, got, want)
		}
	}
}
