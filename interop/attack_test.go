package interop

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An attack is all that one address does to a server at a time. Each of its connections misbehaves
// until it is closed, and a new one takes its place after a rest: so two processors have time for
// visitors.
type attack struct {
	server string
	tries  atomic.Int64 // connections begun
	held   atomic.Int64 // open at the moment
	most   atomic.Int64
}

const (
	attacker   = "127.0.0.2"
	attackRest = 3 * time.Second
	drip       = time.Second // between two bytes of what never ends
)

// attacks are the kinds, with the connections that try each of them: 1,100 together, more than the
// server has descriptors.
var attacks = []struct {
	name        string
	connections int
	run         func(*enemy)
}{
	{"refused bodies", 150, func(e *enemy) {
		e.head("POST", "", "Content-Length: 200000\r\n")
		e.dribble("x")
	}},
	{"bodies of a session", 100, func(e *enemy) {
		e.head("POST", e.poll(), "Transfer-Encoding: chunked\r\n")
		e.dribble("1\r\n4\r\n")
	}},
	{"abandoned polling", 70, func(e *enemy) {
		for e.poll() != "" {
			time.Sleep(100 * time.Millisecond)
		}
	}},
	{"headers", 150, func(e *enemy) {
		e.send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: doors.test\r\n")
		e.dribble("X: y\r\n")
	}},
	{"upgrades", 100, func(e *enemy) {
		e.websocket(e.poll())
		e.wait()
	}},
	{"WebSockets in silence", 100, func(e *enemy) {
		e.websocket("")
		e.wait()
	}},
	{"frames", 100, func(e *enemy) {
		e.websocket("")
		e.send("\x81\xff" + string(binary.BigEndian.AppendUint64(nil, 90_000)) + "\x00\x00\x00\x00" + "4")
		e.dribble("2")
	}},
	{"nothing", 150, func(e *enemy) { e.wait() }},
	{"coming and going", 20, func(e *enemy) {
		e.websocket("")
		e.frame(0x81, []byte("40"))
		time.Sleep(50 * time.Millisecond)
	}},
	{"attachments", 50, func(e *enemy) {
		e.websocket("")
		e.frame(0x81, []byte("40"))
		e.frame(0x81, []byte(`4510-["echo",{"_placeholder":true,"num":0}]`))
		for range 9 {
			e.frame(0x82, attachment)
		}
		e.wait()
	}},
	{"unread polls", 50, func(e *enemy) {
		sid := e.poll()
		e.post(sid, `40`)
		e.post(sid, `42["more"]`)
		e.head("GET", sid, "")
		time.Sleep(drip)
		e.sleep()
	}},
	{"unread WebSockets", 30, func(e *enemy) {
		e.websocket("")
		e.frame(0x81, []byte("40"))
		for range 80 {
			e.frame(0x81, []byte(`42["more"]`))
			time.Sleep(drip / 10)
		}
		e.sleep()
	}},
	{"unread files", 30, func(e *enemy) {
		e.send("GET /socket.io/socket.io.js HTTP/1.1\r\nHost: doors.test\r\n\r\n")
		e.sleep()
	}},
}

var attachment = make([]byte, 9_999)

// run attacks until the context ends.
func (a *attack) run(ctx context.Context) {
	var all sync.WaitGroup
	for _, kind := range attacks {
		for i := range kind.connections {
			all.Go(func() {
				// They come not all at once.
				rest := attackRest * time.Duration(i) / time.Duration(kind.connections)
				for sleep(ctx, rest) {
					a.connect(ctx, kind.run)
					rest = attackRest
				}
			})
		}
	}
	all.Wait()
}

// sleep reports whether the context goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func (a *attack) connect(ctx context.Context, run func(*enemy)) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(attacker)}}
	conn, err := dialer.DialContext(ctx, "tcp", a.server)
	if err != nil {
		return
	}
	a.tries.Add(1)
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	held := a.held.Add(1)
	defer a.held.Add(-1)
	for most := a.most.Load(); held > most && !a.most.CompareAndSwap(most, held); most = a.most.Load() {
	}
	defer func() {
		if cause := recover(); cause != nil && cause != errGone {
			panic(cause)
		}
	}()
	run(&enemy{ctx, conn, bufio.NewReader(conn)})
}

// An enemy is one connection of the attack. Its methods panic with errGone when the server has
// ended it.
type enemy struct {
	ctx  context.Context
	conn net.Conn
	in   *bufio.Reader
}

var errGone = fmt.Errorf("the server has closed the connection")

func (e *enemy) send(text string) {
	if _, err := io.WriteString(e.conn, text); err != nil {
		panic(errGone)
	}
}

func (e *enemy) head(method, sid, header string) {
	e.send(method + " /socket.io/?EIO=4&transport=polling" + sid + " HTTP/1.1\r\nHost: doors.test\r\n" + header + "\r\n")
}

func (e *enemy) answer() string {
	res, err := http.ReadResponse(e.in, nil)
	if err != nil {
		panic(errGone)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.Close {
		panic(errGone)
	}
	return string(body)
}

// poll opens a session and returns what its URLs have more.
func (e *enemy) poll() string {
	e.head("GET", "", "")
	_, rest, _ := strings.Cut(e.answer(), `"sid":"`)
	sid, _, ok := strings.Cut(rest, `"`)
	if !ok {
		panic(errGone)
	}
	return "&sid=" + sid
}

func (e *enemy) post(sid, packet string) {
	e.head("POST", sid, fmt.Sprintf("Content-Length: %d\r\n", len(packet)))
	e.send(packet)
	e.answer()
}

func (e *enemy) websocket(sid string) {
	e.send("GET /socket.io/?EIO=4&transport=websocket" + sid + " HTTP/1.1\r\nHost: doors.test\r\n" +
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
	if res, err := http.ReadResponse(e.in, nil); err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		panic(errGone)
	}
}

// frame sends a frame under a mask of zeros.
func (e *enemy) frame(first byte, payload []byte) {
	header := []byte{first, 0x80 | byte(len(payload))}
	if len(payload) > 125 {
		header = binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(len(payload)))
	}
	e.send(string(header) + "\x00\x00\x00\x00" + string(payload))
}

// dribble sends a little now and then until the server hangs up.
func (e *enemy) dribble(text string) {
	go io.Copy(io.Discard, e.in) // ends with the connection
	for sleep(e.ctx, drip) {
		e.send(text)
	}
}

// wait reads until the server hangs up.
func (e *enemy) wait() { io.Copy(io.Discard, e.in) }

// sleep doesn't even read.
func (e *enemy) sleep() { sleep(e.ctx, 20*time.Second) }
