package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/exampletest"
	"github.com/madang-chat/madang/socketio/siotest"
)

// listen serves io on a free port. Done ends both.
func listen(io *socketio.Server) (url string, done func()) {
	h := httptest.NewServer(io)
	return h.URL, func() { io.Close(); h.Close() }
}

// A page stands for a browser with the official client in the examples. Like JavaScript it does one
// thing at a time, and what goes wrong panics.
type page struct {
	conn    *wstest.Conn
	prefix  string // of its packets: the namespace
	asked   int
	waiting []string // events that came before an ack
	id      string   // of its socket
	refused string   // connect_error instead

	pid, offset string // with recovery
}

// open connects to a namespace, such as "/", with auth unless it is nil. Header holds pairs for the
// request.
func open(url, namespace string, auth any, header ...string) *page {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := wstest.Dial(ctx, url+"/socket.io/?EIO=4&transport=websocket", nil, h)
	orPanic(err)
	p := &page{conn: conn}
	if namespace != "/" {
		p.prefix = namespace + ","
	}
	p.read() // the open packet
	hello := ""
	if auth != nil {
		hello = toJSON(auth)
	}
	p.write("40" + p.prefix + hello)
	for {
		text := p.read()
		if body, no := strings.CutPrefix(text, "44"+p.prefix); no {
			p.refused = body
			return p
		}
		if body, yes := strings.CutPrefix(text, "40"+p.prefix); yes {
			var connected struct{ SID, PID string }
			orPanic(json.Unmarshal([]byte(body), &connected))
			p.id, p.pid = connected.SID, connected.PID
			return p
		}
		p.waiting = append(p.waiting, text) // what it missed
	}
}

// back connects again as a client does whose connection broke.
func (p *page) back(url string) *page {
	return open(url, "/", map[string]string{"pid": p.pid, "offset": p.offset})
}

func (p *page) close() { p.conn.CloseNow() }

// emit is socket.emit(name, ...args).
func (p *page) emit(name string, args ...any) {
	p.write("42" + p.prefix + toJSON(append([]any{name}, args...)))
}

// ask is socket.emitWithAck(name, ...args); it returns the ack's arguments.
func (p *page) ask(name string, args ...any) string {
	p.asked++
	id := strconv.Itoa(p.asked)
	p.write("42" + p.prefix + id + toJSON(append([]any{name}, args...)))
	for {
		text := p.read()
		if answer, ok := strings.CutPrefix(text, "43"+p.prefix+id); ok {
			return answer
		}
		p.waiting = append(p.waiting, text)
	}
}

// next is the next event with its arguments. A binary one is shown with its attachments behind it.
func (p *page) next() string {
	_, event := p.event()
	return event
}

// answer acknowledges the next event and returns it.
func (p *page) answer(v any) string {
	id, event := p.event()
	p.write("43" + p.prefix + id + toJSON([]any{v}))
	return event
}

func (p *page) event() (id, event string) {
	var text string
	if len(p.waiting) > 0 {
		text, p.waiting = p.waiting[0], p.waiting[1:]
	} else {
		text = p.read()
	}
	begin := strings.IndexByte(text, '[')
	if begin < 0 {
		return "", text // the end of the socket or of the connection
	}
	id, event = strings.TrimPrefix(text[2:begin], p.prefix), text[begin:]
	if rest, binary := strings.CutPrefix(text, "451-"); binary {
		id, event = "", rest[strings.IndexByte(rest, '['):]+" "+p.read()
	}
	if p.pid != "" {
		end := strings.LastIndex(event, `,"`)
		p.offset, event = strings.Trim(event[end:], `,"]`), event[:end]+"]"
	}
	return id, event
}

// read is the next packet, "closed" behind the last one.
func (p *page) read() string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	kind, data, err := p.conn.Read(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		return "closed"
	case err != nil:
		panic(err)
	case kind == wstest.Binary:
		return fmt.Sprintf("%x", data)
	}
	return string(data)
}

func (p *page) write(packet string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	orPanic(p.conn.Write(ctx, wstest.Text, []byte(packet)))
}

func toJSON(v any) string {
	text, err := json.Marshal(v)
	orPanic(err)
	return string(text)
}

func orPanic(err error) {
	if err != nil {
		panic(err)
	}
}

// soon is a context for what a client should answer at once.
func soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 10*time.Second)
}

// A test lets a client lose its network and come back: it is the same socket, and what it missed
// arrives.
func Example_reconnect() {
	t := new(exampletest.T) // in a test: t *testing.T
	defer t.End()
	s := siotest.NewServer(t, socketio.Options{Recovery: &socketio.RecoveryOptions{}})
	ns := s.Of("/")
	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		if s.Recovery() == socketio.RecoveryFull {
			return s.Emit("welcome back")
		}
		return errors.Join(s.Join("tea"), s.Emit("welcome"))
	})

	c := siotest.Dial(t, s, "/", siotest.Options{})
	c.Expect("welcome")
	c.Drop()   // as a broken network does
	c.Reason() // the server has noticed
	ns.To("tea").Emit("said", "while you were away")

	// the official client does it by itself
	again := siotest.Dial(t, s, "/", siotest.Options{Auth: c.Session()})
	again.Expect("said", "while you were away")
	again.Expect("welcome back")
	fmt.Println(again.ID() == c.ID())
	// Output: true
}
