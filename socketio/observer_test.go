package socketio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

// A call is what an observer was told.
type call struct {
	function string
	conn     socketio.ConnectionInfo
	socket   *socketio.Socket
	handled  socketio.HandledInfo
	reason   socketio.Reason
	err      error
	time     time.Duration
	ns       *socketio.Namespace
	event    string
	bytes    int
}

// A notebook is an observer that hands on what it is told.
type notebook chan call

func (n notebook) observer() *socketio.Observer {
	conn := func(function string) func(socketio.ConnectionInfo) {
		return func(c socketio.ConnectionInfo) { n <- call{function: function, conn: c} }
	}
	return &socketio.Observer{
		Opened: conn("Opened"), Upgrading: conn("Upgrading"), Upgraded: conn("Upgraded"),
		Closed: func(c socketio.ConnectionInfo, why socketio.Reason, err error, lived time.Duration) {
			n <- call{function: "Closed", conn: c, reason: why, err: err, time: lived}
		},
		RoundTrip: func(c socketio.ConnectionInfo, d time.Duration) { n <- call{function: "RoundTrip", conn: c, time: d} },
		Connected: func(s *socketio.Socket) { n <- call{function: "Connected", socket: s} },
		Disconnected: func(s *socketio.Socket, why socketio.Reason) {
			n <- call{function: "Disconnected", socket: s, reason: why}
		},
		Handled: func(s *socketio.Socket, h socketio.HandledInfo) {
			n <- call{function: "Handled", socket: s, handled: h, event: h.Event, err: h.Err}
		},
		Emitted: func(ns *socketio.Namespace, event string, bytes int) {
			n <- call{function: "Emitted", ns: ns, event: event, bytes: bytes}
		},
		BusLost: func(_ int, why error) { n <- call{function: "BusLost", err: why} },
	}
}

// next waits for a function; heartbeats may come in between.
func (n notebook) next(t *testing.T, function string) call {
	t.Helper()
	for {
		c := receive(t, n)
		if c.function == function {
			return c
		}
		if c.function != "RoundTrip" {
			t.Fatalf("%s, want %s: %+v", c.function, function, c)
		}
	}
}

// observerOfAll calls f with the name of each function that is called.
func observerOfAll(f func(function string)) *socketio.Observer {
	o := new(socketio.Observer)
	for field, v := range reflect.ValueOf(o).Elem().Fields() {
		v.Set(reflect.MakeFunc(field.Type, func([]reflect.Value) []reflect.Value { f(field.Name); return nil }))
	}
	return o
}

func TestObserver(t *testing.T) {
	told := make(notebook, 64)
	s := start(t, socketio.Options{Observer: told.observer(), PingInterval: 50 * time.Millisecond})
	ns := s.Of("/")
	failure := errors.New("no")
	socketio.OnCall(ns, "add", func(_ ctx, _ socket, n int) (int, error) { return n + 1, nil })
	socketio.On(ns, "fail", func(ctx, socket, socketio.None) error { return failure })
	w := s.dial(t)
	if c := told.next(t, "Opened"); c.conn != (socketio.ConnectionInfo{Transport: "websocket", Protocol: 4}) {
		t.Errorf("%+v", c)
	}
	id := w.join("/")
	if c := told.next(t, "Connected"); c.socket.ID() != id || c.socket.Namespace() != ns {
		t.Errorf("%+v", c)
	}
	w.send(`21["add",1]`)
	if c := told.next(t, "Handled"); c.event != "add" || c.err != nil || c.socket.ID() != id || c.handled.Took <= 0 || c.handled.Waited < 0 {
		t.Errorf("%+v", c)
	}
	w.expect(`31[2]`)
	w.send(`2["fail"]`)
	if c := told.next(t, "Handled"); c.event != "fail" || c.err != failure {
		t.Errorf("%+v", c)
	}
	w.send(`2["invented"]`)
	if c := told.next(t, "Handled"); c.event != "" || !errors.Is(c.err, socketio.ErrNoHandler) {
		t.Errorf("%+v", c)
	}
	if err := ns.Emit("x", []byte("abc")); err != nil {
		t.Fatal(err)
	}
	w.expect(`51-["x",{"_placeholder":true,"num":0}]`, "b:abc")
	if c := told.next(t, "Emitted"); c.event != "x" || c.ns != ns || c.bytes != len(`51-["x",{"_placeholder":true,"num":0}]`)+3 {
		t.Errorf("%+v", c)
	}
	if c := told.next(t, "RoundTrip"); c.time <= 0 || c.conn.Transport != "websocket" {
		t.Errorf("%+v", c)
	}
	w.gone()
	ends := make(map[string]call) // the end of a socket is told in its own order
	for len(ends) < 2 {
		if c := receive(t, told); c.function != "RoundTrip" {
			ends[c.function] = c
		}
	}
	connection, left := ends["Closed"], ends["Disconnected"]
	if connection.reason != left.reason || left.reason == "" || left.socket.ID() != id || connection.time <= 0 {
		t.Errorf("%+v, %+v", connection, left)
	}
}

// Each function is called alone too, and the others are no burden.
func TestObserverOfOneThing(t *testing.T) {
	all := reflect.TypeFor[socketio.Observer]()
	for i := range all.NumField() {
		name := all.Field(i).Name
		t.Run(name, func(t *testing.T) {
			told := make(notebook, 64)
			var one socketio.Observer
			reflect.ValueOf(&one).Elem().Field(i).Set(reflect.ValueOf(told.observer()).Elem().Field(i))
			b := script()
			s := start(t, socketio.Options{Observer: &one, PingInterval: 20 * time.Millisecond, Bus: b})
			b.Receive(&message{Kind: socketio.BusLost, Failure: "away"})
			echo(s.Of("/"))
			client, err := launch(t.Context(), http.DefaultClient, s.url, "polling", false)
			if err != nil {
				t.Fatal(err)
			}
			if err := client.send("40"); err != nil {
				t.Fatal(err)
			}
			receive(t, client.joins)
			if err := client.upgrade(); err != nil {
				t.Fatal(err)
			}
			if err := client.send(`421["echo",1]`); err != nil {
				t.Fatal(err)
			}
			if err := s.Of("/").Emit("x"); err != nil {
				t.Fatal(err)
			}
			if name != "RoundTrip" { // which needs a client that is there
				client.gone()
			}
			c := receive(t, told)
			client.gone()
			if c.function != name {
				t.Error(c)
			}
		})
	}
}

func TestObserverOfLimits(t *testing.T) {
	told := make(notebook, 64)
	s := start(t, socketio.Options{Observer: told.observer(), EventsPerSecond: 1})
	echo(s.Of("/"))
	w := s.client(t)
	const burst = 20
	for i := range burst {
		w.send(fmt.Sprintf(`2%d["echo"]`, i))
	}
	refused := 0
	for handled := 0; handled < burst; {
		c := receive(t, told)
		if c.function != "Handled" {
			continue
		}
		handled++
		if e, ok := errors.AsType[*socketio.Error](c.err); ok && e.Code == socketio.CodeRateLimited && c.event == "echo" {
			refused++
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

func TestObserverOfAnUpgrade(t *testing.T) {
	told := make(notebook, 64)
	s := start(t, socketio.Options{Observer: told.observer()})
	resp, err := http.Get(s.url + "/socket.io/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := resp.Body.Read(make([]byte, 1)); err != nil { // the type of the open packet
		t.Fatal(err)
	}
	var hello struct{ SID string }
	if err := json.NewDecoder(resp.Body).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	if c := told.next(t, "Opened"); c.conn.Transport != "polling" {
		t.Errorf("%+v", c)
	}
	conn, err := wstest.Dial(t.Context(), s.url+"/socket.io/?EIO=4&transport=websocket&sid="+hello.SID, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	for _, step := range []struct{ packet, function, transport string }{
		{"2probe", "Upgrading", "polling"},
		{"5", "Upgraded", "websocket"},
	} {
		if err := conn.Write(t.Context(), wstest.Text, []byte(step.packet)); err != nil {
			t.Fatal(err)
		}
		if c := told.next(t, step.function); c.conn != (socketio.ConnectionInfo{Transport: step.transport, Protocol: 4}) {
			t.Errorf("%+v", c)
		}
	}
}

func TestObserverPanics(t *testing.T) {
	s := start(t, socketio.Options{Observer: observerOfAll(func(string) { panic("boom") }), PingInterval: 20 * time.Millisecond})
	echo(s.Of("/"))
	w := s.client(t)
	w.settled()
}

func TestBuffered(t *testing.T) {
	s := start(t, socketio.Options{})
	request := s.poll(t, "EIO=4")
	request("POST", "40")
	request("GET", "")
	if n := s.BufferedBytes(); n != 0 {
		t.Errorf("%d bytes wait at first", n)
	}
	if err := s.Of("/").Emit("x", strings.Repeat("x", 1000)); err != nil {
		t.Fatal(err)
	}
	if n := s.BufferedBytes(); n < 1000 {
		t.Errorf("%d bytes wait", n)
	}
	request("GET", "")
	if n := s.BufferedBytes(); n != 0 {
		t.Errorf("%d bytes wait at the end", n)
	}
}

func TestParentOfANamespace(t *testing.T) {
	s := start(t, socketio.Options{})
	p := s.OfFunc(func(_ ctx, name string, _ *socketio.Handshake) bool { return name == "/d" })
	s.dial(t).join("/d")
	if s.Of("/").Parent() != nil || !slices.Equal(p.Children(), []*socketio.Namespace{s.Of("/d")}) || s.Of("/d").Parent() != p {
		t.Error("wrong parents")
	}
}
