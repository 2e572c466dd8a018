package socketio_test

import (
	"context"
	"net/http"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// An observer that ends the goroutine which reads connections, as a test does that fails, harms
// none of the others.
func TestGoexitInAnObserver(t *testing.T) {
	for field := range reflect.TypeFor[socketio.Observer]().Fields() {
		t.Run(field.Name, func(t *testing.T) {
			var armed atomic.Bool
			quitter := observerOfAll(func(function string) {
				if function == field.Name && armed.CompareAndSwap(true, false) {
					runtime.Goexit()
				}
			})
			s := start(t, socketio.Options{PingInterval: 20 * time.Millisecond, Observer: quitter})
			ns := s.Of("/")
			echo(ns)
			armed.Store(true)
			c, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if p, err := launch(c, http.DefaultClient, s.url, "websocket", false); err == nil {
				_ = p.send("40", `421["echo",1]`)
				time.Sleep(40 * time.Millisecond)
				p.gone()
			}
			for _, w := range []*wire{s.client(t), s.client(t)} {
				w.settled()
			}
		})
	}
}

func TestGoexitInOnRoom(t *testing.T) {
	s := start(t, socketio.Options{})
	told := make(chan string, 10)
	s.Of("/").OnRoom(func(e socketio.RoomEvent) {
		told <- e.Room + " " + string(e.Kind)
		runtime.Goexit()
	})
	s.client(t)
	so := only(t, s.Of("/"))
	for _, room := range []string{"a", "b"} {
		if err := so.Join(room); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{" created", " joined"} {
			if got := receive(t, told); got != room+kind {
				t.Error(got)
			}
		}
	}
}

func TestGoexitBehindABus(t *testing.T) {
	var bus socketio.MemoryBus
	s, far := start(t, socketio.Options{Bus: bus.Node()}), start(t, socketio.Options{Bus: bus.Node()})
	w := far.client(t)
	far.Of("/").OnAnyOutgoing(func(o socketio.Outgoing) {
		if o.Name() == "a" {
			runtime.Goexit()
		}
	})
	for _, name := range []string{"a", "a", "b"} {
		if err := s.Of("/").Emit(name); err != nil {
			t.Fatal(err)
		}
	}
	w.expect(`2["b"]`)
}
