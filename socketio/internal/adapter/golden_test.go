package adapter

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/socketio"
)

func TestMain(m *testing.M) { leak.Main(m) }

// What the official adapters send, byte for byte: redis-adapter 8.3 (sharded),
// redis-streams-adapter 0.3, postgres-adapter 0.5 and postgres-emitter 0.1, recorded by
// testdata/record.mjs.

type record struct {
	Wire, Name, Kind, Hex string
	UID, NSP, Type        string // of data alone
}

func records(t testing.TB) (list []record) {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	p, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// open reads what surrounds the data, as the buses do.
func (r record) open(t testing.TB) Envelope {
	t.Helper()
	payload := unhex(t, r.Hex)
	var e Envelope
	var err error
	if r.Kind == "data" {
		e = Envelope{UID: r.UID, NSP: r.NSP, Data: payload}
		if e.Type, err = ParseType(r.Type); err == nil && payload[0] != '{' {
			e.Data, err = base64.StdEncoding.DecodeString(string(payload))
		}
	} else {
		e, err = Open(payload)
	}
	if err != nil {
		t.Fatalf("%s, %s: %v", r.Wire, r.Name, err)
	}
	return e
}

// write is the reverse of open for what has data.
func (r record) write(t testing.TB, m *Message) (e Envelope) {
	t.Helper()
	payload := unhex(t, r.Hex)
	var err error
	text := payload[0] == '{'
	switch {
	case r.Kind == "data" && text:
		e = Envelope{Type: m.Type, UID: m.UID, NSP: m.NSP}
		e.Data, err = m.DataJSON()
	case r.Kind == "data":
		e = Envelope{Type: m.Type, UID: m.UID, NSP: m.NSP, Data: m.DataMsgpack()}
	case text:
		payload, err = m.JSON()
	default:
		payload = m.Msgpack()
	}
	if err == nil && r.Kind != "data" {
		if text != (payload[0] == '{') {
			t.Fatalf("%s, %s: %.20q", r.Wire, r.Name, payload)
		}
		e, err = Open(payload)
	}
	if err != nil {
		t.Fatalf("%s, %s: %v", r.Wire, r.Name, err)
	}
	return e
}

func args(t testing.TB, values ...any) socketio.Args {
	t.Helper()
	a, err := socketio.ArgsOf(values...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const ours, asking = "fedcba9876543210", "0123456789abcdef"

// says is what a record says; nil: a heartbeat.
func says(t testing.TB, r record) *socketio.BusMessage {
	m := contentOf(t, r)
	if m == nil {
		return nil
	}
	if m.Namespace, m.From = "/", asking; r.Wire == "postgres-emitter" {
		m.From = emitter
	}
	return m
}

func contentOf(t testing.TB, r record) *socketio.BusMessage {
	at := map[string]any{"at": []byte{3}}
	if r.Wire != "sharded" {
		at["undefined"] = nil
	}
	text, binary := args(t, "a", 1, "<한>"), args(t, []byte{1, 2}, at)
	switch r.Name {
	case "start", "beat", "bye":
		return nil
	case "to all":
		return &socketio.BusMessage{Kind: socketio.BusEmit, Event: "hello", Args: text}
	case "binary":
		return &socketio.BusMessage{Kind: socketio.BusEmit, Event: "hello", Args: binary}
	case "to rooms, with flags":
		return &socketio.BusMessage{Kind: socketio.BusEmit, Event: "hello", Args: binary, Rooms: []string{"r1", "r2"}, Except: []string{"r3"}, Latest: true, NoCompress: true}
	case "to numbers":
		return &socketio.BusMessage{Kind: socketio.BusEmit, Event: "hello", Args: text, Rooms: []string{"1"}, Except: []string{"1.5"}}
	case "join":
		return &socketio.BusMessage{Kind: socketio.BusJoin, Rooms: []string{"r"}, Change: []string{"a", "b"}}
	case "leave":
		return &socketio.BusMessage{Kind: socketio.BusLeave, Except: []string{"r"}, Change: []string{"a"}}
	case "disconnect":
		return &socketio.BusMessage{Kind: socketio.BusDisconnect}
	case "close":
		return &socketio.BusMessage{Kind: socketio.BusDisconnect, Rooms: []string{"r"}, Whole: true}
	case "server event":
		return &socketio.BusMessage{Kind: socketio.BusServerEmit, Event: "x", Args: args(t, 1, "한")}
	case "large":
		return &socketio.BusMessage{Kind: socketio.BusEmit, Event: "hello", Args: args(t, strings.Repeat("x", 2000))}
	case "ask sockets":
		return &socketio.BusMessage{Kind: socketio.BusFetch, Timeout: 500 * time.Millisecond}
	case "ask servers":
		return &socketio.BusMessage{Kind: socketio.BusServerEmit, Event: "x", Args: args(t, 1)}
	case "ask clients":
		return &socketio.BusMessage{Kind: socketio.BusEmit, Event: "x", Args: args(t, []byte{1}), Rooms: []string{"r"}, Timeout: 500 * time.Millisecond}
	}
	return answered(t, r)
}

// answered are the records that are answers.
func answered(t testing.TB, r record) *socketio.BusMessage {
	m := &socketio.BusMessage{Request: asking}
	switch e := r.open(t); e.Type {
	case TypeServerReply:
		m.Kind = socketio.BusServerAnswer
	case TypeAck:
		m.Kind = socketio.BusAck
	case TypeCount:
		m.Kind, m.Count = socketio.BusCount, 1
		return m
	default:
		t.Fatalf("%s, %s isn't known", r.Wire, r.Name)
	}
	switch r.Name {
	case "reply of text", "acks of text":
		m.Args = args(t, "a")
	case "reply of binary", "acks of binary":
		m.Args = args(t, []byte{1, 2})
	case "reply of nothing", "acks of nothing":
		if r.Wire == "streams" {
			m.Args = args(t, nil) // msgpack has no undefined
		}
	}
	return m
}

func TestGoldenRead(t *testing.T) {
	for _, r := range records(t) {
		if r.Name == "sockets" {
			continue
		}
		e := r.open(t)
		if e.NSP == "" {
			e.NSP = "/" // the bus knows it by the channel
		}
		if r.Kind == "header" {
			if e.Attachment != "7" || e.Type == 0 || e.UID == "" {
				t.Errorf("%s, %s: %+v", r.Wire, r.Name, e)
			}
			continue
		}
		want := says(t, r)
		got, asked, err := e.Read()
		if want == nil {
			if err == nil || len(e.UID) != 16 {
				t.Errorf("%s, %s: read as %+v", r.Wire, r.Name, got)
			}
			continue
		}
		if err != nil || !same(got, want) {
			t.Errorf("%s, %s: read as %+v, %v\nwant %+v", r.Wire, r.Name, got, err, want)
		}
		isQuestion := strings.HasPrefix(r.Name, "ask ")
		if isQuestion != (asked != nil) || isQuestion && (asked.UID != asking || asked.NSP != "/" || len(asked.RequestID) != 16 || asked.Type != e.Type) {
			t.Errorf("%s, %s: it asks %+v", r.Wire, r.Name, asked)
		}
	}
}

// What we write says the same as what Node writes.
func TestGoldenWrite(t *testing.T) {
	for _, r := range records(t) {
		e := r.open(t)
		want := toWrite(t, r)
		if want == nil {
			continue
		}
		uid := e.UID
		var m *Message
		var err error
		switch {
		case e.Type.Answers():
			question := map[Type]Type{TypeServerReply: TypeServerEmit, TypeCount: TypeEmit, TypeAck: TypeEmit}[e.Type]
			id := "s" + asking
			if question == TypeEmit {
				id = "e" + asking
			}
			m, err = Question{Type: question, UID: ours, NSP: "/", RequestID: id}.Answer(want, uid)
		default:
			m, err = Encode(want, uid)
		}
		if err != nil {
			t.Fatalf("%s, %s: %v", r.Wire, r.Name, err)
		}
		if m.UID != uid || m.NSP != "/" || m.Type != e.Type || m.HasBinary() != hasBinary(t, e) {
			t.Errorf("%s, %s: %+v", r.Wire, r.Name, m)
		}
		got := r.write(t, m)
		if x, y := plain(t, got.Data), plain(t, e.Data); !reflect.DeepEqual(x, y) {
			t.Errorf("%s, %s:\ngot  %v\nwant %v", r.Wire, r.Name, x, y)
		}
	}
}

// toWrite is what a record with data says, and who asks needs an id.
func toWrite(t testing.TB, r record) *socketio.BusMessage {
	if r.Kind == "header" || r.Name == "sockets" {
		return nil
	}
	m := says(t, r)
	if m != nil && strings.HasPrefix(r.Name, "ask ") {
		m.Request = asking
	}
	return m
}

func hasBinary(t testing.TB, e Envelope) bool {
	if e.Data[0] == '{' {
		return false
	}
	_, attachments, err := Unpack(e.Data)
	if err != nil {
		t.Fatal(err)
	}
	return len(attachments) > 0
}

// plain is data without what may differ: ids of questions, our key, and what emitters say twice.
func plain(t testing.TB, data []byte) (v [2]any) {
	t.Helper()
	if data[0] != '{' {
		text, attachments, err := Unpack(data)
		if err != nil {
			t.Fatal(err)
		}
		data, v[1] = text, attachments
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if _, answer := all["opts"]; answer || all["clientCount"] == nil {
		delete(all, "requestId")
	}
	delete(all, "madang")
	if p, ok := all["packet"].(map[string]any); ok {
		delete(p, "nsp")
	}
	if o, ok := all["opts"].(map[string]any); ok {
		if f, ok := o["flags"].(map[string]any); !ok || len(f) == 0 {
			delete(o, "flags")
		}
		for _, name := range []string{"rooms", "except"} { // which may be numbers in JavaScript
			texts := []string{}
			for _, room := range o[name].([]any) {
				text, _ := json.Marshal(room)
				texts = append(texts, string(trimmed(text)))
			}
			o[name] = texts
		}
	}
	v[0] = all
	return v
}

func trimmed(text []byte) []byte {
	if text[0] == '"' {
		return text[1 : len(text)-1]
	}
	return text
}

func TestGoldenSockets(t *testing.T) {
	for _, r := range records(t) {
		if r.Name != "sockets" || r.Kind == "header" {
			continue
		}
		e := r.open(t)
		m, _, err := e.Read()
		if err != nil || m.Kind != socketio.BusSockets || m.Request != asking || m.From != asking || len(m.Sockets) != 1 {
			t.Fatalf("%s: %+v, %v", r.Wire, m, err)
		}
		i := m.Sockets[0]
		var auth struct {
			Token string `json:"token"`
		}
		user, _ := socketio.NewKey[string]("user").In(i)
		if h := i.Handshake; h.Auth(&auth) != nil || auth.Token != "t" || h.Query().Get("q") != "한" || h.Header().Get("X-Tenant") != "a" || h.Time.IsZero() ||
			len(i.Rooms) != 2 || i.Rooms[0] != i.ID || i.Rooms[1] != "r" || user != "kim" {
			t.Errorf("%s: %+v %+v", r.Wire, i, h.Handshake)
		}
		// In JSON a Buffer is an object, as Node's own servers read it there.
		photo, ok := socketio.NewKey[[]byte]("photo").In(i)
		if text := e.Data[0] == '{'; ok == text || !text && string(photo) != "\x01\x02" {
			t.Errorf("%s: %q", r.Wire, photo)
		}
		// What we answer with the same socket.
		back, err := Question{Type: TypeFetch, UID: ours, NSP: "/", RequestID: "f" + asking}.Answer(m, asking)
		if err != nil {
			t.Fatal(err)
		}
		got := r.write(t, back)
		x, y := plain(t, got.Data), plain(t, e.Data)
		for _, v := range []any{x[0], y[0]} {
			h := v.(map[string]any)["sockets"].([]any)[0].(map[string]any)["handshake"].(map[string]any)
			h["time"] = h["time"].(string)[:len("Mon Jan 02 2006 15:04:05 GMT+0000")]
			for name := range h["headers"].(map[string]any) {
				// Those of the connection aren't kept.
				if strings.HasPrefix(name, "sec-") || name == "connection" || name == "upgrade" {
					delete(h["headers"].(map[string]any), name)
				}
			}
		}
		if !reflect.DeepEqual(x, y) {
			t.Errorf("%s:\ngot  %v\nwant %v", r.Wire, x, y)
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
