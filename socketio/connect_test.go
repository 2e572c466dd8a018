package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

type (
	ctx    = context.Context
	socket = *socketio.Socket
)

func TestConnect(t *testing.T) {
	s := start(t, socketio.Options{})
	s.Of("/").OnConnect(func(_ ctx, so socket) error {
		var auth map[string]any
		if err := so.Auth(&auth); err != nil {
			return err
		}
		return so.Emit("auth", auth)
	})
	s.Of("custom")

	t.Run("the answer holds the id only", func(t *testing.T) {
		w := s.dial(t)
		w.send("0")
		if got := w.next(); len(got) != len(`0{"sid":"12345678901234567890"}`) || !strings.HasPrefix(got, `0{"sid":"`) {
			t.Fatal(got)
		}
		w.expect(`2["auth",{}]`)
	})
	t.Run("the application sees the auth", func(t *testing.T) {
		w := s.dial(t)
		w.join("/", `{"token":"x"}`)
		w.expect(`2["auth",{"token":"x"}]`)
	})
	t.Run("each namespace has its own id", func(t *testing.T) {
		w := s.dial(t)
		a := w.join("/custom")
		b := w.join("/")
		if a == b || a == w.sid || len(a) != 20 {
			t.Fatal(a, b, w.sid)
		}
	})
	t.Run("a namespace without comma", func(t *testing.T) {
		w := s.dial(t)
		w.send("0/custom")
		w.expect(`0/custom,{"sid":…`)
	})
	t.Run("an unknown namespace is refused and the connection stays", func(t *testing.T) {
		w := s.dial(t)
		w.send("0/none,")
		w.expect(`4/none,{"message":"Invalid namespace"}`)
		w.join("/custom")
	})
	t.Run("the limit of namespaces", func(t *testing.T) {
		s := start(t, socketio.Options{MaxNamespaces: 1})
		s.Of("/a")
		w := s.client(t)
		w.send("0/a,")
		w.expect(`4/a,{"message":"Too many namespaces"}`)
	})
	t.Run("names are normalised", func(t *testing.T) {
		if s.Of("") != s.Of("/") || s.Of("custom") != s.Of("/custom") {
			t.Fatal("different namespaces")
		}
	})
}

func TestInvalidState(t *testing.T) {
	for name, packets := range map[string][]string{
		"second CONNECT":              {"0"},
		"event for another namespace": {`2/custom,["x"]`},
		"ack for another namespace":   {`3/custom,1[]`},
		"event after leaving":         {"1", `2["x"]`},
		"CONNECT_ERROR":               {`4{"message":"x"}`},
		"unknown type":                {"7"},
		"bad payload":                 {"2{}"},
		"bad ack id":                  {`3x["a"]`},
		"reserved name":               {`2["disconnect"]`},
		"attachments without end":     {`51`},
		"too many attachments":        {`511-["x"]`},
		"binary without header":       {"b:x"},
		"text instead of attachment":  {`51-["x",{"_placeholder":true,"num":0}]`, `2["y"]`},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, socketio.Options{})
			s.Of("/custom")
			other := s.client(t)
			ended := make(chan socketio.Reason, 1)
			s.Of("/").OnDisconnect(func(_ socket, why socketio.Reason) { ended <- why })
			w := s.client(t)
			w.send(packets...)
			w.expect(closed)
			if why := receive(t, ended); why != socketio.ReasonForcedClose && name != "event after leaving" {
				t.Error(why)
			}
			other.send("0/custom,") // nobody else is disturbed
			other.expect(`0/custom,{"sid":…`)
		})
	}
}

// The official server ends the connection with all its namespaces.
func TestAnswerAfterLeaving(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/custom")
	asked := make(chan error, 1)
	ns.OnConnect(func(_ ctx, so socket) error {
		go func() { _, err := so.Ask(so.Context(), "q"); asked <- err }()
		return nil
	})
	w := s.client(t)
	w.send("0/custom,")
	w.expect(`0/custom,{"sid":…`, `2/custom,0["q"]`)
	w.send("1/custom,", `3/custom,0[]`, `61-/custom,0[{"_placeholder":true,"num":0}]`, "b:x")
	if err := receive(t, asked); !errors.Is(err, socketio.ErrDisconnected) {
		t.Error(err)
	}
	w.send("0/custom,")
	w.expect(`0/custom,{"sid":…`)
}

func TestAuthLimit(t *testing.T) {
	s := start(t, socketio.Options{MaxHandshake: 1000})
	s.Of("/custom")
	w := s.client(t)
	auth := `{"a":"` + strings.Repeat("a", 1000-8) + `"}`
	w.send("0/custom," + auth[:8] + auth[7:])
	w.expect(`4/custom,{"message":"Auth too large"}`)
	w.send("0/custom," + auth)
	w.expect(`0/custom,{"sid":…`)
}

// connect(), disconnect() and connect() of the official client, one behind the other, send CONNECT
// twice and nothing between.
func TestConnectTwiceBeforeAccepted(t *testing.T) {
	s := start(t, socketio.Options{})
	hold := make(chan error)
	s.Of("/").Use(func(ctx, socket) error { return <-hold })
	echo(s.Of("/"))
	s.Of("/other")
	for _, answer := range []error{nil, errors.New("not you")} {
		w := s.dial(t)
		w.send("0", "0", "0/other,")
		w.expect(`0/other,{"sid":…`) // so both have been read
		hold <- answer
		if answer != nil {
			w.expect(closed) // the second may have been with another auth
			continue
		}
		w.expect(`0{"sid":…`)
		w.send(`21["echo","once"]`)
		w.expect(`31["once"]`) // and no second answer before
	}
}

// Nothing can be told on polling while no request waits: the sockets end at once, the connection
// with the next request.
func TestSecondConnectOnPolling(t *testing.T) {
	s := start(t, socketio.Options{})
	ended := make(chan socketio.Reason, 1)
	s.Of("/").OnDisconnect(func(_ socket, why socketio.Reason) { ended <- why })
	request := s.poll(t, "EIO=4")
	request("POST", "40")
	if got := request("GET", ""); !strings.HasPrefix(got, `40{"sid":`) {
		t.Fatal(got)
	}
	request("POST", "40")
	if why := receive(t, ended); why != socketio.ReasonForcedServerClose {
		t.Error(why)
	}
	if got := request("GET", ""); got != "6\x1e1" {
		t.Errorf("%q", got)
	}
	if got := request("GET", ""); !strings.Contains(got, "Session ID unknown") {
		t.Errorf("%q", got)
	}
}

func TestConnectTimeout(t *testing.T) {
	for name, test := range map[string]func(t *testing.T, s *server){
		"a silent client": func(t *testing.T, s *server) { s.dial(t).expect(closed) },
		"a refused client is closed too": func(t *testing.T, s *server) {
			w := s.dial(t)
			w.send("0/none,")
			w.expect(`4/none,{"message":"Invalid namespace"}`, closed)
		},
		"one that has left all namespaces stays": func(t *testing.T, s *server) {
			w := s.client(t)
			w.send("1")
			time.Sleep(600 * time.Millisecond)
			w.join("/")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test(t, startInside(t, socketio.Options{ConnectTimeout: 500 * time.Millisecond}))
			})
		})
	}
}

func TestLeaving(t *testing.T) {
	s := start(t, socketio.Options{})
	type end struct {
		nsp string
		why socketio.Reason
	}
	ends := make(chan end, 8)
	for _, name := range []string{"/", "/a", "/b"} {
		ns := s.Of(name)
		ns.OnDisconnect(func(so socket, why socketio.Reason) { ends <- end{so.Namespace().Name(), why} })
		socketio.On(ns, "kick", func(_ ctx, so socket, whole bool) error {
			err := so.Emit("bye")
			leave(so, whole)
			if so.Emit("late") != socketio.ErrClosed {
				t.Error("emit after disconnect")
			}
			return err
		})
		socketio.OnCall(ns, "ping", func(ctx, socket, socketio.None) (string, error) { return "pong", nil })
	}
	t.Run("the client leaves one namespace", func(t *testing.T) {
		w := s.client(t)
		w.join("/a")
		w.send("1/a,")
		if got := receive(t, ends); got != (end{"/a", socketio.ReasonClientDisconnect}) {
			t.Fatal(got)
		}
		w.send(`27["ping"]`)
		w.expect(`37["pong"]`)
		w.join("/a")
		w.gone()
		for range 2 {
			if got := receive(t, ends); got.why != socketio.ReasonTransportClose && got.why != socketio.ReasonTransportError {
				t.Fatal(got)
			}
		}
	})
	t.Run("the server ends one namespace", func(t *testing.T) {
		w := s.client(t)
		w.join("/a")
		w.send(`2/a,["kick",false]`)
		w.expect(`2/a,["bye"]`, "1/a,")
		if got := receive(t, ends); got != (end{"/a", socketio.ReasonServerDisconnect}) {
			t.Fatal(got)
		}
		// What a client sent before it knew is ignored.
		w.send(`2/a,1["ping"]`, `51-/a,["x",{"_placeholder":true,"num":0}]`, "b:x", `3/a,9[]`, "1/a,", `27["ping"]`)
		w.expect(`37["pong"]`)
		w.join("/a")
		w.send(`2/a,8["ping"]`)
		w.expect(`3/a,8["pong"]`)
		w.send("1", "1/a,")
		receive(t, ends)
		receive(t, ends)
	})
	t.Run("the server ends the connection", func(t *testing.T) {
		w := s.client(t)
		w.join("/a")
		w.join("/b")
		w.send(`2/a,["kick",true]`)
		w.expect(`2/a,["bye"]`, "1", "1/a,", "1/b,", closed)
		for range 3 {
			if got := receive(t, ends); got.why != socketio.ReasonServerDisconnect {
				t.Fatal(got)
			}
		}
	})
	t.Run("heartbeat", func(t *testing.T) {
		s := start(t, socketio.Options{PingInterval: 300 * time.Millisecond, PingTimeout: 300 * time.Millisecond})
		why := make(chan socketio.Reason, 1)
		s.Of("/").OnDisconnect(func(_ socket, r socketio.Reason) { why <- r })
		request := s.poll(t, "EIO=4")
		request("POST", "40")
		if got := receive(t, why); got != socketio.ReasonPingTimeout {
			t.Fatal(got)
		}
	})
	t.Run("no Engine.IO packet", func(t *testing.T) {
		s := start(t, socketio.Options{})
		why := make(chan socketio.Reason, 1)
		s.Of("/").OnDisconnect(func(_ socket, r socketio.Reason) { why <- r })
		request := s.poll(t, "EIO=4")
		request("POST", "40")
		request("POST", "9")
		if got := receive(t, why); got != socketio.ReasonParseError {
			t.Fatal(got)
		}
	})
}

func TestClose(t *testing.T) {
	s := start(t, socketio.Options{})
	why := make(chan socketio.Reason, 1)
	s.Of("/").OnDisconnect(func(_ socket, r socketio.Reason) { why <- r })
	w := s.client(t)
	if s.CountConnections() != 1 {
		t.Fatal(s.CountConnections())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	w.expect(closed) // without a DISCONNECT packet
	if got := receive(t, why); got != socketio.ReasonShutdown {
		t.Fatal(got)
	}
	if err := s.Close(); err != nil {
		t.Fatal("twice:", err)
	}
	if s.CountConnections() != 0 || s.Of("/").CountLocalSockets() != 0 {
		t.Fatal(s.CountConnections(), s.Of("/").CountLocalSockets())
	}
}

func TestShutdown(t *testing.T) {
	s := start(t, socketio.Options{})
	w := s.client(t)
	if err := s.Of("/").Emit("last words"); err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.expect(`2["last words"]`, closed)
	resp, err := http.Get(s.url + "/socket.io/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Fatal(resp.Status)
	}
}

func TestMiddleware(t *testing.T) {
	t.Run("in order, before the connection", func(t *testing.T) {
		s := start(t, socketio.Options{})
		ns := s.Of("/")
		for i := range 3 {
			ns.Use(func(_ ctx, so socket) error {
				if so.Connected() || ns.CountLocalSockets() != 0 {
					t.Error("connected too early")
				}
				if _, ok := ns.Socket(so.ID()); ok {
					t.Error("listed too early")
				}
				return so.Emit("step", i)
			})
		}
		ns.OnConnect(func(_ ctx, so socket) error {
			if !so.Connected() || ns.CountLocalSockets() != 1 {
				t.Error("not connected")
			}
			return so.Emit("connected")
		})
		w := s.dial(t)
		w.send("0")
		w.expect(`2["step",0]`, `2["step",1]`, `2["step",2]`, `0{"sid":…`, `2["connected"]`)
	})
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"with data":    {&socketio.Error{Message: "no", Data: map[string]int{"code": 403}}, `4{"message":"no","data":{"code":403}}`},
		"without data": {&socketio.Error{Message: "no", Code: "x"}, `4{"message":"no"}`},
		"wrapped":      {fmt.Errorf("deep: %w", &socketio.Error{Message: "no"}), `4{"message":"no"}`},
		"internal":     {errors.New("secret"), `4{"message":"internal error"}`},
	} {
		t.Run("an error refuses "+name, func(t *testing.T) {
			s := start(t, socketio.Options{})
			ns := s.Of("/")
			seen := make(chan socket, 1)
			ns.Use(func(_ ctx, so socket) error {
				seen <- so
				return errors.Join(so.Join("r"), c.err)
			})
			ns.Use(func(ctx, socket) error { t.Error("went on"); return nil })
			ns.OnConnect(func(ctx, socket) error { t.Error("connected"); return nil })
			ns.OnDisconnect(func(socket, socketio.Reason) { t.Error("disconnected") })
			s.Of("/other")
			w := s.dial(t)
			w.send("0")
			w.expect(c.want)
			w.join("/other") // the connection stays, and middleware belongs to one namespace
			if (<-seen).Join("late") != socketio.ErrClosed {
				t.Error("joined a room")
			}
			if n := socketio.RoomCount(ns); n != 0 {
				t.Error(n, "rooms are left")
			}
		})
	}
	t.Run("a panic refuses", func(t *testing.T) {
		s := start(t, socketio.Options{})
		s.Of("/").Use(func(ctx, socket) error { panic("oops") })
		w := s.dial(t)
		w.send("0")
		w.expect(`4{"message":"internal error"}`)
	})
	t.Run("the connection ends meanwhile", func(t *testing.T) {
		s := start(t, socketio.Options{})
		ns, entered, done := s.Of("/"), make(chan struct{}), make(chan error, 1)
		ns.Use(func(c ctx, so socket) error {
			close(entered)
			<-c.Done()
			done <- c.Err()
			return nil
		})
		ns.OnConnect(func(ctx, socket) error { t.Error("connected"); return nil })
		ns.OnDisconnect(func(socket, socketio.Reason) { t.Error("disconnected") })
		w := s.dial(t)
		w.send("0")
		receive(t, entered)
		w.gone()
		if err := receive(t, done); err != context.Canceled {
			t.Error(err)
		}
		eventually(t, "nobody left", func() bool { return s.CountConnections() == 0 })
	})
	t.Run("an error of OnConnect disconnects", func(t *testing.T) {
		s := start(t, socketio.Options{})
		why := make(chan socketio.Reason, 1)
		s.Of("/").OnConnect(func(ctx, socket) error { return errors.New("no") })
		s.Of("/").OnDisconnect(func(_ socket, r socketio.Reason) { why <- r })
		w := s.client(t)
		w.expect("1")
		if got := receive(t, why); got != socketio.ReasonServerDisconnect {
			t.Error(got)
		}
	})
}

func TestConnContext(t *testing.T) {
	type key struct{}
	s := start(t, socketio.Options{ConnContext: func(c context.Context, r *http.Request) context.Context {
		return context.WithValue(c, key{}, r.URL.Query().Get("user"))
	}})
	s.Of("/").OnConnect(func(c ctx, so socket) error { return so.Emit("you", c.Value(key{})) })
	w := s.dial(t, "EIO=4", "user=kim")
	w.join("/")
	w.expect(`2["you","kim"]`)
}
