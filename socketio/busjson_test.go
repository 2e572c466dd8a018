package socketio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

// What clients sent passes a bus of JSON unchanged, whatever it is.
func TestArgsOverJSON(t *testing.T) {
	node := overJSON()
	a, b := start(t, socketio.Options{Bus: node()}), start(t, socketio.Options{Bus: node()})
	socketio.On(a.Of("/"), "pass", func(_ ctx, so socket, args socketio.Args) error { return so.Broadcast().Emit("passed", args) })
	from, to := a.client(t), b.client(t)
	for _, c := range []struct{ send, want []string }{
		{[]string{`2["pass"]`}, []string{`2["passed"]`}},
		{[]string{`2["pass",null]`}, []string{`2["passed",null]`}},
		{[]string{`2["pass",9007199254740993,1.0,1e400,-0]`}, []string{`2["passed",9007199254740993,1.0,1e400,-0]`}},
		{[]string{`2["pass","한글😀","\ud800","\u0000"]`}, []string{`2["passed","한글😀","\ud800","\u0000"]`}},
		{[]string{`2["pass",{"b":1,"a":2,"b":3}]`}, []string{`2["passed",{"b":1,"a":2,"b":3}]`}},
		{[]string{`2["pass",[[],{}],{"Values":[1]}]`}, []string{`2["passed",[[],{}],{"Values":[1]}]`}},
		{[]string{`2["pass",{"_placeholder":true,"num":0}]`}, []string{`2["passed",{"_placeholder":true,"num":0}]`}},
		{
			[]string{`52-["pass",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]`, "b:", "b:\x00\xff"},
			[]string{`52-["passed",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]`, "b:", "b:\x00\xff"},
		},
	} {
		from.send(c.send...)
		to.expect(c.want...)
	}
}

// The JSON of a message holds everything that a message can.
func TestBusMessageJSON(t *testing.T) {
	args, err := socketio.ArgsOf("a", map[string][]byte{"b": []byte("c")})
	if err != nil {
		t.Fatal(err)
	}
	full := socketio.BusMessage{Sockets: []socketio.SocketInfo{{
		ID: "id", Rooms: []string{"id", "r"}, Handshake: new(socketio.Handshake), Data: map[string]any{"key": args},
	}}}
	v := reflect.ValueOf(&full).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case string:
			f.SetString(fmt.Sprint("text ", i))
		case []string:
			f.Set(reflect.ValueOf([]string{fmt.Sprint(i), "<한>"}))
		case bool:
			f.SetBool(true)
		case socketio.Args:
			f.Set(reflect.ValueOf(args))
		case []socketio.SocketInfo:
		default:
			if f.CanInt() {
				f.SetInt(int64(i) + 1)
			} else {
				f.SetUint(uint64(i) + 1)
			}
		}
	}
	text, err := json.Marshal(&full)
	if err != nil {
		t.Fatal(err)
	}
	var back socketio.BusMessage
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.Sockets[0].Handshake.Query() == nil || back.Sockets[0].Handshake.Header() == nil {
		t.Error("an empty handshake didn't come back")
	}
	full.Sockets[0].Handshake, back.Sockets[0].Handshake = nil, nil
	if !reflect.DeepEqual(full, back) {
		t.Errorf("got  %+v\nwant %+v\nJSON %s", back, full, text)
	}
	if want := `"Args":{"Values":["a",{"b":{"_placeholder":true,"num":0}}],"Attachments":["Yw=="]}`; !strings.Contains(string(text), want) {
		t.Errorf("%s\nlacks %s", text, want)
	}
}

func TestBadJSONFromABus(t *testing.T) {
	type message = socketio.BusMessage
	for _, c := range []struct {
		into any
		text string
	}{
		{new(message), `{"Args":[]}`},
		{new(message), `{"Args":{"Values":{}}}`},
		{new(message), `{"Args":{"Values":1}}`},
		{new(message), `{"Args":{"Values":[{"_placeholder":true,"num":1}],"Attachments":["eA=="]}}`},
		{new(message), `{"Args":{"Values":[],"Attachments":["?"]}}`},
		{new(message), `1`},
		{new(message), `{"Sockets":[{"Request":1}]}`},
		{new(message), `{"Sockets":[{"Request":{"Header":{"A":["b\r\nC: d"]}}}]}`},
		{new(message), `{"Sockets":[{"Request":{"Header":{"A: b":["c"]}}}]}`},
		{new(message), `{"Sockets":[{"Request":{"Header":{"":["c"]}}}]}`},
		{new(message), `{"Sockets":[{"Data":{"key":"x"}}]}`},
	} {
		if err := json.Unmarshal([]byte(c.text), c.into); err == nil {
			t.Errorf("%T took %s", c.into, c.text)
		}
	}
	var m message
	if err := json.Unmarshal([]byte(`{"Sockets":[{"Auth":null}]}`), &m); err != nil {
		t.Fatal(err)
	}
	h, auth := m.Sockets[0].Handshake, "as before"
	if h.Auth(&auth) != nil || auth != "as before" || len(h.Query()) != 0 {
		t.Error(h, auth)
	}
	for _, text := range []string{`null`, `{}`, `{"Values":null}`, `{"Values":[ ]}`} {
		var m message
		if err := json.Unmarshal([]byte(`{"Args":`+text+`}`), &m); err != nil || m.Args.Len() != 0 {
			t.Error(text, m.Args.Len(), err)
		}
	}
}

// A socket's description from another process tells the same as here.
func TestSocketInfoOverJSON(t *testing.T) {
	type seat struct {
		socketio.Tuple
		Row  string
		Seat int
	}
	type profile struct {
		Name  string `json:"name"`
		Photo []byte `json:"photo"`
	}
	user, place, free := socketio.NewKey[*profile]("user"), socketio.NewKey[seat]("seat"), socketio.NewKey[any]("free")
	raw, home, bomb := socketio.NewKey[socketio.Args]("raw"), socketio.NewKey[func()]("home"), socketio.NewKey[bomb]("bomb")
	several, err := socketio.ArgsOf(1, []byte("2"))
	if err != nil {
		t.Fatal(err)
	}
	node := overJSON()
	a, b := start(t, socketio.Options{Bus: node()}), start(t, socketio.Options{Bus: node()})
	b.Of("/").Use(func(_ ctx, so socket) error {
		user.Set(so, &profile{"kim", []byte("jpeg")})
		place.Set(so, seat{Row: "F", Seat: 7})
		free.Set(so, map[string]any{"n": 1.5})
		raw.Set(so, several)
		home.Set(so, func() {})
		bomb.Set(so, struct{}{})
		return so.Join("r")
	})
	conn, err := wstest.Dial(t.Context(), b.url+"/socket.io/?EIO=4&transport=websocket&q=%ED%95%9C", nil,
		http.Header{"Cookie": {"a=b"}, "X-Two": {"1", "2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := conn.Write(t.Context(), wstest.Text, []byte(`40{"token":"secret"}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is connected", func() bool { return b.Of("/").CountLocalSockets() == 1 })

	infos, err := a.Of("/").FetchSockets(t.Context())
	if err != nil || len(infos) != 1 {
		t.Fatal(infos, err)
	}
	there, err := b.Of("/").Local().FetchSockets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, want := infos[0], there[0]
	if got.ID != want.ID || !slices.Equal(got.Rooms, []string{want.ID, "r"}) {
		t.Error(got)
	}
	h, real := got.Handshake, want.Handshake
	if h.Query().Get("q") != "한" || h.Address != "127.0.0.1" || h.Secure || h.URL != real.URL || !h.Time.Equal(real.Time) {
		t.Errorf("%+v", h.Handshake)
	}
	if !reflect.DeepEqual(h.Header(), real.Header()) || h.Header().Get("Cookie") != "a=b" || h.Header().Get("Host") == "" {
		t.Error(h.Header(), real.Header())
	}
	auth := map[string]string{}
	if err := h.Auth(&auth); err != nil || auth["token"] != "secret" {
		t.Error(auth, err)
	}
	for _, i := range []socketio.SocketInfo{got, want} {
		// An application that shows its clients who is there shows no secrets.
		if args, err := socketio.ArgsOf(socketio.SocketInfo{ID: i.ID, Handshake: i.Handshake}, i.Handshake); err != nil || (strings.Contains(args.String(), "a=b") || strings.Contains(args.String(), "secret")) {
			t.Error(args, err)
		}
		if u, ok := user.In(i); !ok || u.Name != "kim" || string(u.Photo) != "jpeg" {
			t.Error(u, ok)
		}
		if s, ok := place.In(i); !ok || s.Row != "F" || s.Seat != 7 {
			t.Error(s, ok)
		}
		if v, ok := free.In(i); !ok || !reflect.DeepEqual(v, map[string]any{"n": 1.5}) {
			t.Error(v, ok)
		}
		var second []byte
		if v, ok := raw.In(i); !ok || v.Len() != 2 || v.Decode(1, &second) != nil || !bytes.Equal(second, []byte("2")) {
			t.Error(v, ok)
		}
	}
	if _, ok := home.In(got); ok {
		t.Error("a function came over")
	}
	if _, ok := bomb.In(got); ok {
		t.Error("a value that panics came over")
	}
}

type bomb struct{}

func (bomb) MarshalJSON() ([]byte, error) { panic(errors.New("boom")) }

// A bus that knows nothing of handshakes leaves an empty one.
func TestForeignSocketInfo(t *testing.T) {
	s := start(t, socketio.Options{Bus: foreign{make(chan func(*socketio.BusMessage), 1)}})
	infos, err := s.Of("/").FetchSockets(t.Context())
	if err != nil || len(infos) != 2 {
		t.Fatal(infos, err)
	}
	for _, i := range infos {
		var auth any
		if err := i.Handshake.Auth(&auth); err != nil || auth != nil || len(i.Handshake.Query()) != 0 || i.Handshake.URL != "" {
			t.Error(i.Handshake, auth, err)
		}
		if i.Handshake.Header() == nil {
			t.Error("no headers at all")
		}
	}
	var none *engineio.Handshake
	if len(none.Query())+len(none.Header()) != 0 {
		t.Error(none.Query(), none.Header())
	}
}

// A foreign bus is one other server, which isn't of this library.
type foreign struct {
	receive chan func(*socketio.BusMessage)
}

func (f foreign) Start(s socketio.BusServer) (stop func()) {
	f.receive <- s.Receive
	return func() {}
}

func (foreign) Publish(*socketio.BusMessage) error      { return nil }
func (foreign) Peers(context.Context) ([]string, error) { return nil, nil }

// Ask asks a server without a name.
func (f foreign) Ask(_ context.Context, m *socketio.BusMessage) ([]string, error) {
	receive := <-f.receive
	f.receive <- receive
	receive(&socketio.BusMessage{
		Kind: socketio.BusSockets, Namespace: m.Namespace, Request: m.Request,
		Sockets: []socketio.SocketInfo{{ID: "a"}, {ID: "b", Handshake: new(socketio.Handshake)}},
	})
	return []string{""}, nil
}
