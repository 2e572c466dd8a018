package socketio_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// Clients of Socket.IO 1 and 2.
func TestProtocol4(t *testing.T) {
	s := start(t, socketio.Options{AllowEIO3: true})
	main := s.Of("/")
	echo(main)
	main.OnConnect(func(_ ctx, so socket) error { return so.Emit("id", so.ID()) })
	chat := s.Of("/chat")
	chat.OnConnect(func(_ ctx, so socket) error {
		auth := map[string]string{}
		if err := so.Auth(&auth); err != nil {
			return err
		}
		return so.Emit("you", so.ID(), auth, so.Protocol())
	})
	s.OfRegexp(regexp.MustCompile(`^/d-\d$`))
	refuse := func(name string, err error) { s.Of(name).Use(func(ctx, socket) error { return err }) }
	refuse("/text", &socketio.Error{Message: "no"})
	refuse("/data", &socketio.Error{Message: "no", Data: map[string]int{"code": 1}})

	old := func(t *testing.T) *wire {
		w := s.dial(t, "EIO=3")
		w.expect("0", `2["id","`+w.sid+`"]`) // without asking, with the connection's id
		return w
	}
	t.Run("namespaces", func(t *testing.T) {
		w := old(t)
		w.send("0/chat?token=a%20b&x=1&x=2,")
		w.expect("0/chat,", `2/chat,["you","/chat#`+w.sid+`",{"token":"a b","x":"2"},3]`)
		w.send("0/d-1")
		w.expect("0/d-1,")
		w.send("1/chat")
		w.send("0/chat")
		w.expect("0/chat,", `2/chat,["you","/chat#`+w.sid+`",{},3]`)
	})
	t.Run("refusals", func(t *testing.T) {
		w := old(t)
		w.send("0/text,", "0/data,", "0/none,")
		got := map[string]bool{}
		for range 3 {
			got[w.next()] = true
		}
		for _, want := range []string{`4/text,"no"`, `4/data,{"code":1}`, `4/none,{"message":"Invalid namespace"}`} {
			if !got[want] {
				t.Error(got)
			}
		}
		w.settled()
	})
	t.Run("events, acks and binary", func(t *testing.T) {
		w := old(t)
		w.send(`21["echo","한",1]`)
		w.expect(`31["한",1]`)
		w.send(`51-2["echo",{"_placeholder":true,"num":0}]`, "b:\x04xyz")
		w.expect(`61-2[{"_placeholder":true,"num":0}]`, "b:\x04xyz")
	})
	t.Run("rooms with clients of protocol 5", func(t *testing.T) {
		w := old(t)
		v5 := s.dial(t)
		v5.join("/")
		v5.expect(`2["id",…`)
		for so := range main.Sockets() {
			if err := so.Join("mixed"); err != nil {
				t.Fatal(err)
			}
		}
		if err := main.To("mixed").Emit("x", []byte("b")); err != nil {
			t.Fatal(err)
		}
		w.expect(`51-["x",{"_placeholder":true,"num":0}]`, "b:\x04b")
		v5.expect(`51-["x",{"_placeholder":true,"num":0}]`, "b:b")
	})
	t.Run("polling is ASCII", func(t *testing.T) {
		request := s.poll(t, "EIO=3&b64=1")
		body := `421["echo","x"]`
		request("POST", "15:"+body)
		got := ""
		for !strings.Contains(got, `431["x"]`) {
			got += request("GET", "")
		}
		if err := main.Emit("x", "한"); err != nil {
			t.Fatal(err)
		}
		if got := request("GET", ""); !strings.Contains(got, `42["x","\ud55c"]`) {
			t.Errorf("%q", got)
		}
	})
	t.Run("with recovery they see the offset", func(t *testing.T) {
		s := start(t, socketio.Options{AllowEIO3: true, Recovery: &socketio.RecoveryOptions{}})
		w := s.dial(t, "EIO=3")
		w.expect("0")
		eventually(t, "it is connected", func() bool { return s.Of("/").CountLocalSockets() == 1 })
		for so := range s.Of("/").Sockets() {
			if err := so.Emit("alone", 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Of("/").Emit("all", 1); err != nil {
			t.Fatal(err)
		}
		w.expect(`2["alone",1]`, `2["all",1,"…`)
	})
	t.Run("refused by default", func(t *testing.T) {
		s := start(t, socketio.Options{})
		if got := status(t, s.url+"/socket.io/?EIO=3&transport=polling"); got != 400 {
			t.Error(got)
		}
	})
}
