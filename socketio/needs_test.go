package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// A curious bus notes what its server needs.
type curious struct {
	socketio.Bus
	rooms bool
	ids   bool
	heard chan struct{}

	mu    sync.Mutex
	notes []string // guarded by mu
}

func (b *curious) Start(s socketio.BusServer) (stop func()) {
	s.Needs(b.rooms, b.ids, func(namespace, room string, needed bool) <-chan struct{} {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.notes = append(b.notes, fmt.Sprint(namespace, " ", room, " ", needed))
		if room == "bad" {
			panic("a bus that fails")
		}
		return b.heard
	})
	return b.Bus.Start(s)
}

func (b *curious) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.notes)
}

func TestNeedsOfABus(t *testing.T) {
	b := &curious{Bus: new(socketio.MemoryBus).Node(), rooms: true}
	s := start(t, socketio.Options{Bus: b})
	s.OfRegexp(regexp.MustCompile("^/dyn$"))
	s.Of("/static")
	if got := b.told(); !slices.Equal(got, []string{"/  true", "/static  true"}) {
		t.Errorf("told %q when Of had returned", got)
	}
	m := s.member(t, "bad", "r")
	c := s.dial(t)
	c.join("/dyn")
	if got := b.told(); !slices.Contains(got, "/dyn  true") {
		t.Errorf("told %q when a client was in the namespace", got)
	}
	c.send("1/dyn,")
	m.so.Leave("r")
	want := []string{"/  true", "/static  true", "/ bad true", "/ r true", "/ r false", "/dyn  true", "/dyn  false"}
	slices.Sort(want)
	eventually(t, "all is told", func() bool {
		got := b.told()
		slices.Sort(got)
		return slices.Equal(got, want)
	})
	m.gone()
	eventually(t, "the room is told", func() bool { return slices.Contains(b.told(), "/ bad false") })
}

// A bus that wants ids is told of each before its client is connected, and of its end, also when
// middleware refuses the client.
func TestNeedsOfIDs(t *testing.T) {
	b := &curious{Bus: new(socketio.MemoryBus).Node(), rooms: true, ids: true}
	s := start(t, socketio.Options{Bus: b})
	m := s.member(t)
	id := m.so.ID()
	if got := b.told(); !slices.Contains(got, "/ "+id+" true") {
		t.Errorf("told %q when the client was connected", got)
	}
	m.gone()
	eventually(t, "the end is told", func() bool { return slices.Contains(b.told(), "/ "+id+" false") })
	refused := s.Of("/refused")
	refused.Use(func(context.Context, *socketio.Socket) error { return errors.New("no") })
	c := s.dial(t)
	c.send("0/refused,")
	c.expect(`4/refused,{"message":"internal error"}`)
	if got := b.told(); slices.ContainsFunc(got, func(note string) bool {
		return strings.HasPrefix(note, "/refused ") && strings.HasSuffix(note, " true") && note != "/refused  true"
	}) {
		t.Errorf("told %q of a client that was refused", got)
	}
}

func TestNeedsOfABusWithoutRooms(t *testing.T) {
	b := &curious{Bus: new(socketio.MemoryBus).Node()}
	s := start(t, socketio.Options{Bus: b})
	s.member(t, "r")
	s.Of("/x")
	if got := b.told(); !slices.Equal(got, []string{"/  true", "/x  true"}) {
		t.Errorf("told %q", got)
	}
}

// What a bus lost is told to the observer.
func TestBusLost(t *testing.T) {
	told := make(chan string, 10)
	b := script()
	start(t, socketio.Options{Bus: b, Observer: &socketio.Observer{BusLost: func(messages int, why error) {
		told <- fmt.Sprint(messages, " ", why)
		panic("an observer that fails")
	}}})
	b.Receive(&message{Kind: socketio.BusLost, Count: 3, Failure: "away"})
	b.Receive(&message{Kind: socketio.BusLost, Count: -3, Failure: "back"})
	if got := receive(t, told); got != "3 away" {
		t.Error(got)
	}
	if got := receive(t, told); got != "0 back" {
		t.Error(got)
	}
	b = script()
	start(t, socketio.Options{Bus: b})
	b.Receive(&message{Kind: socketio.BusLost, Failure: "nobody looks"})
}

// Messages that no server sends cost one warning a minute, whatever is wrong with them.
func TestImpossibleMessages(t *testing.T) {
	var log ledger
	b := script()
	s := start(t, socketio.Options{Bus: b, ServerName: "me", Logger: log.logger()})
	m := s.member(t)
	for range 100 {
		b.Receive(&message{From: "a", Failure: "no JSON"})
		b.Receive(&message{Kind: socketio.BusEmit, From: "a", Namespace: "/", Event: "disconnect"})
		b.Receive(&message{Kind: socketio.BusEmit, From: "a", Namespace: "/"})
		b.Receive(&message{Kind: socketio.BusEmit, From: "a", Namespace: "/", Event: "connect", Request: "1"})
		if answer := <-b.published; answer.Kind != socketio.BusCount || answer.Count != 0 || answer.Failure == "" {
			t.Fatalf("answer %+v", answer)
		}
	}
	b.Receive(&message{Kind: socketio.BusEmit, From: "a", Namespace: "/", Event: "fine"})
	m.expect(`2["fine"]`)
	if lines := log.warnings(); len(lines) != 1 || !strings.Contains(lines[0], "a message on the bus was skipped") || strings.Contains(lines[0], "ERROR") {
		t.Error(lines)
	}
}

// Whatever number a server tells, it neither overflows nor keeps the asker busy.
func TestForgedCounts(t *testing.T) {
	const most = int(^uint(0) >> 1)
	b := script("a", "b")
	s := start(t, socketio.Options{Bus: b})
	m := s.member(t)
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() { n, err := s.Of("/").CountSockets(t.Context()); done <- result{n, err} }()
	b.says(<-b.questions, counts("a", most), counts("b", most))
	if got := receive(t, done); got.n != most || got.err != nil {
		t.Error(got)
	}
	c, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	asked := make(chan error, 1)
	go func() {
		var last error
		for _, r := range s.Of("/").Ask(c, "q") {
			last = r.Err
		}
		asked <- last
	}()
	b.says(<-b.questions, counts("a", most), counts("b", 0))
	m.expect("2…")
	m.send("30[]")
	if err := receive(t, asked); err == nil || !strings.Contains(err.Error(), "too many to be asked") {
		t.Error(err)
	}
}

func TestNewHandshake(t *testing.T) {
	h := socketio.NewHandshake(nil, []byte(`{"token":"x"}`))
	var auth struct {
		Token string `json:"token"`
	}
	if err := h.Auth(&auth); err != nil || auth.Token != "x" || len(h.Query()) != 0 || len(h.Header()) != 0 {
		t.Error(auth, err)
	}
	if err := socketio.NewHandshake(nil, []byte("{")).Auth(&auth); err == nil {
		t.Error("broken JSON was read")
	}
}

// A client whose middleware has put it into rooms is connected when the bus hears them, or doesn't
// say so in time.
func TestABusThatSaysWhenItHears(t *testing.T) {
	b := &curious{Bus: new(socketio.MemoryBus).Node(), rooms: true, heard: make(chan struct{})}
	s := start(t, socketio.Options{Bus: b})
	s.Of("/").Use(func(_ context.Context, s *socketio.Socket) error { return s.Join("r") })
	hears := new(atomic.Bool)
	go func() {
		for !slices.Contains(b.told(), "/ r true") {
			runtime.Gosched()
		}
		hears.Store(true)
		close(b.heard)
	}()
	s.dial(t).join("/")
	if !hears.Load() {
		t.Error("connected before the bus hears the room")
	}
	hangs := &curious{Bus: new(socketio.MemoryBus).Node(), rooms: true, heard: make(chan struct{})}
	s = start(t, socketio.Options{Bus: hangs})
	s.Of("/").Use(func(_ context.Context, s *socketio.Socket) error { return s.Join("r") })
	s.dial(t).join("/")
}

// A bus knows most ids by their form, and is told of the others.
func TestNeedsOfUnusualIDs(t *testing.T) {
	ids := make(chan string, 3)
	ids <- "short"
	ids <- "0123456789abcdefghi-"
	ids <- "other"
	b := &curious{Bus: new(socketio.MemoryBus).Node(), rooms: true}
	s := start(t, socketio.Options{Bus: b, AllowEIO3: true, GenerateID: func(*http.Request) (string, error) { return <-ids, nil }})
	w := s.dial(t, "EIO=3")
	w.expect("0")
	eventually(t, "the id is told", func() bool { return slices.Contains(b.told(), "/ short true") })
	w.send("41")
	eventually(t, "its end is told", func() bool { return slices.Contains(b.told(), "/ short false") })
	s.dial(t, "EIO=3").expect("0")
	s.dial(t).join("/")
	if got := b.told(); !slices.Equal(got, []string{"/  true", "/ short true", "/ short false"}) {
		t.Errorf("told %q", got)
	}
}
