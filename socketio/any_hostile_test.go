package socketio_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A lonelyBus has servers that say what the test does.
type lonelyBus struct {
	peers []string
	self  socketio.BusServer

	mu   sync.Mutex
	left int                    // calls of Peers until all leave; 0: never; guarded by mu
	sent []*socketio.BusMessage // guarded by mu
}

func (b *lonelyBus) Start(s socketio.BusServer) (stop func()) { b.self = s; return func() {} }

func (b *lonelyBus) Publish(m *socketio.BusMessage) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, m)
	return nil
}

func (b *lonelyBus) Ask(context.Context, *socketio.BusMessage) ([]string, error) { return b.peers, nil }

func (b *lonelyBus) Peers(context.Context) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left > 0 {
		if b.left--; b.left == 0 {
			b.peers = nil
		}
	}
	return b.peers, nil
}

func (b *lonelyBus) messages() []*socketio.BusMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent
}

// said are the events of tunnel messages that were sent, with their failures.
func (b *lonelyBus) said(id string) (events []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.sent {
		if m.Kind == socketio.BusTunnel && m.Request == id {
			events = append(events, m.Event+" "+m.Failure)
		}
	}
	return events
}

func hear(b *lonelyBus, from, id, event string, count int, data string) {
	args, _ := socketio.ArgsOf([]byte(data))
	b.self.Receive(&socketio.BusMessage{Kind: socketio.BusTunnel, From: from, To: b.self.Name, Request: id, Event: event, Count: count, Args: args})
}

func TestHostileTunnels(t *testing.T) {
	bus := &lonelyBus{peers: []string{"x"}}
	s := socketio.New(socketio.Options{Bus: bus, ServerName: "me", ForwardSessions: true, Logger: slog.New(slog.DiscardHandler)})
	defer s.Close()
	const half = "POST /socket.io/?transport=polling&EIO=4&sid=x HTTP/1.1\r\nHost: x\r\n"
	last := func(id string) string {
		var last string
		eventually(t, "an end for "+id, func() bool {
			events := bus.said(id)
			if len(events) > 0 {
				last = events[len(events)-1]
			}
			return strings.HasPrefix(last, "end")
		})
		return last
	}
	for name, say := range map[string]func(id string){
		"nothing was opened":   func(id string) { hear(bus, "x", id, "data", 0, "x") },
		"credit for nothing":   func(id string) { hear(bus, "x", id, "credit", 5, "") },
		"an unknown event":     func(id string) { hear(bus, "x", id, "?", 5, "") },
		"a gap":                func(id string) { hear(bus, "x", id, "open", 0, half); hear(bus, "x", id, "data", 2, half) },
		"the same twice":       func(id string) { hear(bus, "x", id, "open", 0, half); hear(bus, "x", id, "data", 0, half) },
		"opened twice":         func(id string) { hear(bus, "x", id, "open", 0, half); hear(bus, "x", id, "open", 0, half) },
		"opened in the middle": func(id string) { hear(bus, "x", id, "open", 7, half) },
		"too much":             func(id string) { hear(bus, "x", id, "open", 0, strings.Repeat("x", 257<<10)) },
		"too much credit":      func(id string) { hear(bus, "x", id, "open", 0, half); hear(bus, "x", id, "credit", 1, "") },
		"credit below zero":    func(id string) { hear(bus, "x", id, "open", 0, half); hear(bus, "x", id, "credit", -1<<31, "") },
		"no HTTP":              func(id string) { hear(bus, "x", id, "open", 0, "\x16\x03\x01 hello\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			say(name)
			last(name)
			bus.self.Receive(&socketio.BusMessage{Kind: socketio.BusLeft, From: "x"})
			eventually(t, "nothing is left", func() bool { return socketio.Tunnels(s) == 0 })
		})
	}
	// Without a name or an id there is nobody to answer.
	hear(bus, "", "id", "open", 0, half)
	hear(bus, "x", "", "open", 0, half)
	if n := socketio.Tunnels(s); n > 0 {
		t.Errorf("%d tunnels", n)
	}
}

// An owner that leaves between two looks isn't waited for.
func TestOwnerLeavesMeanwhile(t *testing.T) {
	for looks := 1; looks < 4; looks++ {
		bus := &lonelyBus{peers: []string{"x"}, left: looks}
		s := socketio.New(socketio.Options{Bus: bus, ServerName: "me", ForwardSessions: true, Logger: slog.New(slog.DiscardHandler)})
		r := httptest.NewRequest("POST", "/socket.io/?EIO=4&transport=polling&sid="+socketio.OwnerMark("x")+strings.Repeat("A", 14), strings.NewReader("3"))
		w := httptest.NewRecorder()
		done := make(chan struct{})
		go func() { defer close(done); s.ServeHTTP(w, r) }()
		if looks == 3 { // it is there when the request is sent
			eventually(t, "a tunnel", func() bool { return len(bus.messages()) > 0 })
			bus.Peers(t.Context())
			bus.self.Receive(&socketio.BusMessage{Kind: socketio.BusLeft, From: "x"})
		}
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatalf("left after %d looks: no answer", looks)
		}
		if w.Code != 400 || w.Body.String() != unknown {
			t.Errorf("left after %d looks: %d %q", looks, w.Code, w.Body)
		}
		s.Close()
	}
}

func TestTunnelsOff(t *testing.T) {
	bus := &lonelyBus{}
	s := socketio.New(socketio.Options{Bus: bus, ServerName: "me", Logger: slog.New(slog.DiscardHandler)})
	defer s.Close()
	hear(bus, "x", "1", "open", 0, "GET / HTTP/1.1\r\n\r\n")
	if got := bus.said("1"); len(got) != 1 || !strings.Contains(got[0], "ForwardSessions") {
		t.Errorf("%q", got)
	}
}

func TestForwardSessionsAndIDs(t *testing.T) {
	defer func() {
		if v := recover(); v == nil || !strings.Contains(v.(string), "GenerateID") {
			t.Errorf("New panics with %v", v)
		}
	}()
	socketio.New(socketio.Options{ForwardSessions: true, GenerateID: func(*http.Request) (string, error) { return "", nil }})
}

// Each byte says something in one of a few tunnels; the rest of the input is what it says.
func FuzzTunnel(f *testing.F) {
	f.Add([]byte{0, 1, 8, 3, 2}, []byte("GET /socket.io/?transport=polling&EIO=4&sid=x HTTP/1.1\r\nHost: x\r\n\r\n"))
	f.Add([]byte{0, 1, 1, 1, 64, 65, 66}, []byte("POST /socket.io/?transport=polling&EIO=4&sid=x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"))
	f.Fuzz(func(t *testing.T, script, data []byte) {
		bus := &lonelyBus{peers: []string{"x"}}
		s := socketio.New(socketio.Options{Bus: bus, ServerName: "me", ForwardSessions: true, Logger: slog.New(slog.DiscardHandler)})
		defer s.Close()
		events := []string{"open", "data", "credit", "end", "left", "?"}
		counts := map[string]int{}
		for _, b := range script {
			event, id := events[int(b&7)%len(events)], string('a'+rune(b>>3&3))
			if event == "left" {
				bus.self.Receive(&socketio.BusMessage{Kind: socketio.BusLeft, From: "x"})
				continue
			}
			if event == "open" {
				counts[id] = 0
			}
			count := counts[id]
			if b&0x80 != 0 {
				count = int(int8(b)) * 1000
			}
			hear(bus, "x", id, event, count, string(data))
			counts[id]++
		}
		if n := socketio.MostUnread(s); n > 256<<10 {
			t.Fatalf("%d bytes wait", n)
		}
	})
}
