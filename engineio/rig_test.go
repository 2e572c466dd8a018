package engineio_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A rig is a server under test, reached over TCP or, inside a synctest bubble, over pipes. When the
// test ends it closes the server and checks for every session that was opened: its receiver was
// called by one goroutine at a time, and Closed came once, as the last call.
type rig struct {
	*engineio.Server
	t        *testing.T
	dial     func() (net.Conn, error)
	pipes    *pipeListener // inside a bubble
	client   *http.Client
	patience time.Duration
	opened   chan *session
	setup    func(*session)

	contextEnded func(*session, error)

	mu  sync.Mutex
	all []*session // guarded by mu
}

// newRig serves opts over TCP. Setup, if given, runs in the open callback.
func newRig(t *testing.T, opts engineio.Options, setup ...func(*session)) *rig {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	return startRig(t, opts, listener, 30*time.Second, func() (net.Conn, error) { return net.Dial("tcp", address) }, setup)
}

// bubble runs a test in a synctest bubble, with a rig whose connections are pipes.
func bubble(t *testing.T, opts engineio.Options, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(time.Minute) }) // timers end
		listener := newPipeListener()
		r := startRig(t, opts, listener, 24*time.Hour, listener.dial, nil)
		r.pipes = listener
		test(t, r)
	})
}

func startRig(t *testing.T, opts engineio.Options, listener net.Listener, patience time.Duration,
	dial func() (net.Conn, error), setup []func(*session)) *rig {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	r := &rig{t: t, dial: dial, patience: patience, opened: make(chan *session, 256)}
	for _, f := range setup {
		r.setup = f
	}
	transport := &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return dial() },
		DisableCompression: true,
	}
	r.client = &http.Client{Transport: transport}
	r.Server = engineio.New(opts, r.open)
	server := &http.Server{Handler: r.Server, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	var serving sync.WaitGroup
	serving.Go(func() { server.Serve(listener) })
	t.Cleanup(func() {
		r.Server.Close()
		r.check()
		transport.CloseIdleConnections()
		server.Close()
		serving.Wait()
	})
	return r
}

func (r *rig) open(socket *engineio.Socket) engineio.Receiver {
	s := &session{Socket: socket, rig: r, messages: make(chan message, 4096), ended: make(chan ending, 4)}
	if r.setup != nil {
		r.setup(s)
	}
	r.mu.Lock()
	r.all = append(r.all, s)
	r.mu.Unlock()
	r.opened <- s
	return s
}

func (r *rig) check() {
	eventually(r.t, "no session is left after Close", func() bool { return r.Count() == 0 })
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, s := range r.all {
		eventually(r.t, "Closed is delivered", func() bool { return s.closed.Load() > 0 })
		if n := s.closed.Load(); n != 1 {
			r.t.Errorf("session %d: Closed was called %d times", i, n)
		}
		if s.broken.Load() {
			r.t.Errorf("session %d: receiver called after Closed or by two goroutines at once", i)
		}
	}
}

// session waits for the next session that opens.
func (r *rig) session() *session {
	r.t.Helper()
	return receive(r.t, r.patience, "a session", r.opened)
}

// none fails when a session has opened that nobody asked about.
func (r *rig) none() {
	r.t.Helper()
	if len(r.opened) != 0 || r.Count() != 0 {
		r.t.Fatalf("a session was opened")
	}
}

type message struct {
	data   string
	binary bool
}

type ending struct {
	reason engineio.Reason
	err    error
}

// A session is the server's end of one: its socket, and what the receiver was told.
type session struct {
	*engineio.Socket
	rig      *rig
	messages chan message
	ended    chan ending
	handler  atomic.Pointer[func(message)] // instead of messages
	busy     atomic.Int32
	closed   atomic.Int32
	slow     atomic.Int64 // nanoseconds that Closed takes
	broken   atomic.Bool
}

func (s *session) Message(data []byte, binary bool) {
	if s.busy.Add(1) != 1 || s.closed.Load() != 0 {
		s.broken.Store(true)
	}
	if f := s.handler.Load(); f != nil {
		(*f)(message{string(data), binary})
	} else {
		s.messages <- message{string(data), binary}
	}
	s.busy.Add(-1)
}

// onMessage lets f have the messages.
func (s *session) onMessage(f func(message)) { s.handler.Store(&f) }

func (s *session) Closed(reason engineio.Reason, err error) {
	if s.busy.Add(1) != 1 {
		s.broken.Store(true)
	}
	time.Sleep(time.Duration(s.slow.Load()))
	s.Finish()
	if s.closed.Add(1) == 1 {
		s.ended <- ending{reason, err}
	}
	s.busy.Add(-1)
}

// got waits for the next messages and compares them; a message that starts with "binary:" is a
// binary one.
func (s *session) got(want ...string) {
	s.rig.t.Helper()
	for _, w := range want {
		m := receive(s.rig.t, s.rig.patience, "message "+head(w), s.messages)
		data, binary := strings.CutPrefix(w, "binary:")
		if m.binary != binary || m.data != data {
			s.rig.t.Fatalf("received %q (binary %v), want %q", head(m.data), m.binary, head(w))
		}
	}
}

// quiet fails when a message was received that got didn't ask for.
func (s *session) quiet() {
	s.rig.t.Helper()
	if len(s.messages) > 0 {
		s.rig.t.Fatalf("received %q", head((<-s.messages).data))
	}
}

// end waits for Closed.
func (s *session) end(want engineio.Reason) error {
	s.rig.t.Helper()
	e := receive(s.rig.t, s.rig.patience, "Closed", s.ended)
	if e.reason != want {
		s.rig.t.Fatalf("ended with %q (%v), want %q", e.reason, e.err, want)
	}
	eventually(s.rig.t, "the session is unknown", func() bool {
		_, ok := s.rig.Socket(s.ID())
		return !ok
	})
	if !s.Socket.Closed() {
		s.rig.t.Errorf("Socket.Closed is false after the end")
	}
	return e.err
}

// alive checks that the session goes on.
func (s *session) alive() {
	s.rig.t.Helper()
	if s.Socket.Closed() || s.closed.Load() != 0 {
		s.rig.t.Fatalf("the session has ended: %v", <-s.ended)
	}
}

// send sends texts; a text that starts with "binary:" is sent as binary.
func (s *session) send(texts ...string) {
	s.rig.t.Helper()
	for _, text := range texts {
		m := engineio.Text(text)
		if data, ok := strings.CutPrefix(text, "binary:"); ok {
			m = engineio.Binary([]byte(data))
		}
		if err := s.Send(m, 0); err != nil {
			s.rig.t.Fatalf("Send: %v", err)
		}
	}
}

func receive[T any](t *testing.T, patience time.Duration, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// eventually waits until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("it doesn't come true that %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func head(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// A pipeListener hands out the server's ends of pipes.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	room  int // how many writes of the server the network holds, at most 32 KiB each
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{}), room: 1 << 14}
}

func (l *pipeListener) dial() (net.Conn, error) {
	client, near := net.Pipe()
	far, server := net.Pipe()
	select {
	case l.conns <- server:
		go network(near, far, l.room)
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// network is what lies between both ends: it takes what the server writes at once, as a kernel
// does, while it has room.
func network(near, far net.Conn, room int) {
	buffer := make(chan []byte, room)
	go func() {
		defer close(buffer)
		for {
			p := make([]byte, 32<<10)
			n, err := far.Read(p)
			if err != nil {
				return
			}
			buffer <- p[:n]
		}
	}()
	go func() {
		io.Copy(far, near)
		io.Copy(io.Discard, near)
		far.Close()
	}()
	for p := range buffer {
		near.Write(p)
	}
	near.Close()
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, io.EOF
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
