package socketio_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// A plain is a parser of an application: the JSON form of packets as text, with the number of
// attachments, which follow.
type plain struct{}

type plainPacket struct {
	socketio.Packet
	Parts int `json:"parts,omitempty"`
}

func (plain) Encode(p *socketio.Packet) (text []byte, binary [][]byte, err error) {
	text, err = json.Marshal(plainPacket{*p, len(p.Attachments)})
	return text, p.Attachments, err
}

func (plain) NewDecoder(socketio.PacketLimits) socketio.Decoder {
	var p *plainPacket
	return func(part []byte, binary bool) (*socketio.Packet, error) {
		switch {
		case binary && p == nil:
			return nil, errors.New("bytes that belong to nothing")
		case binary:
			p.Attachments = append(p.Attachments, bytes.Clone(part))
		case p != nil:
			return nil, errors.New("text before all bytes are there")
		default:
			p = new(plainPacket)
			if err := json.Unmarshal(part, p); err != nil {
				return nil, err
			}
		}
		if len(p.Attachments) < p.Parts {
			return nil, nil
		}
		whole := &p.Packet
		p = nil
		return whole, nil
	}
}

// A squeezed is a parser around another one, whose text and bytes it compresses.
type squeezed struct{ socketio.Parser }

func (z squeezed) Encode(p *socketio.Packet) (text []byte, binary [][]byte, err error) {
	_, parts, err := z.Parser.Encode(p)
	if err != nil || len(parts) != 1 {
		return nil, nil, errors.Join(err, fmt.Errorf("%d parts", len(parts)))
	}
	return nil, [][]byte{squeeze(parts[0])}, nil
}

func squeeze(p []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestSpeed)
	w.Write(p)
	w.Close()
	return out.Bytes()
}

func (z squeezed) NewDecoder(l socketio.PacketLimits) socketio.Decoder {
	inner := z.Parser.NewDecoder(l)
	return func(part []byte, binary bool) (*socketio.Packet, error) {
		p, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(part)), int64(l.Bytes)+1))
		if err != nil || len(p) > l.Bytes {
			return nil, errors.Join(err, errors.New("too large"))
		}
		return inner(p, binary)
	}
}

func TestParserOfOnesOwn(t *testing.T) {
	s := start(t, socketio.Options{Parser: plain{}})
	ns := s.Of("/a")
	echo(ns)
	socketio.OnCall(ns, "sum", func(_ ctx, _ socket, a struct {
		socketio.Tuple
		X, Y int
		Data []byte
	}) ([]byte, error) {
		return append(a.Data, byte(a.X+a.Y)), nil
	})
	socketio.OnCall(ns, "turn", func(c ctx, so socket, q string) (socketio.Args, error) { return so.Ask(c, "question", q, []byte(q)) })
	ns.Use(func(_ ctx, so socket) error {
		var auth struct {
			Token string `json:"token"`
		}
		if err := so.Auth(&auth); err != nil || auth.Token != "t" {
			return &socketio.Error{Message: "no entry", Data: auth}
		}
		return nil
	})
	w := s.dial(t)
	w.send(`{"type":0,"nsp":"/a","data":{"token":"x"}}`)
	w.expect(`{"type":4,"nsp":"/a","data":{"message":"no entry","data":{"token":"x"}}}`)
	w.send(`{"type":0,"nsp":"/a","data":{"token":"t"}}`)
	w.expect(`{"type":0,"nsp":"/a","data":{"sid":"…`)
	w.send(`{"type":2,"nsp":"/a","id":7,"data":["sum",1,2,{"_placeholder":true,"num":0}],"parts":1}`, "b:xy")
	w.expect(`{"type":3,"nsp":"/a","id":7,"data":[{"_placeholder":true,"num":0}],"parts":1}`, "b:xy\x03")
	w.send(`{"type":2,"nsp":"/a","id":0,"data":["turn","why"]}`)
	w.expect(`{"type":2,"nsp":"/a","id":1,"data":["question","why",{"_placeholder":true,"num":0}],"parts":1}`, "b:why")
	w.send(`{"type":3,"nsp":"/a","id":1,"data":["because"]}`)
	w.expect(`{"type":3,"nsp":"/a","id":0,"data":["because"]}`)

	got := make(chan string, 1)
	go func() {
		for _, reply := range ns.Ask(t.Context(), "all", 1) {
			got <- fmt.Sprint(reply.Value, reply.Err)
		}
	}()
	w.expect(`{"type":2,"nsp":"/a","id":2,"data":["all",1]}`)
	w.send(`{"type":3,"nsp":"/a","id":2,"data":["yes"]}`)
	if text := receive(t, got); text != `["yes"] <nil>` {
		t.Error(text)
	}
	for so := range ns.Sockets() {
		so.Disconnect()
	}
	w.expect(`{"type":1,"nsp":"/a"}`)
}

// The offset of recovery stands behind the arguments, and what was missed comes in the form of the
// parser.
func TestRecoveryWithAParserOfOnesOwn(t *testing.T) {
	s := start(t, socketio.Options{Parser: plain{}, Recovery: &socketio.RecoveryOptions{}})
	ns := s.Of("/")
	offset := func(text string) string {
		t.Helper()
		var p socketio.Packet
		var args socketio.Args
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(text, err)
		}
		if err := p.Decode(&args); err != nil {
			t.Fatal(text, err)
		}
		var offset string
		if err := args.Decode(args.Len()-1, &offset); err != nil {
			t.Fatal(text, err)
		}
		return offset
	}
	w := s.dial(t)
	w.send(`{"type":0,"nsp":"/"}`)
	var hello struct{ Data struct{ PID string } }
	if err := json.Unmarshal([]byte(w.next()), &hello); err != nil {
		t.Fatal(err)
	}
	const emitters, events = 4, 50
	var all sync.WaitGroup
	for range emitters { // the one that is slower encodes again
		all.Go(func() {
			for i := range events {
				if err := ns.Emit("x", i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	last := ""
	for range emitters * events {
		last = offset(w.next())
	}
	w.gone()
	eventually(t, "it is gone", func() bool { return ns.CountLocalSockets() == 0 })
	if err := ns.Emit("missed", []byte("b")); err != nil {
		t.Fatal(err)
	}
	w = s.dial(t)
	w.send(fmt.Sprintf(`{"type":0,"nsp":"/","data":{"pid":%q,"offset":%q}}`, hello.Data.PID, last))
	if got := w.next(); !strings.HasPrefix(got, `{"type":2,"nsp":"/","data":["missed",{"_placeholder":true,"num":0},"`) {
		t.Error(got)
	}
	w.expect("b:b", `{"type":0,…`)
}

// An emit inside Encode, of all places, finds no lock held.
func TestEncodeThatEmits(t *testing.T) {
	p := &echoing{}
	s := start(t, socketio.Options{Parser: p, Recovery: &socketio.RecoveryOptions{}})
	p.ns = s.Of("/")
	echo(p.ns)
	s.Of("/no").Use(func(ctx, socket) error { return &socketio.Error{Message: "no"} })
	w := s.dial(t)
	w.send(`{"type":0,"nsp":"/"}`)
	w.expect(`{"type":0,…`)
	if err := p.ns.Emit("x", 1); err != nil {
		t.Fatal(err)
	}
	w.expect(`{"type":2,"nsp":"/","data":["inner",…`, `{"type":2,"nsp":"/","data":["x",…`)
	w.send(`{"type":2,"nsp":"/","id":1,"data":["echo"]}`, `{"type":0,"nsp":"/no"}`)
	answers := []string{w.next(), w.next()}
	slices.Sort(answers)
	if !strings.HasPrefix(answers[0], `{"type":3`) || !strings.HasPrefix(answers[1], `{"type":4`) {
		t.Error(answers)
	}
	only(t, p.ns).Disconnect()
	w.expect(`{"type":1,"nsp":"/"}`)
}

// An echoing parser emits an event when it is to encode one the first time, and looks around with
// every packet.
type echoing struct {
	plain
	ns   *socketio.Namespace
	done atomic.Bool
}

func (e *echoing) Encode(p *socketio.Packet) ([]byte, [][]byte, error) {
	for so := range e.ns.Sockets() {
		so.Rooms()
		_ = so.Join(fmt.Sprint("r", p.Type))
	}
	if p.Type == socketio.PacketEvent && !e.done.Swap(true) {
		_ = e.ns.Emit("inner")
	}
	return e.plain.Encode(p)
}

func TestParserAroundAnother(t *testing.T) {
	s := start(t, socketio.Options{Parser: squeezed{socketio.ParserMsgpack}})
	echo(s.Of("/"))
	var _, other socketio.Parser = squeezed{}, squeezed{socketio.ParserMsgpack}
	decode := other.NewDecoder(socketio.PacketLimits{Depth: 10, Attachments: 10, Bytes: 1000})
	say := func(w *wire, p socketio.Packet) {
		t.Helper()
		_, parts, err := other.Encode(&p)
		if err != nil {
			t.Fatal(err)
		}
		w.send("b:" + string(parts[0]))
	}
	hear := func(w *wire) *socketio.Packet {
		t.Helper()
		p, err := decode([]byte(strings.TrimPrefix(w.next(), "b:")), true)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	w := s.dial(t)
	say(w, socketio.Packet{Type: socketio.PacketConnect})
	if p := hear(w); p.Type != socketio.PacketConnect || p.Namespace != "/" {
		t.Error(p)
	}
	event := socketio.Packet{Type: socketio.PacketEvent, ID: new(uint64)}
	if err := event.SetData([]any{"echo", []byte("bytes"), "text"}); err != nil {
		t.Fatal(err)
	}
	say(w, event)
	p := hear(w)
	var reply struct {
		socketio.Tuple
		Bytes []byte
		Text  string
	}
	if err := p.Decode(&reply); err != nil || string(reply.Bytes) != "bytes" || reply.Text != "text" || p.Type != socketio.PacketAck || *p.ID != 0 {
		t.Errorf("%+v, %+v, %v", p, reply, err)
	}
}

// A rogue parser does with one packet what it shouldn't; CONNECT is as in plain.
type rogueParser struct {
	plain
	encode func(*socketio.Packet) ([]byte, [][]byte, error)
	decode func(part []byte, binary bool) (*socketio.Packet, error)
	maker  func() socketio.Decoder
}

func (r rogueParser) Encode(p *socketio.Packet) ([]byte, [][]byte, error) {
	if r.encode != nil && p.Type != socketio.PacketConnect {
		return r.encode(p)
	}
	return r.plain.Encode(p)
}

func (r rogueParser) NewDecoder(l socketio.PacketLimits) socketio.Decoder {
	if r.maker != nil {
		return r.maker()
	}
	plain := r.plain.NewDecoder(l)
	return func(part []byte, binary bool) (*socketio.Packet, error) {
		if r.decode != nil && !bytes.HasPrefix(part, []byte(`{"type":0`)) {
			return r.decode(part, binary)
		}
		return plain(part, binary)
	}
}

// What a parser makes of a message may be anything: the connection ends, and the next one finds the
// server well.
func TestParsersThatDecodeNonsense(t *testing.T) {
	event := func(change func(*socketio.Packet)) *socketio.Packet {
		p := &socketio.Packet{Type: socketio.PacketEvent, Namespace: "/", Data: []byte(`["echo"]`)}
		change(p)
		return p
	}
	deep := strings.Repeat("[", 20) + strings.Repeat("]", 20)
	for name, c := range map[string]struct {
		packet *socketio.Packet
		code   string
	}{
		"an unknown type":            {event(func(p *socketio.Packet) { p.Type = 5 }), socketio.CodeBadPacket},
		"a type far off":             {event(func(p *socketio.Packet) { p.Type = 255 }), socketio.CodeBadPacket},
		"a namespace without slash":  {event(func(p *socketio.Packet) { p.Namespace = "a" }), socketio.CodeBadPacket},
		"a namespace with a comma":   {event(func(p *socketio.Packet) { p.Namespace = "/,7" }), socketio.CodeBadPacket},
		"a namespace that is long":   {event(func(p *socketio.Packet) { p.Namespace = "/" + strings.Repeat("a", 2000) }), socketio.CodeBadPacket},
		"another namespace":          {event(func(p *socketio.Packet) { p.Namespace = "/elsewhere" }), ""},
		"an event of no name":        {event(func(p *socketio.Packet) { p.Data = []byte(`[]`) }), socketio.CodeBadPacket},
		"an event that is an object": {event(func(p *socketio.Packet) { p.Data = []byte(`{}`) }), socketio.CodeBadPacket},
		"an event that is null":      {event(func(p *socketio.Packet) { p.Data = []byte(`null`) }), socketio.CodeBadPacket},
		"data that is a number":      {event(func(p *socketio.Packet) { p.Data = []byte(`7["echo"]`) }), socketio.CodeBadPacket},
		"data that isn't JSON":       {event(func(p *socketio.Packet) { p.Data = []byte(`["echo",`) }), socketio.CodeBadPacket},
		"a reserved name":            {event(func(p *socketio.Packet) { p.Data = []byte(`["connect"]`) }), socketio.CodeBadPacket},
		"a CONNECT with a text":      {&socketio.Packet{Type: socketio.PacketConnect, Namespace: "/b", Data: []byte(`"x"`)}, socketio.CodeBadPacket},
		"a CONNECT with attachments": {&socketio.Packet{Namespace: "/b", Attachments: [][]byte{{1}}}, socketio.CodeBadPacket},
		"a CONNECT_ERROR":            {&socketio.Packet{Type: socketio.PacketConnectError, Data: []byte(`"x"`)}, ""},
		"too deep":                   {event(func(p *socketio.Packet) { p.Data = []byte(`["echo",` + deep + `]`) }), socketio.CodeTooDeep},
		"too many attachments":       {event(func(p *socketio.Packet) { p.Attachments = make([][]byte, 3) }), socketio.CodeTooManyAttachments},
		"a placeholder of nothing": {event(func(p *socketio.Packet) {
			p.Data, p.Attachments = []byte(`["echo",{"_placeholder":true,"num":1}]`), make([][]byte, 1)
		}), socketio.CodeBadPacket},
	} {
		t.Run(name, func(t *testing.T) {
			misread(t, rogueParser{decode: func([]byte, bool) (*socketio.Packet, error) { return c.packet, nil }}, c.code)
		})
	}
	for name, p := range map[string]rogueParser{
		"an error":        {decode: func([]byte, bool) (*socketio.Packet, error) { return nil, errors.New("no") }},
		"a panic":         {decode: func([]byte, bool) (*socketio.Packet, error) { panic("boom") }},
		"a packet beside": {decode: func([]byte, bool) (*socketio.Packet, error) { return new(socketio.Packet), errors.New("no") }},
	} {
		t.Run(name, func(t *testing.T) { misread(t, p, socketio.CodeBadPacket) })
	}
	for name, maker := range map[string]func() socketio.Decoder{
		"no decoder": func() socketio.Decoder { return nil }, "a panic for each connection": func() socketio.Decoder { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			told, log := make(chan *engineio.ConnectionError, 10), new(ledger)
			s := start(t, socketio.Options{
				Parser: rogueParser{maker: maker}, Logger: log.logger(),
				OnConnectionError: func(e *engineio.ConnectionError) { told <- e },
			})
			w := s.dial(t)
			w.send(`{"type":0}`)
			w.expect(closed)
			if e := receive(t, told); e.Name != socketio.BrokenPacket {
				t.Error(e)
			}
			log.says(t, "the parser panicked")
		})
	}
}

// misread has a client send what a parser takes for something else.
func misread(t *testing.T, p rogueParser, code string) {
	t.Helper()
	told := make(chan error, 10)
	s := start(t, socketio.Options{
		Parser: p, MaxDepth: 10, MaxAttachments: 2,
		OnError: func(_ context.Context, _ socket, _ string, err error) { told <- err },
	})
	echo(s.Of("/"))
	for range 2 {
		w := s.dial(t)
		w.send(`{"type":0,"nsp":"/"}`)
		w.expect(`{"type":0,…`)
		w.send("whatever")
		w.expect(closed)
		if code == "" {
			continue
		}
		if e, ok := errors.AsType[*socketio.Error](receive(t, told)); !ok || e.Code != code {
			t.Error(e)
		}
	}
}

// A parser may be unable to encode a packet, and say so in any way.
func TestParsersThatEncodeNonsense(t *testing.T) {
	event := socketio.NewEvent[int]("x")
	for name, encode := range map[string]func(*socketio.Packet) ([]byte, [][]byte, error){
		"an error":            func(*socketio.Packet) ([]byte, [][]byte, error) { return nil, nil, errors.New("no") },
		"a panic":             func(*socketio.Packet) ([]byte, [][]byte, error) { panic("boom") },
		"nothing":             func(*socketio.Packet) ([]byte, [][]byte, error) { return nil, nil, nil },
		"a text of no UTF-8":  func(*socketio.Packet) ([]byte, [][]byte, error) { return []byte("\xff"), nil, nil },
		"a text of separator": func(*socketio.Packet) ([]byte, [][]byte, error) { return []byte("a\x1eb"), nil, nil },
	} {
		for _, recovery := range []*socketio.RecoveryOptions{nil, {}} {
			t.Run(fmt.Sprint(name, " ", recovery != nil), func(t *testing.T) {
				told := make(chan string, 10)
				s := start(t, socketio.Options{
					Parser: rogueParser{encode: encode}, Recovery: recovery,
					OnError: func(_ context.Context, _ socket, event string, _ error) { told <- event },
				})
				ns := s.Of("/")
				echo(ns)
				s.Of("/no").Use(func(ctx, socket) error { return &socketio.Error{Message: "no"} })
				connect := func(nsp string) *wire {
					w := s.dial(t)
					w.send(fmt.Sprintf(`{"type":0,"nsp":%q}`, nsp))
					return w
				}
				w := connect("/")
				w.expect(`{"type":0,…`)
				so := only(t, ns)
				if _, err := so.Ask(t.Context(), "x"); err == nil {
					t.Error("asked")
				}
				for _, to := range []socketio.Emitter{so, ns, so.Volatile()} {
					if err := event.Emit(to, 1); err == nil {
						t.Error("emitted")
					}
				}
				w.send(`{"type":2,"id":1,"data":["echo"]}`)
				for range 2 { // of the answer, and of the error in its place
					if event := receive(t, told); event != "echo" {
						t.Error(event)
					}
				}
				connect("/no").expect(closed)
				so.Disconnect() // can't be said: the connection ends with it
				w.expect(closed)
				w = connect("/")
				w.expect(`{"type":0,…`)
			})
		}
	}
}

// Parts that never become a packet are waited for no longer than attachments, and no more of them
// are held.
func TestParserThatNeverHasEnough(t *testing.T) {
	hungry := rogueParser{decode: func([]byte, bool) (*socketio.Packet, error) { return nil, nil }}
	t.Run("too much", func(t *testing.T) {
		told := make(chan error, 10)
		s := start(t, socketio.Options{
			Parser: hungry, MaxPayload: 1000, OnError: func(_ context.Context, _ socket, _ string, err error) { told <- err },
		})
		w := s.dial(t)
		w.send(`{"type":0,"nsp":"/"}`)
		w.expect(`{"type":0,…`)
		w.send(strings.Repeat("x", 600), "b:"+strings.Repeat("x", 401))
		w.expect(closed)
		if e, ok := errors.AsType[*socketio.Error](receive(t, told)); !ok || e.Code != socketio.CodeTooLarge {
			t.Error(e)
		}
	})
	t.Run("too long", func(t *testing.T) {
		ends := make(chan socketio.Reason, 1)
		s := start(t, socketio.Options{Parser: hungry, AttachmentTimeout: 20 * time.Millisecond})
		s.Of("/").OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
		w := s.dial(t)
		w.send(`{"type":0,"nsp":"/"}`)
		w.expect(`{"type":0,…`)
		w.send("x")
		w.expect(closed)
		if why := receive(t, ends); why != socketio.ReasonAttachmentTimeout {
			t.Error(why)
		}
	})
}

// A parser gets each message on polling too, and its binary parts as such.
func TestParserOfOnesOwnOnPolling(t *testing.T) {
	s := start(t, socketio.Options{Parser: plain{}})
	echo(s.Of("/"))
	request := s.poll(t, "EIO=4")
	request("POST", `4{"type":0,"nsp":"/"}`)
	if got := request("GET", ""); !strings.HasPrefix(got, `4{"type":0,"nsp":"/"`) {
		t.Fatal(got)
	}
	request("POST", `4{"type":2,"nsp":"/","id":1,"data":["echo",{"_placeholder":true,"num":0}],"parts":1}`+"\x1ebAQI=")
	want := []string{`4{"type":3,"nsp":"/","id":1,"data":[{"_placeholder":true,"num":0}],"parts":1}`, "bAQI="}
	var got []string
	for len(got) < len(want) {
		got = append(got, strings.Split(request("GET", ""), "\x1e")...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
