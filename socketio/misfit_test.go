package socketio_test

import (
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// order is what a client has to get right.
type order struct {
	Customer string  `json:"customer"`
	Items    []item  `json:"items"`
	Photo    []byte  `json:"photo"`
	Total    float64 `json:"total"`
}

type item struct {
	Name  string `json:"name"`
	Count uint8  `json:"count"`
}

type step struct {
	socketio.Tuple
	Room string
	At   [2]int
	Who  *item
}

// The client is told where its payload doesn't fit, what is wanted there and what it sent, not its
// own words.
func TestBadPayloadNamesTheField(t *testing.T) {
	const binary = `{"_placeholder":true,"num":0}`
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	socketio.On(ns, "order", func(ctx, socket, order) error { return nil })
	socketio.OnCall(ns, "text", func(_ ctx, _ socket, text string) (string, error) { return text, nil })
	socketio.On(ns, "move", func(ctx, socket, step) error { return nil })
	socketio.On(ns, "moveto", func(ctx, socket, *step) error { return nil })
	socketio.OnCall(ns, "args", func(_ ctx, _ socket, a socketio.Args) (int, error) {
		var n int
		err := a.Decode(2, &n)
		return n, err
	})
	w := s.client(t)
	for _, tt := range []struct{ event, message string }{
		{`["text",7]`, "argument 1: want a string, got a number"},
		{`["order","<script>"]`, "argument 1: want an object, got a string"},
		{`["order",{"customer":{"secret":"tell nobody"}}]`, "argument 1 at customer: want a string, got an object"},
		{`["order",{"items":[{},{"count":"secret"}]}]`, "argument 1 at items[1].count: want a whole number from 0 to 255, got a string"},
		{`["order",{"items":[{"count":256}]}]`, "argument 1 at items[0].count: want a whole number from 0 to 255, got another number"},
		{`["order",{"total":"12.50"}]`, "argument 1 at total: want a number, got a string"},
		{`["move",1]`, "argument 1: want a string, got a number"},
		{`["move","r",[1,"2"]]`, "argument 2 at [1]: want a whole number, got a string"},
		{`["moveto","r",[1,2],{"name":true}]`, "argument 3 at name: want a string, got a boolean"},
		{`["args",1,2,"x"]`, "argument 3: want a whole number, got a string"},
	} {
		w.send(`21` + tt.event)
		w.expect(`31[{"error":{"code":"bad_payload","message":"` + tt.message + `"}}]`)
	}
	for _, tt := range []struct{ event, message string }{
		{`["text",` + binary + `]`, "argument 1: want a string, got binary"},
		{`["order",{"customer":` + binary + `}]`, "argument 1 at customer: want a string, got binary"},
		{`["order",` + binary + `]`, "argument 1: want an object, got binary"},
		{`["moveto","r",[1,2],` + binary + `]`, "argument 3: want an object, got binary"},
		{`["order",{"photo":"no base64!","total":` + binary + `}]`, "argument 1 at photo: want binary, got a string"},
		{`["move","r",[` + binary + `,1]]`, "argument 2 at [0]: want a whole number, got binary"},
		{`["args",1,2,` + binary + `]`, "argument 3: want a whole number, got binary"},
	} {
		w.send(`51-1`+tt.event, "b:secret")
		w.expect(`31[{"error":{"code":"bad_payload","message":"` + tt.message + `"}}]`)
	}
}

// The parser makes no difference.
func TestBadPayloadOfMsgpackNamesTheField(t *testing.T) {
	errs := make(chan string, 1)
	s := start(t, socketio.Options{Parser: socketio.ParserMsgpack, OnError: func(_ ctx, _ socket, _ string, err error) {
		errs <- err.(*socketio.Error).Message
	}})
	socketio.On(s.Of("/"), "order", func(ctx, socket, order) error { return nil })
	w := s.dial(t)
	w.send("b:\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x80")
	w.next()
	for value, message := range map[string]string{
		"\x81\xa5items\x91\x81\xa4name\x07":         "argument 1 at items[0].name: want a string, got a number",
		"\x81\xa5items\x91\x81\xa4name\xc4\x01\x07": "argument 1 at items[0].name: want a string, got binary",
	} {
		w.send("b:\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa5order" + value)
		if got := receive(t, errs); got != message {
			t.Errorf("%q, want %q", got, message)
		}
	}
}

func TestBadAuthNamesTheField(t *testing.T) {
	s := start(t, socketio.Options{})
	s.Of("/").Use(func(_ ctx, so socket) error {
		var auth struct {
			Token  string   `json:"token"`
			Scopes []string `json:"scopes"`
		}
		if err := so.Handshake().Auth(&auth); err != nil {
			return err
		}
		return so.Auth(&auth)
	})
	for auth, message := range map[string]string{
		`{"token":5}`:             "auth at token: want a string, got a number",
		`{"scopes":["a",null,1]}`: "auth at scopes[2]: want a string, got a number",
	} {
		w := s.dial(t)
		w.send("0" + auth)
		w.expect(`4{"message":"` + message + `"}`)
	}
}

func TestBadReplyNamesTheField(t *testing.T) {
	s := start(t, socketio.Options{})
	m := s.member(t)
	for _, tt := range []struct {
		ask     func() error
		reply   string
		message string
	}{
		{func() error {
			_, err := socketio.NewCall[socketio.None, item]("q").Ask(t.Context(), m.so, socketio.None{})
			return err
		}, `[{"count":"secret"}]`, "reply, argument 1 at count: want a whole number from 0 to 255, got a string"},
		{func() error {
			_, err := socketio.NewCall[socketio.None, step]("q").Ask(t.Context(), m.so, socketio.None{})
			return err
		}, `["r",{}]`, "reply, argument 2: want an array of 2, got an object"},
		{func() (err error) {
			for _, r := range socketio.NewCall[socketio.None, string]("q").AskAll(t.Context(), s.Of("/"), socketio.None{}) {
				err = r.Err
			}
			return err
		}, `[1]`, "reply, argument 1: want a string, got a number"},
	} {
		errs := make(chan error, 1)
		go func() { errs <- tt.ask() }()
		question := m.next()
		m.send("3" + question[1:strings.IndexByte(question, '[')] + tt.reply)
		e, ok := receive(t, errs).(*socketio.Error)
		if !ok || e.Code != socketio.CodeBadPayload || e.Message != tt.message || e.Err == nil {
			t.Errorf("%+v, want %q", e, tt.message)
		}
	}
}
