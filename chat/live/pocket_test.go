package live_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
	"github.com/madang-chat/madang/chat/sqlite"
)

// pipes are a network inside the test, where time is the test's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// from is the server's end of a connection.
type from struct{ net.Conn }

func (from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }

// phone is the other end: in a pocket it neither reads nor writes, and tells nobody.
type phone struct {
	mu    sync.Mutex
	awake chan struct{} // guarded by mu; closed while it is in the hand
}

func (p *phone) pocket() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.awake = make(chan struct{})
}

func (p *phone) hand() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.awake)
}

func (p *phone) wait() {
	p.mu.Lock()
	awake := p.awake
	p.mu.Unlock()
	<-awake
}

type radio struct {
	net.Conn
	of *phone
}

func (r radio) Read(b []byte) (int, error) {
	r.of.wait()
	n, err := r.Conn.Read(b)
	r.of.wait()
	return n, err
}

func (r radio) Write(b []byte) (int, error) {
	r.of.wait()
	return r.Conn.Write(b)
}

// The limits are those that there are when nobody sets any, and so are the pings. Whoever comes
// back finds the room, what she had said, and what was said meanwhile once, whether she was alone
// or not.
func TestM2PhoneInAPocket(t *testing.T) {
	for _, gone := range []time.Duration{20 * time.Second, 75 * time.Second, 10 * time.Minute, 3 * time.Hour} {
		for _, alone := range []bool{true, false} {
			name := gone.String()
			if alone {
				name += " alone"
			}
			t.Run(name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "chat.db")
				synctest.Test(t, func(t *testing.T) { inAPocket(t, path, gone, alone) })
			})
		}
	}
}

func inAPocket(t *testing.T, path string, gone time.Duration, alone bool) {
	r, on := startInside(t, path, chat.Limits{})
	ann, bob := r.person(), r.person()
	room := ann.room(chat.NewRoom{})
	a := ann.tab()
	joined := a.must("/chat", "join", object{"room": room})
	color := joined["me"].(object)["user"]
	first := a.must("/chat", "chat", object{"room": room, "chat": "before", "cid": "1"})
	var b *client
	if !alone {
		b = bob.tab()
		b.must("/chat", "join", object{"room": room})
	}
	synctest.Wait()
	on(ann).pocket()
	wants := []string{"before"}
	for range 5 {
		time.Sleep(gone / 5)
		if !alone {
			b.must("/chat", "chat", object{"room": room, "chat": "meanwhile"})
			wants = append(wants, "meanwhile")
		}
	}
	on(ann).hand()
	again := ann.tab()
	back := again.must("/chat", "join", object{"room": room, "since": object{"epoch": joined["epoch"], "rev": first["rev"]}})
	if back["reset"] == true || back["me"].(object)["user"] != color {
		t.Errorf("came back to %v", back)
	}
	var said []string
	for _, m := range back["messages"].([]any) {
		if m := m.(object); m["kind"] != "system" {
			said = append(said, m["chat"].(string))
		}
	}
	if len(said) != len(wants)-1 {
		t.Errorf("missed %q, want %q without the first", said, wants)
	}
	if dup := again.must("/chat", "chat", object{"room": room, "chat": "before", "cid": "1"}); dup["dup"] != true || dup["seq"] != first["seq"] {
		t.Errorf("sent again: %v", dup)
	}
	again.must("/chat", "chat", object{"room": room, "chat": "what she had written"})
	whole := again.must("/chat", "history", object{"room": room, "limit": 100})
	var all []string
	for _, m := range whole["messages"].([]any) {
		if m := m.(object); m["kind"] != "system" {
			all = append(all, m["chat"].(string))
		}
	}
	if len(all) != len(wants)+1 || all[len(all)-1] != "what she had written" {
		t.Errorf("the room has %q", all)
	}
	people := 2
	if alone {
		people = 1
	}
	if v, err := r.house.Room(room); err != nil || v.Count != people {
		t.Errorf("%d people, %v", v.Count, err)
	}
}

// inside runs a test in a synctest bubble, with a server in a network of pipes: what takes no time
// there takes none that the server has chosen.
func inside(t *testing.T, limits chat.Limits, test func(t *testing.T, r *rig)) {
	path := filepath.Join(t.TempDir(), "chat.db")
	synctest.Test(t, func(t *testing.T) {
		r, _ := startInside(t, path, limits)
		test(t, r)
	})
}

// startInside starts a server in a network of pipes. on is the phone of a person.
func startInside(t *testing.T, path string, limits chat.Limits) (r *rig, on func(*person) *phone) {
	r = &rig{t: t, log: new(logged), url: "http://madang.test"}
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Durability: sqlite.Normal})
	if err != nil {
		t.Fatal(err)
	}
	if r.house, err = chat.Open(context.Background(), chat.Options{Store: store, Limits: limits}); err != nil {
		t.Fatal(err)
	}
	r.door = live.New(live.Options{House: r.house})
	network := &pipes{make(chan net.Conn), make(chan struct{})}
	server := &http.Server{Handler: r.door}
	served := make(chan error)
	go func() { served <- server.Serve(network) }()
	phones := map[string]*phone{}
	var mu sync.Mutex
	phoneOf := func(token string) *phone {
		mu.Lock()
		defer mu.Unlock()
		p := phones[token]
		if p == nil {
			p = &phone{awake: make(chan struct{})}
			close(p.awake)
			phones[token] = p
		}
		return p
	}
	r.clientOf = func(header http.Header) *http.Client {
		return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			network.conns <- from{theirs}
			return radio{ours, phoneOf(header.Get("Cookie"))}, nil
		}}}
	}
	t.Cleanup(func() {
		if err := errors.Join(r.door.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		<-served
		if err := r.house.Close(); err != nil {
			t.Error(err)
		}
	})
	return r, func(p *person) *phone { return phoneOf("sid=" + p.token) }
}
