package bustest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/bustest"
)

// A bus made of nothing but the documentation: a hub and connections of loopback TCP that carry
// lines of JSON.
func TestTCPBus(t *testing.T) {
	bustest.Run(t, func(t testing.TB) bustest.Cluster {
		h := newHub(t)
		return bustest.Cluster{
			Bus:         func() socketio.Bus { return &tcpBus{address: h.Addr().String()} },
			Cut:         func(b socketio.Bus) { b.(*tcpBus).cut() },
			Heal:        func(b socketio.Bus) { b.(*tcpBus).heal() },
			StopBroker:  h.stop,
			StartBroker: h.begin,
			Patience:    nodetest.Patience,
		}
	})
}

// A frame is a line. To a hub: the name of a new member or a message. To a member: who is there,
// who left, or a message.
type frame struct {
	Name    string               `json:",omitempty"`
	Here    []string             `json:",omitempty"`
	Left    string               `json:",omitempty"`
	Message *socketio.BusMessage `json:",omitempty"`
}

// A hub is the broker: it hands what a member says to the others, and tells them who is there.
type hub struct {
	net.Listener

	mu      sync.Mutex
	away    bool               // guarded by mu
	members map[string]*member // guarded by mu
	conns   map[net.Conn]bool  // guarded by mu
}

type member struct {
	conn net.Conn
	out  chan frame
	quit chan struct{}
}

func newHub(t testing.TB) *hub {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{Listener: l, members: make(map[string]*member), conns: make(map[net.Conn]bool)}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.mu.Lock()
			if h.away {
				conn.Close()
			} else {
				h.conns[conn] = true
				all.Go(func() { h.serve(conn) })
			}
			h.mu.Unlock()
		}
	})
	t.Cleanup(func() { l.Close(); h.stop(); all.Wait() })
	return h
}

func (h *hub) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = true
	for conn := range h.conns {
		conn.Close()
	}
}

func (h *hub) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = false
}

func (h *hub) serve(conn net.Conn) {
	defer func() { conn.Close(); h.mu.Lock(); delete(h.conns, conn); h.mu.Unlock() }()
	lines := json.NewDecoder(bufio.NewReader(conn))
	var hello frame
	if lines.Decode(&hello) != nil || hello.Name == "" {
		return
	}
	m := &member{conn, make(chan frame, 100_000), make(chan struct{})}
	h.mu.Lock()
	if h.members[hello.Name] != nil || h.away {
		h.mu.Unlock()
		return
	}
	h.members[hello.Name] = m
	h.tell()
	h.mu.Unlock()
	var writer sync.WaitGroup
	writer.Go(func() {
		enc := json.NewEncoder(conn)
		for {
			select {
			case f := <-m.out:
				if enc.Encode(f) != nil {
					conn.Close()
					return
				}
			case <-m.quit:
				return
			}
		}
	})
	for {
		var f frame
		if lines.Decode(&f) != nil {
			break
		}
		h.mu.Lock()
		for name, other := range h.members {
			if name != hello.Name && (f.Message.To == "" || f.Message.To == name) {
				other.send(f)
			}
		}
		h.mu.Unlock()
	}
	close(m.quit)
	h.mu.Lock()
	delete(h.members, hello.Name)
	for _, other := range h.members {
		other.send(frame{Left: hello.Name})
	}
	h.mu.Unlock()
	conn.Close()
	writer.Wait()
}

func (m *member) send(f frame) {
	select {
	case m.out <- f:
	default:
		m.conn.Close()
	}
}

// tell sends everybody the list. It needs mu.
func (h *hub) tell() {
	var names []string
	for name := range h.members {
		names = append(names, name)
	}
	for _, m := range h.members {
		m.send(frame{Here: names})
	}
}

// A tcpBus keeps nothing while the hub is away.
type tcpBus struct {
	address string
	server  socketio.BusServer
	end     chan struct{}
	done    sync.WaitGroup

	mu      sync.Mutex
	more    *sync.Cond // out has grown, or the connection has ended
	broken  bool       // by cut; guarded by mu
	stopped bool       // guarded by mu
	conn    net.Conn   // guarded by mu
	joined  bool       // the hub has said who is there; guarded by mu
	out     []frame    // guarded by mu
	peers   []string   // guarded by mu
}

var errAway = errors.New("the hub is away")

func (b *tcpBus) Start(s socketio.BusServer) (stop func()) {
	b.server, b.end, b.more = s, make(chan struct{}), sync.NewCond(&b.mu)
	b.done.Go(b.run)
	return func() {
		b.mu.Lock()
		b.stopped = true
		if b.conn != nil {
			b.conn.Close()
		}
		b.mu.Unlock()
		close(b.end)
		b.done.Wait()
	}
}

// run connects again and again.
func (b *tcpBus) run() {
	for {
		b.session()
		select {
		case <-b.end:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// session is one connection to the hub.
func (b *tcpBus) session() {
	b.mu.Lock()
	skip := b.broken || b.stopped
	b.mu.Unlock()
	if skip {
		return
	}
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		return
	}
	defer conn.Close()
	b.mu.Lock()
	if b.broken || b.stopped {
		b.mu.Unlock()
		return
	}
	b.conn = conn
	b.mu.Unlock()
	if json.NewEncoder(conn).Encode(frame{Name: b.server.Name}) != nil {
		return
	}
	over := false
	var writer sync.WaitGroup
	writer.Go(func() {
		w := bufio.NewWriter(conn)
		enc := json.NewEncoder(w)
		for {
			b.mu.Lock()
			for len(b.out) == 0 && !over {
				b.more.Wait()
			}
			out := b.out
			b.out = nil
			stop := over
			b.mu.Unlock()
			if stop {
				return
			}
			for _, f := range out {
				enc.Encode(f)
			}
			w.Flush()
		}
	})
	lines := json.NewDecoder(bufio.NewReader(conn))
	for {
		var f frame
		if lines.Decode(&f) != nil {
			break
		}
		switch {
		case f.Message != nil:
			b.server.Receive(f.Message)
		case f.Left != "":
			b.mu.Lock()
			b.peers = slices.DeleteFunc(b.peers, func(n string) bool { return n == f.Left })
			b.mu.Unlock()
			b.server.Receive(&socketio.BusMessage{Kind: socketio.BusLeft, From: f.Left})
		default:
			b.mu.Lock()
			b.joined = true
			b.peers = slices.DeleteFunc(f.Here, func(n string) bool { return n == b.server.Name })
			b.mu.Unlock()
		}
	}
	b.mu.Lock()
	over = true
	b.joined, b.conn, b.out = false, nil, nil
	gone := b.peers
	b.peers = nil
	b.more.Broadcast()
	b.mu.Unlock()
	conn.Close()
	writer.Wait()
	for _, name := range gone {
		b.server.Receive(&socketio.BusMessage{Kind: socketio.BusLeft, From: name})
	}
}

func (b *tcpBus) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = true
	if b.conn != nil {
		b.conn.Close()
	}
}

func (b *tcpBus) heal() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = false
}

func (b *tcpBus) Publish(m *socketio.BusMessage) error {
	_, err := b.Ask(context.Background(), m)
	return err
}

func (b *tcpBus) Ask(_ context.Context, m *socketio.BusMessage) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.joined {
		return nil, errAway
	}
	if len(b.out) > 100_000 {
		return nil, socketio.ErrSlow
	}
	b.out = append(b.out, frame{Message: m})
	b.more.Broadcast()
	return slices.Clone(b.peers), nil
}

func (b *tcpBus) Peers(context.Context) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.joined {
		return nil, errAway
	}
	return slices.Clone(b.peers), nil
}
