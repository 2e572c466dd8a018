package socketio_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// polling is a client on polling, which may upgrade.
func (s *server) polling(t *testing.T, query string) *pilot {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	p := &pilot{
		http: client, url: s.url + "/socket.io/?" + query, joins: make(chan string, 8), ends: make(chan struct{}), held: make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancel(t.Context())
	if err := p.open("polling"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.gone(); client.CloseIdleConnections() })
	return p
}

func (p *pilot) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Each socket that is connected is told of the upgrade of its connection once, behind what came
// before and ahead of what comes after; those that connect later see it in Transport.
func TestOnUpgrade(t *testing.T) {
	s := start(t, socketio.Options{})
	log := make(chan string, 100)
	note := func(what string) func(socket) {
		return func(so socket) { log <- fmt.Sprint(what, " ", so.Namespace(), " ", so.Transport()) }
	}
	release := make(chan struct{})
	handlers := func(r *socketio.Registrar) {
		r.OnUpgrade(note("upgrade"))
		r.OnConnect(func(_ ctx, so socket) error { note("connect")(so); return nil })
		socketio.On(r, "before", func(_ ctx, so socket, _ socketio.None) error {
			<-release
			log <- "before"
			return nil
		})
		socketio.On(r, "after", func(ctx, socket, socketio.None) error { log <- "after"; return nil })
	}
	handlers(&s.Of("/").Registrar)
	handlers(&s.OfRegexp(regexp.MustCompile("^/dynamic-")).Registrar)
	s.Of("/dynamic-1").OnUpgrade(note("own upgrade"))
	s.Of("/late").OnConnect(func(_ ctx, so socket) error { note("connect")(so); return nil })
	s.Of("/late").OnUpgrade(note("upgrade"))
	expect := func(want ...string) {
		t.Helper()
		var got []string
		for range want {
			got = append(got, receive(t, log))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}

	p := s.polling(t, "EIO=4")
	p.must(t, p.send("40", "40/dynamic-1,"))
	receive(t, p.joins)
	receive(t, p.joins)
	first, second := receive(t, log), receive(t, log)
	if got := []string{first, second}; !slices.Contains(got, "connect / polling") || !slices.Contains(got, "connect /dynamic-1 polling") {
		t.Error(got)
	}
	p.must(t, p.send(`42["before"]`))
	p.must(t, p.upgrade())
	p.must(t, p.send(`42["after"]`))
	expect("upgrade /dynamic-1 websocket", "own upgrade /dynamic-1 websocket")
	if len(log) > 0 {
		t.Error("it overtook an event: ", <-log)
	}
	close(release)
	expect("before", "upgrade / websocket", "after")
	p.must(t, p.send("40/late,"))
	expect("connect /late websocket")

	w := s.dial(t) // no upgrade
	w.join("/")
	expect("connect / websocket")
	w.send(`2["after"]`)
	expect("after")
	if len(log) > 0 {
		t.Error(<-log)
	}
}

// A socket whose middleware is at work has not been connected yet.
func TestOnUpgradeDuringMiddleware(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	asked, release := make(chan bool, 1), make(chan bool)
	ns.Use(func(ctx, socket) error { asked <- true; <-release; return nil })
	connected := make(chan string, 1)
	ns.OnConnect(func(_ ctx, so socket) error { connected <- so.Transport(); return nil })
	ns.OnUpgrade(func(socket) { t.Error("it was told") })
	upgraded := make(chan bool, 1)
	s.Of("/joined").OnUpgrade(func(socket) { upgraded <- true })
	p := s.polling(t, "EIO=4")
	p.must(t, p.send("40/joined,"))
	receive(t, p.joins)
	p.must(t, p.send("40"))
	receive(t, asked)
	p.must(t, p.upgrade())
	receive(t, upgraded)
	release <- true
	if got := receive(t, connected); got != "websocket" {
		t.Error(got)
	}
	p.must(t, p.send(`42["x"]`, "41"))
	eventually(t, "it has left", func() bool { return ns.CountLocalSockets() == 0 })
}

// A panic is told, and the others are called.
func TestOnUpgradePanics(t *testing.T) {
	errs, upgraded := make(chan string, 1), make(chan bool, 1)
	s := start(t, socketio.Options{OnError: func(_ ctx, _ socket, event string, err error) { errs <- event + ": " + err.Error() }})
	ns := s.Of("/")
	ns.OnUpgrade(func(socket) { panic("not today") })
	ns.OnUpgrade(func(socket) { upgraded <- true })
	p := s.polling(t, "EIO=4")
	p.must(t, p.send("40"))
	receive(t, p.joins)
	p.must(t, p.upgrade())
	if err := receive(t, errs); err != "upgrade: panic: not today" {
		t.Error(err)
	}
	receive(t, upgraded)
	defer func() {
		if recover() == nil {
			t.Error("OnUpgrade of nil")
		}
	}()
	ns.OnUpgrade(nil)
}
