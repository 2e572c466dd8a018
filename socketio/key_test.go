package socketio_test

import (
	"context"
	"net/http"
	"reflect"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// A profile is what a request tells of its sender.
type profile struct {
	Name string `json:"name"`
}

var (
	visitor = socketio.NewKey[*profile]("visitor")
	lang    = socketio.NewKey[string]("lang")
)

// knowing fills keys from the query: name=kim is the visitor.
func knowing(o socketio.Options) socketio.Options {
	o.ConnContext = func(ctx context.Context, r *http.Request) context.Context {
		if name := r.URL.Query().Get("name"); name != "" {
			ctx = visitor.With(ctx, &profile{name})
		}
		return lang.With(lang.With(ctx, "en"), "ko")
	}
	return o
}

// What ConnContext found in the request is there wherever a socket is, in all namespaces of the
// connection.
func TestKeyOfTheConnection(t *testing.T) {
	s := start(t, knowing(socketio.Options{}))
	told := make(chan string, 10)
	tell := func(where string, so socket) {
		if v, ok := visitor.Get(so); !ok || v.Name != "kim" || visitor.Of(so) != v || lang.Of(so) != "ko" {
			t.Errorf("%s: %v %v %q", where, v, ok, lang.Of(so))
		}
		if !socketio.IsPlain(so) {
			t.Errorf("%s: it costs memory", where)
		}
		told <- where
	}
	for _, name := range []string{"/", "/b"} {
		ns := s.Of(name)
		ns.Use(func(_ ctx, so socket) error { tell("Use", so); return nil })
		ns.OnConnect(func(_ ctx, so socket) error { tell("OnConnect", so); return nil })
		socketio.On(ns, "x", func(_ ctx, so socket, _ socketio.None) error { tell("On", so); return nil })
		ns.OnDisconnect(func(so socket, _ socketio.Reason) { tell("OnDisconnect", so) })
	}
	w := s.dial(t, "EIO=4", "name=kim")
	w.join("/")
	w.join("/b")
	w.send(`2["x"]`, `2/b,["x"]`, `1`, `1/b,`)
	count := map[string]int{}
	for range 8 {
		count[receive(t, told)]++
	}
	if want := map[string]int{"Use": 2, "OnConnect": 2, "On": 2, "OnDisconnect": 2}; !reflect.DeepEqual(count, want) {
		t.Error(count)
	}
	stranger := start(t, knowing(socketio.Options{})).member(t)
	if v, ok := visitor.Get(stranger.so); ok || v != nil || visitor.Of(stranger.so) != nil {
		t.Error(v, ok)
	}
	if n := testing.AllocsPerRun(100, func() { lang.Of(stranger.so) }); n > 1 {
		// context.WithoutCancel needs one
		t.Errorf("%v allocations", n)
	}
}

// What one socket sets or deletes is its own.
func TestKeyOfOneSocket(t *testing.T) {
	s := start(t, knowing(socketio.Options{}))
	for _, name := range []string{"/", "/b"} {
		s.Of(name)
	}
	w := s.dial(t, "EIO=4", "name=kim")
	a, _ := s.Of("/").Socket(w.join("/"))
	b, _ := s.Of("/b").Socket(w.join("/b"))
	is := func(what string, so socket, want string) {
		t.Helper()
		got, ok := lang.Get(so)
		infos, err := so.Namespace().FetchSockets(t.Context())
		if err != nil || len(infos) != 1 {
			t.Fatal(infos, err)
		}
		told, in := lang.In(infos[0])
		if got != want || ok != (want != "") || lang.Of(so) != want || told != want || in != ok {
			t.Errorf("%s: %q %v, fetched %q %v, want %q", what, got, ok, told, in, want)
		}
	}
	is("given", a, "ko")
	lang.Set(a, "fr")
	is("set", a, "fr")
	is("the other", b, "ko")
	lang.Delete(a)
	is("deleted", a, "")
	is("the other", b, "ko")
	lang.Set(a, "de")
	is("set again", a, "de")
	lang.Delete(b)
	lang.Delete(b)
	is("deleted twice", b, "")

	free := socketio.NewKey[any]("free")
	free.Set(a, 1)
	free.Delete(a)
	if v, ok := free.Get(a); v != nil || ok {
		t.Error(v, ok)
	}
	open := socketio.NewKey[any]("open")
	s2 := start(t, socketio.Options{ConnContext: func(ctx context.Context, _ *http.Request) context.Context {
		return open.With(ctx, nil)
	}})
	m := s2.member(t)
	if v, ok := open.Get(m.so); v != nil || !ok {
		t.Error(v, ok)
	}
	open.Delete(m.so)
	if v, ok := open.Get(m.so); v != nil || ok {
		t.Errorf("%#v %v", v, ok)
	}
}

// Who comes back is who the new connection says, unless the socket knows better.
func TestKeysAfterARecovery(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{})
	names := make(chan string, 1)
	o.ConnContext = func(ctx context.Context, _ *http.Request) context.Context {
		return lang.With(visitor.With(ctx, &profile{<-names}), "ko")
	}
	s := start(t, o)
	mood := socketio.NewKey[string]("mood")
	ns := s.Of("/")
	names <- "kim"
	w, me, _ := s.enter(t, "/", seat{}, "")
	so, _ := ns.Socket(me.sid)
	mood.Set(so, "good")
	lang.Delete(so)
	if err := so.Emit("x"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	s.lost(t, "/", w, me.sid)
	names <- "lee"
	_, back, _ := s.enter(t, "/", me, "")
	so, _ = ns.Socket(back.sid)
	if so.Recovery() != socketio.RecoveryFull || visitor.Of(so).Name != "lee" || mood.Of(so) != "good" {
		t.Error(so.Recovery(), visitor.Of(so), mood.Of(so))
	}
	if v, ok := lang.Get(so); ok {
		t.Errorf("%q is back", v)
	}
}

func TestKeyOfTheConnectionInACluster(t *testing.T) {
	overBuses(t, func(t *testing.T, node joint) {
		a := start(t, socketio.Options{Bus: node()})
		b := start(t, knowing(socketio.Options{Bus: node()}))
		w := b.dial(t, "EIO=4", "name=kim")
		so, _ := b.Of("/").Socket(w.join("/"))
		lang.Set(so, "fr")
		infos, err := a.Of("/").FetchSockets(t.Context())
		if err != nil || len(infos) != 1 {
			t.Fatal(infos, err)
		}
		who, ok := visitor.In(infos[0])
		if !ok || who.Name != "kim" {
			t.Error(who, ok)
		}
		if l, ok := lang.In(infos[0]); l != "fr" || !ok {
			t.Error(l, ok)
		}
	})
}

// A hostile context is one of the application that panics when it is asked.
type hostile struct{ context.Context }

func (hostile) Value(any) any { panic("not today") }

func TestFetchSocketsWithAContextThatPanics(t *testing.T) {
	node := overMemory()
	a := start(t, socketio.Options{Bus: node()})
	b := start(t, socketio.Options{Bus: node(), ConnContext: func(ctx context.Context, _ *http.Request) context.Context {
		return hostile{ctx}
	}})
	m := b.member(t)
	lang.Set(m.so, "ko")
	infos, err := a.Of("/").FetchSockets(t.Context())
	if err != nil || len(infos) != 1 {
		t.Fatal(infos, err)
	}
	if l, _ := lang.In(infos[0]); l != "ko" {
		t.Error(l)
	}
}
