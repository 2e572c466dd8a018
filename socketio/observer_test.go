package socketio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

// A notebook is an observer that hands on what it is told.
type notebook chan socketio.Observation

func (n notebook) Observe(o socketio.Observation) { n <- o }

func (n notebook) expect(t *testing.T, kind socketio.ObservationKind) socketio.Observation {
	t.Helper()
	o := receive(t, n)
	if o.Kind != kind {
		t.Fatalf("%v, want %v: %+v", o.Kind, kind, o)
	}
	return o
}

func TestObserver(t *testing.T) {
	told := make(notebook, 64)
	s := start(t, socketio.Options{Observer: told, PingInterval: 50 * time.Millisecond})
	ns := s.Of("/")
	failure := errors.New("no")
	socketio.OnCall(ns, "add", func(_ ctx, _ socket, n int) (int, error) { return n + 1, nil })
	socketio.On(ns, "fail", func(ctx, socket, socketio.None) error { return failure })
	w := s.dial(t)
	if o := told.expect(t, socketio.ObserveOpened); o.Transport != "websocket" || o.Protocol != 4 {
		t.Errorf("%+v", o)
	}
	next := func(kind socketio.ObservationKind) socketio.Observation {
		t.Helper()
		for {
			if o := receive(t, told); o.Kind == kind {
				return o
			} else if o.Kind != socketio.ObserveRoundTrip { // heartbeats come in between
				t.Fatalf("%v, want %v: %+v", o.Kind, kind, o)
			}
		}
	}
	id := w.join("/")
	if o := next(socketio.ObserveConnected); o.Socket.ID() != id || o.Namespace != ns {
		t.Errorf("%+v", o)
	}
	w.send(`21["add",1]`)
	if o := next(socketio.ObserveHandled); o.Event != "add" || o.Err != nil || o.Socket.ID() != id || o.Duration <= 0 || o.Waited < 0 {
		t.Errorf("%+v", o)
	}
	w.expect(`31[2]`)
	w.send(`2["fail"]`)
	if o := next(socketio.ObserveHandled); o.Event != "fail" || o.Err != failure {
		t.Errorf("%+v", o)
	}
	w.send(`2["invented"]`)
	if o := next(socketio.ObserveHandled); o.Event != "" || !errors.Is(o.Err, socketio.ErrNoHandler) {
		t.Errorf("%+v", o)
	}
	if err := ns.Emit("x", []byte("abc")); err != nil {
		t.Fatal(err)
	}
	w.expect(`51-["x",{"_placeholder":true,"num":0}]`, "b:abc")
	if o := next(socketio.ObserveEmitted); o.Event != "x" || o.Namespace != ns || o.Bytes != len(`51-["x",{"_placeholder":true,"num":0}]`)+3 {
		t.Errorf("%+v", o)
	}
	if o := next(socketio.ObserveRoundTrip); o.Duration <= 0 || o.Transport != "websocket" {
		t.Errorf("%+v", o)
	}
	w.gone()
	ends := make(map[socketio.ObservationKind]socketio.Observation) // the end of a socket is told in its own order
	for len(ends) < 2 {
		if o := receive(t, told); o.Kind != socketio.ObserveRoundTrip {
			ends[o.Kind] = o
		}
	}
	connection, left := ends[socketio.ObserveClosed], ends[socketio.ObserveDisconnected]
	if connection.Reason != left.Reason || left.Reason == "" || left.Socket.ID() != id || connection.Duration <= 0 {
		t.Errorf("%+v, %+v", connection, left)
	}
}

func TestObserverOfLimits(t *testing.T) {
	told := make(notebook, 64)
	s := start(t, socketio.Options{Observer: told, EventsPerSecond: 1})
	echo(s.Of("/"))
	w := s.client(t)
	const burst = 20
	for i := range burst {
		w.send(fmt.Sprintf(`2%d["echo"]`, i))
	}
	refused := 0
	for handled := 0; handled < burst; {
		o := receive(t, told)
		if o.Kind != socketio.ObserveHandled {
			continue
		}
		handled++
		if e, ok := errors.AsType[*socketio.Error](o.Err); ok && e.Code == socketio.CodeRateLimited && o.Event == "echo" {
			refused++
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

func TestObserverOfAnUpgrade(t *testing.T) {
	told := make(notebook, 64)
	s := start(t, socketio.Options{Observer: told})
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
	if o := told.expect(t, socketio.ObserveOpened); o.Transport != "polling" {
		t.Errorf("%+v", o)
	}
	conn, err := wstest.Dial(t.Context(), s.url+"/socket.io/?EIO=4&transport=websocket&sid="+hello.SID, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	for _, step := range []struct {
		packet    string
		kind      socketio.ObservationKind
		word      string
		transport string
	}{
		{"2probe", socketio.ObserveUpgrading, "upgrading", "polling"},
		{"5", socketio.ObserveUpgraded, "upgraded", "websocket"},
	} {
		if err := conn.Write(t.Context(), wstest.Text, []byte(step.packet)); err != nil {
			t.Fatal(err)
		}
		if o := told.expect(t, step.kind); o.Transport != step.transport || o.Protocol != 4 || o.Kind.String() != step.word {
			t.Errorf("%+v", o)
		}
	}
}

// panicky panics in each call.
type panicky struct{}

func (panicky) Observe(socketio.Observation) { panic("boom") }

func TestObserverPanics(t *testing.T) {
	s := start(t, socketio.Options{Observer: panicky{}, PingInterval: 20 * time.Millisecond})
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
