package redisbus

import (
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
)

// What the official adapter 8.3 and emitter 5.1 write, byte for byte.

func args(t testing.TB, values ...any) socketio.Args {
	t.Helper()
	a, err := socketio.ArgsOf(values...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// bytesOf reads hexadecimal digits with spaces.
func bytesOf(t testing.TB, text string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGoldenEvents(t *testing.T) {
	for name, c := range map[string]struct {
		uid     string
		message socketio.BusMessage
		bytes   string
	}{
		"to all": {
			"Hlglyj", socketio.BusMessage{Event: "hello", Args: args(t, "a", 1)},
			"93 a6486c676c796a 83 a474797065 02 a464617461 93 a568656c6c6f a161 01 a36e7370 a12f 83 a5726f6f6d73 90 a6657863657074 90 a5666c616773 80",
		},
		"to rooms, with flags and binary": {
			"Hlglyj", socketio.BusMessage{Event: "hello", Args: args(t, []byte{1, 2}), Rooms: []string{"r1", "r2"}, Except: []string{"r3"}, Latest: true, NoCompress: true},
			"93 a6486c676c796a 83 a474797065 02 a464617461 92 a568656c6c6f c4020102 a36e7370 a12f 83 a5726f6f6d73 92 a27231 a27232 a6657863657074 91 a27233 " +
				"a5666c616773 82 a8766f6c6174696c65 c3 a8636f6d7072657373 c2",
		},
	} {
		c.message.Kind, c.message.Namespace = socketio.BusEmit, "/"
		got, err := adapter.EncodeEvent(&c.message, c.uid)
		if want := bytesOf(t, c.bytes); err != nil || string(got) != string(want) {
			t.Errorf("%s: %v\ngot  %x\nwant %x", name, err, got, want)
		}
		c.message.From = c.uid
		back, err := adapter.ReadEvent(bytesOf(t, c.bytes))
		if err != nil || !same(back, &c.message) {
			t.Errorf("%s: read as %+v, %v, want %+v", name, back, err, c.message)
		}
	}
	// The emitter has flags before except, and a packet may lack its namespace.
	for bytes, want := range map[string]socketio.BusMessage{
		"93 a7656d6974746572 83 a474797065 02 a464617461 91 a178 a36e7370 a22f61 83 a5726f6f6d73 91 a172 a5666c616773 81 a8766f6c6174696c65 c3 a6657863657074 90": {
			From: "emitter", Namespace: "/a", Rooms: []string{"r"}, Event: "x", Latest: true,
		},
		"93 a161 82 a474797065 02 a464617461 92 a178 c0 83 a5726f6f6d73 92 11 cb3ff8000000000000 a6657863657074 90 a5666c616773 80": {
			From: "a", Namespace: "/", Rooms: []string{"17", "1.5"}, Event: "x", Args: args(t, nil),
		},
	} {
		want.Kind = socketio.BusEmit
		if got, err := adapter.ReadEvent(bytesOf(t, bytes)); err != nil || !same(got, &want) {
			t.Errorf("%s: read as %+v, %v, want %+v", bytes, got, err, want)
		}
	}
}

// same compares what messages say.
func same(a, b *socketio.BusMessage) bool {
	x, err := json.Marshal(a)
	y, failed := json.Marshal(b)
	var v, w map[string]any
	if err != nil || failed != nil || json.Unmarshal(x, &v) != nil || json.Unmarshal(y, &w) != nil {
		return false
	}
	for _, m := range []map[string]any{v, w} {
		for _, name := range []string{"Rooms", "Except", "Change"} {
			if list, _ := m[name].([]any); len(list) == 0 {
				delete(m, name)
			}
		}
	}
	return reflect.DeepEqual(v, w)
}

func TestGoldenRequests(t *testing.T) {
	for name, c := range map[string]struct {
		uid     string
		message socketio.BusMessage
		text    string
	}{
		"join":             {"aBc-_9", socketio.BusMessage{Kind: socketio.BusJoin, Rooms: []string{"r"}, Change: []string{"a", "b"}}, `{"uid":"aBc-_9","type":2,"opts":{"rooms":["r"],"except":[]},"rooms":["a","b"]}`},
		"leave":            {"aBc-_9", socketio.BusMessage{Kind: socketio.BusLeave, Except: []string{"r"}}, `{"uid":"aBc-_9","type":3,"opts":{"rooms":[],"except":["r"]},"rooms":[]}`},
		"disconnect":       {"aBc-_9", socketio.BusMessage{Kind: socketio.BusDisconnect, Whole: true}, `{"uid":"aBc-_9","type":4,"opts":{"rooms":[],"except":[]},"close":true}`},
		"disconnect alone": {"emitter", socketio.BusMessage{Kind: socketio.BusDisconnect}, `{"uid":"emitter","type":4,"opts":{"rooms":[],"except":[]},"close":false}`},
		"server event":     {"emitter", socketio.BusMessage{Kind: socketio.BusServerEmit, Event: "x", Args: args(t, 1, "한")}, `{"uid":"emitter","type":6,"data":["x",1,"한"]}`},
	} {
		c.message.Namespace = "/"
		got, err := encodeRequest(&c.message, c.uid)
		if err != nil || string(got) != c.text {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, c.text)
		}
		c.message.From = c.uid
		q, attachments, err := decodeRequest([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := q.order("/", attachments); err != nil || !same(back, &c.message) {
			t.Errorf("%s: read as %+v, %v", name, back, err)
		}
	}
	// Those of Node that ask, and those of older adapters.
	for text, want := range map[string]socketio.BusMessage{
		`{"uid":"u","requestId":"aaaaaa","type":0,"rooms":["r"]}`:                         {Kind: socketio.BusFetch, Rooms: []string{"r"}},
		`{"uid":"u","requestId":"aaaaaa","type":1}`:                                       {Kind: socketio.BusFetch},
		`{"uid":"u","requestId":"aaaaaa","type":5,"opts":{"rooms":[1],"except":[]}}`:      {Kind: socketio.BusFetch, Rooms: []string{"1"}},
		`{"uid":"u","requestId":"aaaaaa","type":6,"data":["x"]}`:                          {Kind: socketio.BusServerEmit, Event: "x"},
		`{"uid":"u","sid":"id","room":"r","requestId":"a","type":2}`:                      {Kind: socketio.BusJoin, Rooms: []string{"id"}, Change: []string{"r"}},
		`{"uid":"u","sid":"id","room":"r","requestId":"a","type":3}`:                      {Kind: socketio.BusLeave, Rooms: []string{"id"}, Change: []string{"r"}},
		`{"uid":"u","sid":"id","close":true,"requestId":"a","type":4}`:                    {Kind: socketio.BusDisconnect, Rooms: []string{"id"}, Whole: true},
		`{"uid":"u","type":2,"opts":{"rooms":["r"],"except":[]},"rooms":["a"],"more":{}}`: {Kind: socketio.BusJoin, Rooms: []string{"r"}, Change: []string{"a"}},
		`{"uid":"u","requestId":"a","type":7,"packet":{"type":2,"data":["x",1],"nsp":"/"},"opts":{"rooms":[],"except":[],"flags":{"timeout":1500,"expectSingleResponse":true}}}`: {
			Kind: socketio.BusEmit, Event: "x", Args: args(t, 1), Timeout: 1500 * time.Millisecond,
		},
	} {
		want.From, want.Namespace = "u", "/"
		q, attachments, err := decodeRequest([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := q.order("/", attachments); err != nil || !same(got, &want) {
			t.Errorf("%s: read as %+v, %v", text, got, err)
		}
	}
}

func TestGoldenAnswers(t *testing.T) {
	id := "0123456789abcdef"
	socket := `{"id":"s1","handshake":{"headers":{"host":"h","x-two":["1","2"]},"time":"Fri Nov 20 2026 07:57:30 GMT+0000 (Coordinated Universal Time)",` +
		`"address":"::1","xdomain":false,"secure":true,"issued":1795161450000,"url":"/socket.io/?EIO=4&q=%ED%95%9C","query":{"EIO":"4"},"auth":{"token":"t"}},"rooms":["r","s1"],"data":{"user":"kim"}}`
	got, err := decodeAnswer([]byte(`{"requestId":"f`+id+`","sockets":[`+socket+`]}`), "/")
	if err != nil || got.Kind != socketio.BusSockets || got.Request != id || len(got.Sockets) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	i := got.Sockets[0]
	var auth struct {
		Token string `json:"token"`
	}
	if h := i.Handshake; h.Auth(&auth) != nil || auth.Token != "t" || h.Query().Get("q") != "한" || h.Address != "::1" || !h.Secure || h.Time.UnixMilli() != 1795161450000 ||
		h.Header().Get("Host") != "h" || len(h.Header().Values("X-Two")) != 2 || i.Rooms[0] != "s1" || i.Rooms[1] != "r" {
		t.Errorf("%+v %+v", i, h.Handshake)
	}
	if user, ok := socketio.NewKey[string]("user").In(i); !ok || user != "kim" {
		t.Error(i.Data)
	}
	for text, want := range map[string]*socketio.BusMessage{
		`{"requestId":"c` + id + `","sockets":[` + socket + `,` + socket + `]}`: {Kind: socketio.BusCount, Count: 2},
		`{"type":6,"requestId":"s` + id + `","data":{"a":1}}`:                   {Kind: socketio.BusServerAnswer, Args: args(t, map[string]any{"a": 1})},
		`{"type":6,"requestId":"s` + id + `"}`:                                  {Kind: socketio.BusServerAnswer},
		`{"type":8,"requestId":"e` + id + `","clientCount":3}`:                  {Kind: socketio.BusCount, Count: 3},
		`{"requestId":"aaaaaa","sockets":[]}`:                                   nil,
		`{"type":8,"requestId":"aaaaaa","clientCount":3}`:                       nil,
		`{"requestId":"f` + id + `","rooms":[]}`:                                nil,
	} {
		got, err := decodeAnswer([]byte(text), "/")
		if want != nil {
			want.Namespace, want.Request = "/", id
		}
		if err != nil || (got == nil) != (want == nil) || got != nil && !same(got, want) {
			t.Errorf("%s: read as %+v, %v", text, got, err)
		}
	}
	// An ack is msgpack, in the words of both libraries.
	ack := bytesOf(t, "83 a474797065 09 a9726571756573744964 b1") // {type, requestId,
	ack = append(append(ack, "e"+id...), bytesOf(t, "a67061636b6574 c4020102")...)
	got, err = decodeAnswer(ack, "/")
	if want := (&socketio.BusMessage{Kind: socketio.BusAck, Namespace: "/", Request: id, Args: args(t, []byte{1, 2})}); err != nil || !same(got, want) {
		t.Errorf("read as %+v, %v", got, err)
	}
	// What we answer.
	for name, c := range map[string]struct {
		of      adapter.Question
		message socketio.BusMessage
		want    string
	}{
		"sockets":           {adapter.Question{Type: typeSockets, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusSockets, Sockets: []socketio.SocketInfo{{ID: "a"}}}, `{"requestId":"q","sockets":["a"]}`},
		"no sockets":        {adapter.Question{Type: typeFetch, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusSockets}, `{"requestId":"q","sockets":[]}`},
		"rooms":             {adapter.Question{Type: typeRooms, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusSockets, Sockets: []socketio.SocketInfo{{Rooms: []string{"b", "a"}}, {Rooms: []string{"b"}}}}, `{"requestId":"q","rooms":["a","b"]}`},
		"a server's answer": {adapter.Question{Type: typeServerEmit, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusServerAnswer, Args: args(t, "x", "y")}, `{"data":"x","requestId":"q","type":6}`},
		"no answer":         {adapter.Question{Type: typeServerEmit, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusServerAnswer, Failure: "no"}, ``},
		"a count":           {adapter.Question{Type: typeEmit, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusCount, Count: 2}, `{"clientCount":2,"requestId":"q","type":8}`},
		"no ack":            {adapter.Question{Type: typeEmit, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusAck, Failure: "gone"}, ``},
		"joined":            {adapter.Question{Type: typeJoin, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusCount, Count: 1}, `{"requestId":"q"}`},
		"not here":          {adapter.Question{Type: typeJoin, RequestID: "q"}, socketio.BusMessage{Kind: socketio.BusCount}, ``},
	} {
		if got, err := answerTo(c.of, &c.message); err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
	}
}

// Data of sockets may have binary; then the answer is msgpack, with each in its place.
func TestSocketsWithBinary(t *testing.T) {
	info := func(id string) socketio.SocketInfo {
		return socketio.SocketInfo{ID: id, Rooms: []string{id}, Data: map[string]any{"photo": []byte(id), "bad": make(chan int)}}
	}
	f := adapter.Question{Type: typeFetch, RequestID: "f0123456789abcdef"}
	payload, err := answerTo(f, &socketio.BusMessage{Kind: socketio.BusSockets, Sockets: []socketio.SocketInfo{info("a"), info("b"), info("c")}})
	if err != nil || payload[0] == '{' {
		t.Fatal(err)
	}
	back, err := decodeAnswer(payload, "/")
	if err != nil || len(back.Sockets) != 3 {
		t.Fatal(back, err)
	}
	photo := socketio.NewKey[[]byte]("photo")
	for _, i := range back.Sockets {
		if got, ok := photo.In(i); !ok || string(got) != i.ID || len(i.Data) != 1 {
			t.Errorf("%s: %q, %v", i.ID, got, i.Data)
		}
	}
}

// What can't be read is told, and never becomes an order to everybody.
func TestGarbage(t *testing.T) {
	for _, payload := range []string{
		"", "{", "[", "{}", "null", `"x"`, "\x93", "\x93\xa1", "\x90", "\x92\xa1a\x80", "\x93\xa1a\x80\x80", "\x93\xa1a\xc0\xc0", "\x93\xa1a\x82\xa4type\x02\xa4data\x90\x80",
		"\x93\xa1a\x82\xa4type\x03\xa4data\x91\xa1x\x80", "\xdd\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff", "\xc1", strings.Repeat("\x91", 100_000),
		"\x93\xa1a\x82\xa4type\x02\xa4data\x91\xa1x\x81\xa5rooms\xa1r", "\x93\xa1a\x82\xa4type\x02\xa4data\x91\x01\x80",
	} {
		if m, err := adapter.ReadEvent([]byte(payload)); err == nil {
			t.Errorf("%.40q is the event %+v", payload, m)
		}
	}
	for _, payload := range []string{
		"", "{", "[]", "{}", `{"type":2}`, `{"type":3,"rooms":["r"]}`, `{"type":4}`, `{"type":4,"opts":null}`, `{"type":5}`, `{"type":6}`, `{"type":6,"data":{}}`, `{"type":6,"data":[]}`,
		`{"type":6,"data":[1]}`, `{"type":7}`, `{"type":7,"opts":{}}`, `{"type":7,"opts":{},"packet":{"data":["x"],"nsp":"/other"}}`, `{"type":99}`, `{"type":-1}`, `{"type":"x"}`,
		`{"type":2,"opts":{"rooms":[{}]}}`, `{"type":2,"opts":{"rooms":"r"}}`, "\x81\xa4type\x63", "\x81", "\xff", strings.Repeat("[", 100_000),
	} {
		q, attachments, err := decodeRequest([]byte(payload))
		var m *socketio.BusMessage
		if err == nil {
			m, err = q.order("/", attachments)
		}
		if err == nil {
			t.Errorf("%.40q is the request %+v", payload, m)
		}
	}
	id := `"requestId":"f0123456789abcdef"`
	for _, payload := range []string{
		"", "{", "[]", "\x81", `{` + id + `,"sockets":{}}`, `{` + id + `,"sockets":[1]}`, `{` + id + `,"sockets":[{"handshake":{"headers":{"a b":"x"}}}]}`,
		`{` + id + `,"sockets":[{"handshake":{"headers":{"a":"x\r\ny"}}}]}`, `{"type":8,"requestId":"e0123456789abcdef","clientCount":1e300}`, `{"type":8,"requestId":"e0123456789abcdef","clientCount":-1}`,
	} {
		if m, err := decodeAnswer([]byte(payload), "/"); err == nil {
			t.Errorf("%.40q is the answer %+v", payload, m)
		}
	}
}

func TestNamespaceOfAChannel(t *testing.T) {
	known := func(name string) bool { return name == "/" || name == "/a" || name == "/a#b" }
	for rest, want := range map[string]string{"/#": "/", "/#room#": "/", "/a#": "/a", "/a#b#": "/a", "/b#": "", "": "", "/a": ""} {
		if got, _ := namespaceOf(rest, known); got != want {
			t.Errorf("%q: %q, want %q", rest, got, want)
		}
	}
}
