package adapter

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// What ours say to ours comes back as it was, in each form.
func TestOursInEachForm(t *testing.T) {
	binary := args(t, []byte{1}, "x")
	for _, m := range []socketio.BusMessage{
		{Kind: socketio.BusEmit, Event: "x", Args: binary, Rooms: []string{"방 #*", strings.Repeat("r", 300)}, Latest: true, Slot: "s"},
		{Kind: socketio.BusEmit, Event: "x", Number: 1<<64 - 1},
		{Kind: socketio.BusEmit, Event: "x", Args: binary, Request: asking, Timeout: 1500 * time.Microsecond},
		{Kind: socketio.BusFetch, Request: asking, Timeout: 3 * time.Hour},
		{Kind: socketio.BusLen, Request: asking, Rooms: []string{"r"}},
		{Kind: socketio.BusServerEmit, Event: "x", Args: binary, Request: asking, Timeout: time.Second},
		{Kind: socketio.BusJoin, Change: []string{"a"}}, {Kind: socketio.BusLeave}, {Kind: socketio.BusDisconnect, Whole: true},
	} {
		m.Namespace, m.From = "/한#[*]", "서버 1"
		out, err := Encode(&m, m.From)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range forms(t, out) {
			got, asked, err := e.Read()
			if err != nil || asked != nil || !same(got, &m) {
				t.Errorf("%+v came back as %+v, %v, %v", m, got, asked, err)
			}
		}
	}
}

// forms are all that a message can be brought in.
func forms(t testing.TB, m *Message) (list []Envelope) {
	t.Helper()
	payloads := [][]byte{m.Msgpack()}
	list = append(list, Envelope{Type: m.Type, UID: m.UID, NSP: m.NSP, Data: m.DataMsgpack()})
	text, err := m.JSON()
	data, failed := m.DataJSON()
	if (err != nil) != m.HasBinary() || (failed != nil) != m.HasBinary() {
		t.Fatalf("JSON of %+v: %v, %v", m, err, failed)
	}
	if err == nil {
		payloads = append(payloads, text)
		list = append(list, Envelope{Type: m.Type, UID: m.UID, NSP: m.NSP, Data: data})
	}
	for _, p := range payloads {
		e, err := Open(p)
		if err != nil {
			t.Fatal(err)
		}
		if e.Type != m.Type || e.UID != m.UID || e.NSP != m.NSP {
			t.Errorf("%+v was opened as %+v", m, e)
		}
		list = append(list, e)
	}
	return list
}

func TestHeartbeats(t *testing.T) {
	for _, kind := range []Type{TypeHello, TypeBeat, TypeBye} {
		for _, e := range forms(t, Heartbeat(kind, "a", "/")) {
			if _, _, err := e.Read(); e.Data != nil || !errors.Is(err, ErrUnknownType) {
				t.Errorf("%+v: %v", e, err)
			}
		}
	}
	header := Heartbeat(TypeEmit, "a", "/b").AttachmentHeader(12)
	if e, err := Open(header); err != nil || e.Attachment != "12" || e.Type != TypeEmit || e.UID != "a" || e.NSP != "/b" {
		t.Errorf("%s: %+v, %v", header, e, err)
	}
}

// Others write less, or more.
func TestReadLenient(t *testing.T) {
	for payload, want := range map[string]socketio.BusMessage{
		"{\"type\":6,\"uid\":\"a\",\"nsp\":\"/\",\"data\":{\"opts\":{ } } }\n": {Kind: socketio.BusDisconnect},
		// redis-streams-emitter says the namespace twice.
		`{"type":3,"uid":"a","nsp":"/","data":{"packet":{"type":2,"data":["x"],"nsp":"/other","id":5},"opts":{}}}`:                    {Kind: socketio.BusEmit, Event: "x"},
		`{"type":3,"uid":"a","nsp":"/","more":[{}],"data":{"packet":{"type":2,"data":["x"]},"opts":{"rooms":null},"requestId":null}}`: {Kind: socketio.BusEmit, Event: "x"},
		`{"type":4,"uid":"a","nsp":"/","data":{"opts":{"rooms":[17,"a"],"except":[1e3]},"rooms":[-1]}}`:                               {Kind: socketio.BusJoin, Rooms: []string{"17", "a"}, Except: []string{"1e3"}, Change: []string{"-1"}},
		// An emitter hears no answer.
		`{"type":9,"uid":"emitter","nsp":"/","data":{"packet":["x"],"requestId":"a"}}`: {Kind: socketio.BusServerEmit, Event: "x", From: emitter},
		// ArrayBuffer of older encoders.
		"\x84\xa4type\xcc\x03\xa3uid\xa1a\xa3nsp\xa1/\xa4data\x82\xa6packet\x82\xa4type\x02\xa4data\x92\xa1x\xc7\x02\x00\x01\x02\xa4opts\x80": {Kind: socketio.BusEmit, Event: "x", Args: args(t, []byte{1, 2})},
		"\x85\xa4type\xd0\x06\x01\xc0\xa3uid\xa1a\xa3nsp\xa1/\xa4data\x81\xa4opts\x80":                                                        {Kind: socketio.BusDisconnect},
	} {
		e, err := Open([]byte(payload))
		if err != nil {
			t.Fatalf("%q: %v", payload, err)
		}
		if want.Namespace = "/"; want.From == "" {
			want.From = "a"
		}
		if got, asked, err := e.Read(); err != nil || asked != nil || !same(got, &want) {
			t.Errorf("%q: %+v, %v, %v", payload, got, asked, err)
		}
	}
}

// What can't be read is told, and never becomes an order to everybody.
func TestGarbage(t *testing.T) {
	for _, payload := range []string{
		"", "{", "[", "null", `"x"`, `{"type":"3"}`, `{"type":1e99}`, `{"uid":1}`, `{"attachmentId":"a"}`, `{"attachmentId":-1}`, `{"attachmentId":{}}`, "\x81", "\x80\x00", "\x81\xa4type\xa13",
		"\x81\xa4type\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00", "\x82\xa3uid\x90", "\x81\x90\x01", "\xdf\xff\xff\xff\xff", "\xde\xff\xff", "\xdb\xff\xff\xff\xff", "\xc1", strings.Repeat("\x91", 100_000),
		"\x81\xa4data" + strings.Repeat("\x91", 100_000),
	} {
		if e, err := Open([]byte(payload)); err == nil {
			t.Errorf("%.40q is %+v", payload, e)
		}
	}
	for _, rest := range []string{
		`"type":4`, `"type":4,"data":null`, `"type":4,"data":[]`, `"type":4,"data":{}`, `"type":5,"data":{"rooms":["r"]}`, `"type":6,"data":{"close":true}`, `"type":6,"data":{"opts":null}`,
		`"type":4,"data":{"opts":{"rooms":"r"}}`, `"type":4,"data":{"opts":{"rooms":[{}]}}`, `"type":7,"data":{"requestId":"a"}`, `"type":7,"data":{"opts":{}}`,
		`"type":3,"data":{"opts":{}}`, `"type":3,"data":{"packet":{"type":2,"data":["x"]}}`, `"type":3,"data":{"opts":{},"packet":{"type":3,"data":["x"]}}`,
		`"type":3,"data":{"opts":{},"packet":{"type":2,"data":[1]}}`, `"type":3,"data":{"opts":{},"packet":{"type":2,"data":[]}}`, `"type":3,"data":{"opts":{},"packet":{"type":2}}`, `"type":3,"data":{"opts":{},"packet":[]}`,
		`"type":7,"data":{"opts":{},"requestId":"a","madang":{}}`, `"type":9,"data":{}`, `"type":9,"data":{"packet":{}}`, `"type":9,"data":{"packet":[]}`,
		`"type":8,"data":{"requestId":"f` + asking + `"}`, `"type":8,"data":{"requestId":"f` + asking + `","sockets":[1]}`, `"type":8,"data":{"requestId":"e` + asking + `","sockets":[]}`,
		`"type":11,"data":{"requestId":"e` + asking + `"}`, `"type":11,"data":{"requestId":"e` + asking + `","clientCount":-1}`, `"type":11,"data":{"requestId":"e` + asking + `","clientCount":1e300}`,
		`"type":11,"data":{"requestId":"s` + asking + `","clientCount":1}`, `"type":12,"data":{"requestId":"s` + asking + `"}`, `"type":10,"data":{"requestId":"e` + asking + `"}`,
	} {
		e, err := Open([]byte(`{"uid":"a","nsp":"/",` + rest + "}"))
		if err != nil {
			t.Fatalf("%s: %v", rest, err)
		}
		if m, asked, err := e.Read(); err == nil || errors.Is(err, ErrUnknownType) {
			t.Errorf("%s is %+v, %v: %v", rest, m, asked, err)
		}
	}
	for _, e := range []Envelope{
		{Type: TypeEmit, UID: "a", Data: []byte(`{"opts":{},"packet":{"type":2,"data":["x"]}}`)}, {Type: TypeEmit, NSP: "/", Data: []byte(`{"opts":{},"packet":{"type":2,"data":["x"]}}`)},
		{Type: TypeJoin, UID: "a", NSP: "/", Data: []byte("\x81")}, {Type: TypeJoin, UID: "a", NSP: "/", Data: []byte(strings.Repeat("\x91", 100_000))},
		{Type: TypeServerEmit, UID: "a", NSP: "/", Data: []byte(`{"packet":["x",` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `]}`)},
	} {
		if m, _, err := e.Read(); err == nil {
			t.Errorf("%+v is %+v", e, m)
		}
	}
	for _, kind := range []Type{0, -1, 14, 99, TypeBeat} {
		if _, _, err := (Envelope{Type: kind, UID: "a", NSP: "/", Data: []byte("{}")}).Read(); !errors.Is(err, ErrUnknownType) {
			t.Errorf("type %d: %v", kind, err)
		}
	}
	if _, err := Encode(&socketio.BusMessage{Kind: socketio.BusCount}, "a"); err == nil {
		t.Error("an answer was written as a question")
	}
	if _, err := Encode(&socketio.BusMessage{Kind: socketio.BusFetch}, "a"); err == nil {
		t.Error("a question without an id was written")
	}
}

// Answers to others aren't ours to read.
func TestAnswersToOthers(t *testing.T) {
	for _, kind := range []Type{TypeSockets, TypeServerReply, TypeCount, TypeAck} {
		for _, id := range []string{"", "0123456789abcdef", "x" + asking} {
			data, err := json.Marshal(map[string]any{"requestId": id, "sockets": []int{1}})
			if err != nil {
				t.Fatal(err)
			}
			if m, asked, err := (Envelope{Type: kind, UID: "a", NSP: "/", Data: data}).Read(); m != nil || asked != nil || err != nil {
				t.Errorf("%d of %q: %+v, %v, %v", kind, id, m, asked, err)
			}
		}
	}
	// Servers of Node count by naming all.
	e := Envelope{Type: TypeSockets, UID: "a", NSP: "/", Data: []byte(`{"requestId":"c` + asking + `","sockets":[{},{}]}`)}
	want := &socketio.BusMessage{Kind: socketio.BusCount, From: "a", Namespace: "/", Request: asking, Count: 2}
	if m, _, err := e.Read(); err != nil || !same(m, want) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q Questions
		of := Question{Type: TypeEmit, UID: ours, NSP: "/", RequestID: "r"}
		id, ok := q.Add(of, 0, true)
		if !ok || len(id) != 16 {
			t.Fatal(id, ok)
		}
		said := func(m socketio.BusMessage) bool {
			m.Request = id
			got, ok := q.Answered(&m)
			if ok && got != of {
				t.Errorf("%+v", got)
			}
			return ok
		}
		if !said(socketio.BusMessage{Kind: socketio.BusCount, Count: 2}) || !said(socketio.BusMessage{Kind: socketio.BusAck}) || !said(socketio.BusMessage{Kind: socketio.BusAck}) ||
			said(socketio.BusMessage{Kind: socketio.BusAck}) {
			t.Error("not so many answers as there are clients")
		}
		id, _ = q.Add(of, 0, true)
		if !said(socketio.BusMessage{Kind: socketio.BusCount}) || said(socketio.BusMessage{Kind: socketio.BusAck}) {
			t.Error("nobody has been asked")
		}
		id, _ = q.Add(of, 0, false)
		if !said(socketio.BusMessage{Kind: socketio.BusSockets}) || said(socketio.BusMessage{Kind: socketio.BusSockets}) {
			t.Error("one answer is all")
		}
		if _, ok := q.Answered(&socketio.BusMessage{Request: asking}); ok {
			t.Error("nobody asked")
		}
		// They are bounded, and none stays for ever.
		for i := range mostQuestions {
			if id, ok = q.Add(of, time.Hour, false); !ok {
				t.Fatal(i)
			}
		}
		if _, ok := q.Add(of, 0, false); ok {
			t.Error("too many were noted")
		}
		time.Sleep(59 * time.Minute)
		q.Add(of, 0, false)
		if !said(socketio.BusMessage{Kind: socketio.BusSockets}) {
			t.Error("forgotten too early")
		}
		time.Sleep(2 * time.Minute)
		if _, ok := q.Add(of, 0, false); !ok || len(q.open) != 1 {
			t.Errorf("%d aren't forgotten", len(q.open))
		}
	})
}

// Node's servers say nothing of what failed, but count clients even then.
func TestAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		kind Type
		m    socketio.BusMessage
		want string
	}{
		"no sockets": {TypeFetch, socketio.BusMessage{Kind: socketio.BusSockets}, `{"type":8,"uid":"me","nsp":"/","data":{"requestId":"q","sockets":[]}}`},
		"nobody":     {TypeEmit, socketio.BusMessage{Kind: socketio.BusCount}, `{"type":11,"uid":"me","nsp":"/","data":{"requestId":"q","clientCount":0}}`},
		"failed":     {TypeEmit, socketio.BusMessage{Kind: socketio.BusCount, Failure: "x"}, `{"type":11,"uid":"me","nsp":"/","data":{"requestId":"q","clientCount":0}}`},
		"the first":  {TypeServerEmit, socketio.BusMessage{Kind: socketio.BusServerAnswer, Args: args(t, "<", 2)}, `{"type":10,"uid":"me","nsp":"/","data":{"packet":"<","requestId":"q"}}`},
		"no handler": {TypeServerEmit, socketio.BusMessage{Kind: socketio.BusServerAnswer, Failure: "x"}, ""},
		"no ack":     {TypeEmit, socketio.BusMessage{Kind: socketio.BusAck, Failure: "x"}, ""},
		"no fetch":   {TypeFetch, socketio.BusMessage{Kind: socketio.BusSockets, Failure: "x"}, ""},
		"other":      {TypeFetch, socketio.BusMessage{Kind: socketio.BusAck}, ""},
	} {
		m, err := Question{Type: c.kind, UID: "you", NSP: "/", RequestID: "q"}.Answer(&c.m, "me")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if m != nil {
			text, err := m.JSON()
			if err != nil {
				t.Fatal(err)
			}
			got = string(text)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Data of sockets may have binary, each in its place.
func TestSocketsWithBinary(t *testing.T) {
	info := func(id string) socketio.SocketInfo {
		return socketio.SocketInfo{ID: id, Rooms: []string{id}, Data: map[string]any{"photo": []byte(id), "bad": make(chan int)}}
	}
	m, err := Question{Type: TypeFetch, UID: "a", NSP: "/", RequestID: "f" + asking}.Answer(&socketio.BusMessage{
		Kind: socketio.BusSockets, Sockets: []socketio.SocketInfo{info("a"), info("b"), info("c")},
	}, "me")
	if err != nil || !m.HasBinary() {
		t.Fatal(err)
	}
	photo := socketio.NewKey[[]byte]("photo")
	for _, e := range forms(t, m) {
		back, _, err := e.Read()
		if err != nil || len(back.Sockets) != 3 {
			t.Fatal(back, err)
		}
		for _, i := range back.Sockets {
			if got, ok := photo.In(i); !ok || string(got) != i.ID || len(i.Data) != 1 {
				t.Errorf("%s: %q, %v", i.ID, got, i.Data)
			}
		}
	}
}
