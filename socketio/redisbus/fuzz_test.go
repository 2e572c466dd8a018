package redisbus

import (
	"encoding/json"
	"testing"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// What is read is written again and read as the same.

func FuzzEvent(f *testing.F) {
	for _, m := range []socketio.BusMessage{
		{Event: "x"}, {Event: "한", Rooms: []string{"a", "b"}, Except: []string{"c"}, Latest: true, Slot: "s", NoCompress: true},
	} {
		m.Kind, m.Namespace = socketio.BusEmit, "/"
		m.Args = args(f, 1, -1.5, nil, []byte("x"), map[string]any{"a": []any{true}})
		payload, err := adapter.EncodeEvent(&m, "uid")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := adapter.ReadEvent(payload)
		if err != nil {
			return
		}
		again, err := adapter.EncodeEvent(m, m.From)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", m, err)
		}
		back, err := adapter.ReadEvent(again)
		if err != nil || !same(back, m) {
			t.Fatalf("%+v came back as %+v, %v", m, back, err)
		}
	})
}

func FuzzRequest(f *testing.F) {
	for _, m := range []socketio.BusMessage{
		{Kind: socketio.BusJoin, Rooms: []string{"r"}, Change: []string{"a"}}, {Kind: socketio.BusLeave}, {Kind: socketio.BusDisconnect, Whole: true},
		{Kind: socketio.BusFetch, Request: cluster.NewID()}, {Kind: socketio.BusLen, Request: cluster.NewID()}, {Kind: socketio.BusServerEmit, Event: "x", Args: args(f, []byte("b"), 1)},
		{Kind: socketio.BusEmit, Event: "x", Request: cluster.NewID(), Timeout: 5e9},
	} {
		m.Namespace = "/"
		payload, err := encodeRequest(&m, "uid")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Add([]byte(`{"uid":"u","sid":"id","room":"r","requestId":"a","type":2}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		q, attachments, err := decodeRequest(payload)
		if err != nil {
			return
		}
		m, err := q.order("/", attachments)
		if err != nil || m.Request == "" && (m.Kind == socketio.BusEmit || m.Kind == socketio.BusFetch || m.Kind == socketio.BusLen) {
			return // nobody of ours asks so
		}
		again, err := encodeRequest(m, m.From)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", m, err)
		}
		q, attachments, err = decodeRequest(again)
		if err != nil {
			t.Fatalf("%+v can't be read again: %v", m, err)
		}
		if _, err := q.order("/", attachments); err != nil {
			t.Fatalf("%+v can't be read again: %v", m, err)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"requestId":"f0123456789abcdef","sockets":[{"id":"a","handshake":{"headers":{"a":"b"},"issued":1,"query":{},"auth":{}},"rooms":["a"],"data":{"k":1}}]}`))
	f.Add([]byte(`{"requestId":"c0123456789abcdef","sockets":[{}]}`))
	f.Add([]byte(`{"type":6,"requestId":"s0123456789abcdef","data":[1]}`))
	f.Add([]byte(`{"type":8,"requestId":"e0123456789abcdef","clientCount":1}`))
	f.Add([]byte("\x83\xa4type\x09\xa9requestId\xb1e0123456789abcdef\xa6packet\xc4\x01x"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := decodeAnswer(payload, "/")
		if err != nil || m == nil {
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", m, err)
		}
		back := new(socketio.BusMessage)
		if err := json.Unmarshal(again, back); err != nil || !same(back, m) {
			t.Fatalf("%+v came back as %+v, %v", m, back, err)
		}
	})
}
