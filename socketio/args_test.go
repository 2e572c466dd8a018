package socketio_test

import (
	"context"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

func TestArgsInsideOfAnotherValue(t *testing.T) {
	type wrapped struct {
		Args socketio.Args `json:"args"`
	}
	s := start(t, socketio.Options{})
	call := socketio.NewCall[wrapped, wrapped]("wrap")
	call.Handle(s.Of("/"), func(_ context.Context, _ socket, w wrapped) (wrapped, error) { return w, nil })
	w := s.client(t)
	w.send(`20["wrap",{"args":[1,"a",{"b":[2]}]}]`)
	w.expect(`30[{"args":[1,"a",{"b":[2]}]}]`)
	w.send(`21["wrap",{"args":{}}]`, `22["wrap",{}]`)
	w.expect(`31[{"error":{"code":"bad_payload",…`, `32[{"args":[]}]`)
	w.send(`23["wrap",{"args":null}]`)
	w.expect(`33[{"args":[]}]`)
	binary, err := socketio.ArgsOf([]byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Of("/").Emit("x", map[string]any{"a": binary}); err == nil {
		t.Error("the bytes are lost silently")
	}
}

func TestMistakesOfTheProgram(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	for name, mistake := range map[string]func(){
		"Use":           func() { ns.Use(nil) },
		"OnConnect":     func() { ns.OnConnect(nil) },
		"OnDisconnect":  func() { ns.OnDisconnect(nil) },
		"OnAny":         func() { ns.OnAny(nil) },
		"OnAnyOutgoing": func() { ns.OnAnyOutgoing(nil) },
		"Intercept":     func() { ns.Intercept(nil) },
		"OnRoom":        func() { ns.OnRoom(nil) },
		"OnServerEvent": func() { ns.OnServerEvent("x", nil) },
		"OnNamespace":   func() { s.OnNamespace(nil) },
		"OfFunc":        func() { s.OfFunc(nil) },
		"OfRegexp":      func() { s.OfRegexp(nil) },
		"a transport":   func() { socketio.New(socketio.Options{Transports: []string{"web-socket"}}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is taken")
				}
			}()
			mistake()
		})
	}
}
