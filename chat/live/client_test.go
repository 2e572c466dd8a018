package live_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// A packet is one Socket.IO packet that a client got.
type packet struct {
	kind  byte // '0' connect, '1' disconnect, '2' event, '3' ack, '4' connect error
	ns    string
	id    int    // of an ack
	name  string // of an event
	data  object // first argument, payload
	text  string // first argument as JSON
	taken bool
}

// request is the kind of what the client itself asked, as the log shows it.
const request = '>'

type object = map[string]any

// A client is a scripted Socket.IO client over WebSocket. One goroutine uses it.
type client struct {
	t    testing.TB
	conn *websocket.Conn
	in   chan string
	log  []packet // all that came, in order
	id   int
}

// dial opens a connection with these headers.
func (r *rig) dial(header http.Header) *client {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	url := "ws" + strings.TrimPrefix(r.url, "http") + "/socket.io/?EIO=4&transport=websocket"
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: header, HTTPClient: r.clientFor(header)})
	if err != nil {
		r.t.Fatalf("dial: %v", err)
	}
	conn.SetReadLimit(-1)
	c := &client{t: r.t, conn: conn, in: make(chan string, 1<<14)}
	r.clients = append(r.clients, c)
	r.t.Cleanup(func() {
		conn.CloseNow()
		for text := range c.in { // what the test didn't look at
			c.take(text)
		}
		for _, p := range c.log {
			scan(r.t, p.name, p.text)
		}
	})
	go func() {
		defer close(c.in)
		for {
			_, data, err := conn.Read(context.Background())
			switch {
			case err != nil:
				return
			case string(data) == "2":
				_ = conn.Write(context.Background(), websocket.MessageText, []byte("3"))
			case data[0] == '4':
				c.in <- string(data[1:])
			}
		}
	}()
	return c
}

func (c *client) write(packet string) {
	c.t.Helper()
	if err := c.conn.Write(context.Background(), websocket.MessageText, []byte("4"+packet)); err != nil {
		c.t.Fatalf("write %.80q: %v", packet, err)
	}
}

// take parses a packet into the log.
func (c *client) take(text string) {
	p := packet{kind: text[0], ns: "/", id: -1}
	rest := text[1:]
	if strings.HasPrefix(rest, "/") {
		p.ns, rest, _ = strings.Cut(rest, ",")
	}
	digits := 0
	for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' {
		digits++
	}
	if digits > 0 {
		p.id, _ = strconv.Atoi(rest[:digits])
	}
	rest = rest[digits:]
	switch p.kind {
	case '2', '3':
		var args []json.RawMessage
		if err := json.Unmarshal([]byte(rest), &args); err != nil {
			c.t.Errorf("packet %q: %v", text, err)
			return
		}
		if p.kind == '2' {
			_ = json.Unmarshal(args[0], &p.name)
			args = args[1:]
		}
		if len(args) > 0 {
			p.text = string(args[0])
		}
	default:
		p.text = rest
	}
	_ = json.Unmarshal([]byte(p.text), &p.data) // stays nil for what isn't an object
	c.log = append(c.log, p)
}

// pump waits for one more packet; false = the connection has ended.
func (c *client) pump(what string) bool {
	c.t.Helper()
	select {
	case text, ok := <-c.in:
		if ok {
			c.take(text)
		}
		return ok
	case <-time.After(patience):
		c.t.Fatalf("%s didn't come", what)
		return false
	}
}

// find takes the first packet that fits and hasn't been taken, and waits for it.
func (c *client) find(what string, fits func(*packet) bool) packet {
	c.t.Helper()
	for i := 0; ; i++ {
		for i == len(c.log) {
			if !c.pump(what) {
				c.t.Fatalf("the connection ended before %s", what)
			}
		}
		if p := &c.log[i]; !p.taken && fits(p) {
			p.taken = true
			return *p
		}
	}
}

// connect enters a namespace; an error comes as packet of kind '4'.
func (c *client) connect(ns string) packet {
	c.t.Helper()
	c.write("0" + ns + ",")
	return c.find("the connection to "+ns, func(p *packet) bool { return (p.kind == '0' || p.kind == '4') && p.ns == ns })
}

// ask emits an event and waits for the answer.
func (c *client) ask(ns, event string, payload any) object {
	c.t.Helper()
	return c.answer(c.emit(ns, event, payload))
}

// emit sends an event that wants an answer.
func (c *client) emit(ns, event string, payload any) (id int) {
	c.t.Helper()
	c.id++
	c.log = append(c.log, packet{kind: request, ns: ns, id: c.id, name: event, taken: true})
	c.write(fmt.Sprintf("2%s,%d%s", ns, c.id, array(event, payload)))
	return c.id
}

func array(event string, payload any) string {
	if raw, ok := payload.(string); ok { // JSON of all arguments
		if raw == "" {
			return fmt.Sprintf("[%q]", event)
		}
		return fmt.Sprintf("[%q,%s]", event, raw)
	}
	b, _ := json.Marshal([]any{event, payload})
	return string(b)
}

func (c *client) answer(id int) object {
	c.t.Helper()
	return c.find("the answer "+strconv.Itoa(id), func(p *packet) bool { return p.kind == '3' && p.id == id }).data
}

// must is ask for what has to succeed.
func (c *client) must(ns, event string, payload any) object {
	c.t.Helper()
	reply := c.ask(ns, event, payload)
	if reply["ok"] != true {
		c.t.Fatalf("%s %v: %v", event, payload, reply)
	}
	return reply
}

// fails is ask for what has to fail; it returns the error.
func (c *client) fails(code, ns, event string, payload any) object {
	c.t.Helper()
	reply := c.ask(ns, event, payload)
	e, _ := reply["error"].(object)
	if reply["ok"] != false || e["code"] != code {
		c.t.Fatalf("%s %v: %v, want %s", event, payload, reply, code)
	}
	if text, _ := e["message"].(string); text == "" {
		c.t.Errorf("%s: error without message: %v", event, e)
	}
	if _, ok := e["retryable"].(bool); !ok {
		c.t.Errorf("%s: error without retryable: %v", event, e)
	}
	return e
}

// event waits for an event.
func (c *client) event(name string) object {
	c.t.Helper()
	return c.find("event "+name, func(p *packet) bool { return p.kind == '2' && p.name == name }).data
}

// rest lists the names of events that came and weren't taken.
func (c *client) rest() (names []string) {
	for _, p := range c.log {
		if p.kind == '2' && !p.taken {
			names = append(names, p.name)
		}
	}
	return names
}

// around shows the log before a packet, for messages of failures.
func (c *client) around(i int) string {
	var b strings.Builder
	for _, p := range c.log[max(0, i-12):min(len(c.log), i+4)] {
		fmt.Fprintf(&b, "%c %d %s %.100s\n", p.kind, p.id, p.name, p.text)
	}
	return b.String()
}

func (c *client) close() { c.conn.CloseNow() }

// scan fails when a password may be seen in what a client got.
func scan(t testing.TB, where, text string) {
	if strings.Contains(text, secret) || strings.Contains(text, "argon2") {
		t.Errorf("%s shows a password: %s", where, text)
	}
	var v any
	if text != "" && json.Unmarshal([]byte(text), &v) == nil {
		scanKeys(t, where, v)
	}
}

func scanKeys(t testing.TB, where string, v any) {
	switch v := v.(type) {
	case object:
		for key, inner := range v {
			if _, flag := inner.(bool); strings.Contains(strings.ToLower(key), "pass") && !flag {
				t.Errorf("%s: %s is %v", where, key, inner)
			}
			scanKeys(t, where, inner)
		}
	case []any:
		for _, inner := range v {
			scanKeys(t, where, inner)
		}
	}
}
