package adapter

import (
	"encoding/json"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// What is read is written again and read as the same.

func FuzzOpen(f *testing.F) {
	for _, r := range records(f) {
		if e := r.open(f); r.Kind != "data" && len(e.Data) < 1000 {
			f.Add(unhex(f, r.Hex))
		}
	}
	f.Add([]byte(`{"uid":"a","type":3,"attachmentId":"7","nsp":"/"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := Open(payload)
		if err != nil {
			return
		}
		if len(e.Data) > len(payload) || len(e.Attachment) > 19 {
			t.Fatalf("%q is %+v", payload, e)
		}
		reread(t, e)
	})
}

func FuzzData(f *testing.F) {
	for _, r := range records(f) {
		if e := r.open(f); e.Data != nil && len(e.Data) < 1000 {
			f.Add(uint8(e.Type), e.Data)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		reread(t, Envelope{Type: Type(kind), UID: "a", NSP: "/", Data: data})
	})
}

func reread(t *testing.T, e Envelope) {
	m, asked, err := e.Read()
	if err != nil || m == nil {
		if m != nil || asked != nil {
			t.Fatalf("%+v is %+v, %v and the error %v", e, m, asked, err)
		}
		return
	}
	if e.Type.Answers() {
		checkAnswer(t, m)
		return
	}
	if asked != nil {
		m.Request = ours
	}
	if m.Request == "" && m.Kind == socketio.BusFetch || m.Request == "" && m.Kind == socketio.BusLen {
		return // of an emitter; none of ours asks so
	}
	out, err := Encode(m, m.From)
	if err != nil {
		t.Fatalf("%+v can't be written: %v", m, err)
	}
	for _, again := range forms(t, out) {
		back, asked, err := again.Read()
		if err != nil || asked != nil || back.Kind != m.Kind || back.Request != m.Request || back.Timeout != m.Timeout ||
			len(back.Rooms) != len(m.Rooms) || len(back.Except) != len(m.Except) || len(back.Change) != len(m.Change) || back.Args.Len() != m.Args.Len() {
			t.Fatalf("%+v came back as %+v, %v, %v", m, back, asked, err)
		}
	}
}

func checkAnswer(t *testing.T, m *socketio.BusMessage) {
	t.Helper()
	again, err := json.Marshal(m)
	if err != nil {
		t.Fatalf("%+v can't be written: %v", m, err)
	}
	var back socketio.BusMessage
	if err := json.Unmarshal(again, &back); err != nil || !same(&back, m) {
		t.Fatalf("%+v came back as %+v, %v", m, back, err)
	}
}
