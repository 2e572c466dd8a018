package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/wstest"
)

// A pilot is a client of the churn test. Unlike a wire it never fails a test, as anything may end
// at any moment, and it may begin on polling. It answers heartbeats and every question.
type pilot struct {
	http   *http.Client
	url    string // of the engine, with its query
	cancel context.CancelFunc
	ctx    context.Context
	silent bool // answers no heartbeats
	reads  sync.WaitGroup

	launched time.Time

	joins chan string   // answers to CONNECT: the secret of recovery, if there is one
	ends  chan struct{} // closed when nothing more comes

	held    chan struct{} // closed when the polling has stopped for an upgrade
	sending sync.Mutex    // one request brings packets at a time, and none during an upgrade
	left    bool          // guarded by sending

	mu     sync.Mutex
	conn   *wstest.Conn // guarded by mu
	hold   bool         // the polling is to stop; guarded by mu
	offset string       // of the last event in the main namespace; guarded by mu
}

var errRefused = errors.New("refused")

// launch opens a connection.
func launch(parent context.Context, client *http.Client, base, transport string, silent bool) (*pilot, error) {
	ctx, cancel := context.WithCancel(parent)
	p := &pilot{
		http: client, url: base + "/socket.io/?EIO=4", ctx: ctx, cancel: cancel, silent: silent, launched: time.Now(),
		joins: make(chan string, 8), ends: make(chan struct{}), held: make(chan struct{}),
	}
	if err := p.open(transport); err != nil {
		cancel()
		return nil, err
	}
	return p, nil
}

func (p *pilot) open(transport string) error {
	if transport == "websocket" {
		if err := p.dial(); err != nil {
			return err
		}
		p.reads.Go(func() { defer close(p.ends); p.read() })
		return nil
	}
	p.url += "&transport=polling"
	open, err := p.request(http.MethodGet, "")
	if err != nil {
		return err
	}
	var hello struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(open, "0")), &hello); err != nil {
		return err
	}
	p.url += "&sid=" + hello.SID
	p.reads.Go(func() {
		defer close(p.ends)
		if p.poll() {
			p.read()
		}
	})
	return nil
}

func (p *pilot) dial() error {
	url := strings.Replace(p.url, "&transport=polling", "", 1) + "&transport=websocket"
	conn, err := wstest.Dial(p.ctx, url, p.http, nil)
	if err == nil {
		p.mu.Lock()
		p.conn = conn
		p.mu.Unlock()
	}
	return err
}

func (p *pilot) request(method, body string) (string, error) {
	r, err := http.NewRequestWithContext(p.ctx, method, p.url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	resp, err := p.http.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%w: %s", errRefused, text)
	}
	return string(text), err
}

// upgrade goes from polling to WebSocket.
func (p *pilot) upgrade() error {
	p.sending.Lock()
	defer p.sending.Unlock()
	if err := p.dial(); err != nil {
		return err
	}
	if err := p.conn.Write(p.ctx, wstest.Text, []byte("2probe")); err != nil {
		return err
	}
	_, answer, err := p.conn.Read(p.ctx)
	if err != nil || string(answer) != "3probe" {
		return fmt.Errorf("answer to the probe: %q, %w", answer, err)
	}
	p.mu.Lock()
	p.hold = true
	p.mu.Unlock()
	select { // the server releases a request that waits
	case <-p.held:
	case <-p.ends:
		return net.ErrClosed
	}
	return p.conn.Write(p.ctx, wstest.Text, []byte("5"))
}

// poll reports whether the connection goes on as WebSocket.
func (p *pilot) poll() bool {
	for {
		p.mu.Lock()
		hold := p.hold
		p.mu.Unlock()
		if hold {
			close(p.held)
			return true
		}
		text, err := p.request(http.MethodGet, "")
		if err != nil {
			return false
		}
		for packet := range strings.SplitSeq(text, "\x1e") {
			if packet == "1" {
				return false
			}
			p.take(packet)
		}
	}
}

func (p *pilot) read() {
	for {
		kind, data, err := p.conn.Read(p.ctx)
		if err != nil {
			p.conn.CloseNow()
			return
		}
		if kind == wstest.Text {
			p.take(string(data))
		}
	}
}

// take settles one packet of the engine.
func (p *pilot) take(packet string) {
	switch {
	case packet == "2":
		if !p.silent {
			p.answer("3")
		}
	case strings.HasPrefix(packet, "40"):
		var hello struct{ PID string }
		if _, object, ok := strings.Cut(packet, "{"); ok && json.Unmarshal([]byte("{"+object), &hello) == nil {
			p.joins <- hello.PID
		}
	case strings.HasPrefix(packet, "42"):
		head, args, _ := strings.Cut(packet[2:], "[")
		if id := head[strings.LastIndexByte(head, ',')+1:]; id != "" {
			p.answer("43" + head + "[1]")
		} else if head == "" {
			p.note(args)
		}
	}
}

// note keeps the offset of an event, its last argument.
func (p *pilot) note(args string) {
	if args, quoted := strings.CutSuffix(args, `"]`); quoted {
		p.mu.Lock()
		p.offset = args[strings.LastIndexByte(args, '"')+1:]
		p.mu.Unlock()
	}
}

// answer sends without holding up the reading. What belongs to a namespace that the client has left
// stays unsaid.
func (p *pilot) answer(packet string) {
	p.reads.Go(func() {
		p.sending.Lock()
		defer p.sending.Unlock()
		if !p.left || packet == "3" {
			_ = p.transmit(packet) // fails when the connection has ended
		}
	})
}

// leave goes out of the main namespace.
func (p *pilot) leave() error {
	p.sending.Lock()
	defer p.sending.Unlock()
	p.left = true
	return p.transmit("41")
}

// send sends packets of the engine.
func (p *pilot) send(packets ...string) error {
	p.sending.Lock()
	defer p.sending.Unlock()
	return p.transmit(packets...)
}

// transmit needs sending.
func (p *pilot) transmit(packets ...string) error {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	if conn == nil {
		_, err := p.request(http.MethodPost, strings.Join(packets, "\x1e"))
		return err
	}
	for _, text := range packets {
		if err := conn.Write(p.ctx, wstest.Text, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// gone ends everything without a word.
func (p *pilot) gone() {
	p.cancel()
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	if conn != nil {
		conn.CloseNow()
	}
	p.reads.Wait()
}

// A pipeListener hands out the server's ends of pipes, so that connections are read by a goroutine
// each.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
