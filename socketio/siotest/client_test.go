package siotest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

type (
	ctx    = context.Context
	socket = *socketio.Socket
)

type line struct {
	Room string `json:"room"`
	Data []byte `json:"data,omitempty"`
}

// chat is a server with a little of everything.
func chat(t *testing.T, o socketio.Options) *socketio.Server {
	s := siotest.NewServer(t, o)
	ns := s.Of("/")
	socketio.On(ns, "echo", func(_ ctx, so socket, a socketio.Args) error { return so.Emit("echo", a) })
	socketio.OnCall(ns, "reply", func(_ ctx, _ socket, a socketio.Args) (socketio.Args, error) { return a, nil })
	socketio.OnCall(ns, "fail", func(ctx, socket, socketio.None) (int, error) {
		return 0, &socketio.Error{Code: "no", Message: "never"}
	})
	socketio.OnCall(ns, "ask", func(ctx ctx, so socket, _ socketio.None) (socketio.Args, error) { return so.Ask(ctx, "q", 1, 2) })
	socketio.On(ns, "join", func(_ ctx, so socket, room string) error { return so.Join(room) })
	socketio.On(ns, "post", func(_ ctx, so socket, l line) error { return so.To(l.Room).Emit("posted", l) })
	socketio.On(ns, "kick", func(_ ctx, so socket, _ socketio.None) error { so.Disconnect(); return nil })
	socketio.On(ns, "close", func(_ ctx, so socket, _ socketio.None) error { so.CloseConnection(); return nil })
	return s
}

func TestEventsAndAcks(t *testing.T) {
	for name, o := range map[string]siotest.Options{"revision 4": {}, "revision 3": {EIO3: true}} {
		t.Run(name, func(t *testing.T) {
			s := chat(t, socketio.Options{AllowEIO3: true})
			c := siotest.Dial(t, s, "/", o)
			c.Emit("echo", "a", 1, nil, map[string]any{"b": []byte("bytes")}, line{Room: "r", Data: []byte{1}})
			c.Expect("echo", "a", 1.0, nil, map[string]any{"b": []byte("bytes")}, map[string]any{"room": "r", "data": []byte{1}})
			c.Emit("echo")
			c.Expect("echo")
			c.Emit("echo", []int{1}, "id", map[string]int{"at": 7})
			c.Expect("echo", []any{1}, siotest.Any, map[string]any{"at": siotest.Any})

			if got := siotest.First[line](t, c.Ask("reply", line{Room: "x", Data: []byte{2}})); !reflect.DeepEqual(got, line{"x", []byte{2}}) {
				t.Error(got)
			}
			c.ExpectReply("fail", nil, map[string]any{"error": map[string]any{"code": "no", "message": "never"}})
			c.ExpectReply("reply", []any{1, "2", []byte("3")}, 1, "2", []byte("3"))

			c.OnEvent("q", func(_ ctx, a socketio.Args) (any, error) { return a, nil })
			c.ExpectReply("ask", nil, 1, 2)
			c.ExpectNone(0)
			if c.ID() == "" || !c.Connected() {
				t.Error("not connected")
			}
		})
	}
}

func TestParser(t *testing.T) {
	for name, parser := range map[string]socketio.Parser{"JSON": socketio.ParserJSON, "msgpack": socketio.ParserMsgpack} {
		t.Run(name, func(t *testing.T) {
			s := chat(t, socketio.Options{Parser: parser, Recovery: &socketio.RecoveryOptions{}})
			s.Of("/no").Use(func(ctx, socket) error { return &socketio.Error{Message: "no entry"} })
			c := siotest.Dial(t, s, "/", siotest.Options{Parser: parser})
			c.Emit("echo", "a", 1, nil, map[string]any{"b": []byte("bytes")})
			c.Expect("echo", "a", 1.0, nil, map[string]any{"b": []byte("bytes")})
			c.ExpectReply("reply", []any{1, "2", []byte("3")}, 1, "2", []byte("3"))
			if _, err := c.TryJoin("/no", nil); err == nil || !strings.HasSuffix(err.Error(), "no entry") {
				t.Error(err)
			}
			c.Disconnect()
			if why := c.Reason(); why != socketio.ReasonClientDisconnect {
				t.Error(why)
			}
		})
	}
	t.Run("another than the server's", func(t *testing.T) {
		s := chat(t, socketio.Options{})
		if _, err := siotest.TryDial(t, s, "/", siotest.Options{Parser: socketio.ParserMsgpack}); err == nil {
			t.Error("connected")
		}
	})
}

func TestReplyByHand(t *testing.T) {
	s := chat(t, socketio.Options{})
	c := siotest.Dial(t, s, "/", siotest.Options{})
	answer := make(chan string, 1)
	go func() {
		got, err := c.TryAsk(t.Context(), "ask")
		if err != nil {
			answer <- err.Error()
			return
		}
		var text string
		_ = got.Decode(1, &text)
		answer <- text
	}()
	e := c.Expect("q", 1, 2)
	if !e.Asks {
		t.Error("the server doesn't ask")
	}
	e.Reply([]byte("x"), "y")
	if got := <-answer; got != "y" {
		t.Error(got)
	}
}

func TestTwoClients(t *testing.T) {
	s := chat(t, socketio.Options{})
	a := siotest.Dial(t, s, "/", siotest.Options{})
	b := siotest.Dial(t, s, "/", siotest.Options{})
	b.Emit("join", "r")
	b.ExpectReply("reply", nil) // handled behind the join
	a.Emit("post", line{Room: "r", Data: []byte("x")})
	if got := siotest.First[line](t, b.Next().Args); string(got.Data) != "x" {
		t.Error(got)
	}
	a.ExpectReply("reply", nil)
	a.ExpectNone(0)
}

func TestNamespacesAndRefusals(t *testing.T) {
	s := chat(t, socketio.Options{AllowEIO3: true})
	s.Of("/admin").Use(func(_ ctx, so socket) error {
		var auth struct{ Token string }
		if err := so.Auth(&auth); err != nil {
			return err
		}
		if auth.Token != "secret" {
			return &socketio.Error{Message: "no entry", Data: map[string]int{"code": 7}}
		}
		return so.Emit("early", "bird")
	})
	s.Of("/broken").Use(func(ctx, socket) error { return &socketio.Error{Message: "broken"} })
	auth := map[string]string{"Token": "secret"}
	for name, o := range map[string]siotest.Options{"revision 4": {}, "revision 3": {EIO3: true}} {
		t.Run(name, func(t *testing.T) {
			c := siotest.Dial(t, s, "/", o)
			_, err := c.TryJoin("admin", nil)
			refusal, ok := errors.AsType[*siotest.DialError](err)
			if !ok || refusal.Status != 0 || !reflect.DeepEqual(refusal.Data, map[string]any{"code": 7.0}) || !o.EIO3 && refusal.Message != "no entry" {
				t.Errorf("%#v", err)
			}
			if _, err := c.TryJoin("/broken", nil); err == nil || !strings.HasSuffix(err.Error(), "broken") {
				t.Error(err)
			}
			if _, err := c.TryJoin("/nowhere", nil); err == nil || !strings.HasSuffix(err.Error(), "Invalid namespace") {
				t.Error(err)
			}
			admin := c.Join("/admin", auth)
			admin.Expect("early", "bird")
			if id := admin.ID(); id == c.ID() || id == "" {
				t.Error(id)
			}
			admin.Disconnect()
			if why := admin.Reason(); why != socketio.ReasonClientDisconnect {
				t.Error(why)
			}
			admin = c.Join("/admin", auth)
			admin.Drop()
			if why := c.Reason(); why != socketio.ReasonTransportClose {
				t.Error(why)
			}
		})
	}
}

func TestTheRequest(t *testing.T) {
	s := chat(t, socketio.Options{
		AllowRequest: func(r *http.Request) error {
			if r.Header.Get("Origin") != "https://good.example" {
				return errors.New("bad origin")
			}
			return nil
		},
	})
	seen := make(chan string, 2)
	s.Of("/").OnConnect(func(_ ctx, so socket) error {
		seen <- so.Handshake().Query().Get("v") + so.Handshake().Header().Get("Cookie")
		return nil
	})
	_, err := siotest.TryDial(t, s, "/", siotest.Options{})
	if refusal, ok := errors.AsType[*siotest.DialError](err); !ok || refusal.Status != http.StatusBadRequest || refusal.Message != "bad origin" {
		t.Errorf("%#v", err)
	}
	header := http.Header{"Origin": {"https://good.example"}}
	siotest.Dial(t, s, "/", siotest.Options{Header: header, Query: url.Values{"v": {"1"}}})
	if got := <-seen; got != "1" {
		t.Error(got)
	}
	cookie := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		r.Header.Set("Cookie", "a=b")
		s.ServeHTTP(w, r)
	})
	_, err = siotest.TryDial(t, s, "/", siotest.Options{Handler: cookie, Header: header})
	if refusal, ok := errors.AsType[*siotest.DialError](err); !ok || refusal.Status != http.StatusUnauthorized || refusal.Message != "log in first" {
		t.Errorf("%#v", err)
	}
	header.Set("Authorization", "x")
	siotest.Dial(t, s, "/", siotest.Options{Handler: cookie, Header: header})
	if got := <-seen; got != "a=b" {
		t.Error(got)
	}
}

func TestReasons(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(s *socketio.Server, c *siotest.Client)
		want socketio.Reason
	}{
		{"Disconnect", func(_ *socketio.Server, c *siotest.Client) { c.Disconnect() }, socketio.ReasonClientDisconnect},
		{"Close", func(_ *socketio.Server, c *siotest.Client) { c.Close() }, socketio.ReasonTransportClose},
		{"Close of a paused client", func(_ *socketio.Server, c *siotest.Client) { c.Pause(); c.Close() }, socketio.ReasonTransportClose},
		{"Drop", func(_ *socketio.Server, c *siotest.Client) { c.Drop() }, socketio.ReasonTransportClose},
		{"a kick", func(_ *socketio.Server, c *siotest.Client) { c.Emit("kick") }, socketio.ReasonServerDisconnect},
		{"a kick of the connection", func(_ *socketio.Server, c *siotest.Client) { c.Emit("close") }, socketio.ReasonServerDisconnect},
		{"the end of the server", func(s *socketio.Server, _ *siotest.Client) { s.Close() }, socketio.ReasonShutdown},
		{"a broken packet", func(_ *socketio.Server, c *siotest.Client) { c.SendRaw("9") }, socketio.ReasonForcedClose},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := chat(t, socketio.Options{})
			c := siotest.Dial(t, s, "/", siotest.Options{})
			test.end(s, c)
			for range 2 {
				if got := c.Reason(); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			}
			if _, err := c.TryAsk(t.Context(), "reply"); !errors.Is(err, siotest.ErrEnded) {
				t.Error(err)
			}
		})
	}
	t.Run("OnConnect refuses", func(t *testing.T) {
		s := chat(t, socketio.Options{})
		s.Of("/").OnConnect(func(ctx, socket) error { return &socketio.Error{Message: "no"} })
		if got := siotest.Dial(t, s, "/", siotest.Options{}).Reason(); got != socketio.ReasonServerDisconnect {
			t.Error(got)
		}
	})
}

func TestTheEndReleasesAQuestion(t *testing.T) {
	s := chat(t, socketio.Options{})
	c := siotest.Dial(t, s, "/", siotest.Options{})
	ended := make(chan error, 1)
	go func() {
		_, err := c.TryAsk(context.Background(), "nobody handles this")
		ended <- err
	}()
	c.ExpectReply("reply", nil)
	c.Drop()
	if err := <-ended; !errors.Is(err, siotest.ErrEnded) {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	d := siotest.Dial(t, s, "/", siotest.Options{})
	if _, err := d.TryAsk(short, "nobody handles this"); err != context.DeadlineExceeded {
		t.Error(err)
	}
}

func TestPackets(t *testing.T) {
	s := chat(t, socketio.Options{})
	c := siotest.Dial(t, s, "/", siotest.Options{Auth: map[string]int{"a": 1}})
	c.SendRaw(`51-["echo",{"_placeholder":true,"num":0}]`, []byte("hi"))
	c.Expect("echo", []byte("hi"))
	want := []string{
		`→ 0{"a":1}`, `← 0{"sid":"` + c.ID() + `"}`,
		`→ 51-["echo",{"_placeholder":true,"num":0}]`, `→ 6869`,
		`← 51-["echo",{"_placeholder":true,"num":0}]`, `← 6869`,
	}
	if got := c.Packets(); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

func TestRecovery(t *testing.T) {
	s := chat(t, socketio.Options{Recovery: &socketio.RecoveryOptions{}})
	ns := s.Of("/")
	c := siotest.Dial(t, s, "/", siotest.Options{})
	c.Emit("echo", "text")
	c.Expect("echo", "text") // without the offset
	c.Drop()
	c.Reason()
	if err := ns.Emit("missed", 1); err != nil {
		t.Fatal(err)
	}
	again := siotest.Dial(t, s, "/", siotest.Options{Auth: c.Session()})
	again.Expect("missed", 1)
	if again.ID() != c.ID() {
		t.Error("another id")
	}
}
