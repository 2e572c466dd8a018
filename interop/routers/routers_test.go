package routers

import (
	"cmp"
	"flag"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
)

func TestMain(m *testing.M) {
	// They wait more than they compute. What the command line says wins: it is read later.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	leak.Main(m)
}

// A row is one thing to stand behind.
type row struct {
	name string // what: how, as in docs/guide/behind.md

	front   func(io http.Handler) http.Handler // nil: nothing
	serve   serve                              // nil: plain
	options func(*socketio.Options)            // nil: defaults
	path    string                             // that clients ask for; "": /socket.io/

	quiet       time.Duration // how long nothing is said in the middle of a conversation; 0: 300 ms
	noWebSocket bool          // one is refused, and clients stay on polling
	logs        []string      // words of the lines that the log gets; it gets no others
	header      string        // what is in front adds it to the first answer, the 101 too
	plain       bool          // nothing comes compressed
}

// What the log gets.
const (
	hidden = "no WebSocket gets through"
	early  = "polling requests are answered before their time"
	slow   = "hides the deadlines of the connection"
	// A wrapper that has held the 101 back hands it on at the end of the request, when nobody can
	// use it any more.
	belated = "net/http: http: response.WriteHeader on hijacked connection"
)

// rows lists all of them, by the file that knows the router.
func rows() []row {
	return slices.Concat(
		netHTTPRows(), wrapperRows(), deadlineRows(), serverRows(), chiRows(), ginRows(), echoRows(), gorillaRows(), httprouterRows(),
		fiberRows(), compressionRows(), middlewareRows(), stackedRows(), proxyRows(),
	)
}

func TestRouters(t *testing.T) {
	node := startNode(t)
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.run(t, node)
		})
	}
}

var transports = []string{"polling", "websocket", "upgrade"}

func (r row) run(t *testing.T, node *nodeClient) {
	a := newApp(r.options)
	h := http.Handler(a.io)
	if r.front != nil {
		h = r.front(h)
	}
	start := r.serve
	if start == nil {
		start = plain
	}
	e := start(t, h, a.journal)
	t.Cleanup(func() { a.io.Close() }) // before the server, which waits for its requests
	path, quiet := cmp.Or(r.path, "/socket.io/"), cmp.Or(r.quiet, 300*time.Millisecond)

	var results []<-chan result
	if node != nil {
		for _, transport := range transports {
			results = append(results, node.start(t, job{
				URL: e.url, Path: path, Unix: e.unix, Transport: transport, Quiet: quiet.Milliseconds(), WebSocket: !r.noWebSocket,
			}))
		}
	}
	b := &browser{e, path}
	t.Run("raw poll", func(t *testing.T) { r.poll(t, a, b, quiet) })
	t.Run("raw large answer", func(t *testing.T) { r.largeAnswer(t, b) })
	t.Run("raw WebSocket", func(t *testing.T) { r.webSocket(t, a, b) })
	t.Run("raw upgrade", func(t *testing.T) { r.upgrade(t, a, b) })
	t.Run("raw file", func(t *testing.T) { r.file(t, b) })
	t.Run("raw disconnect", func(t *testing.T) { r.disconnect(t, a, b) })
	for i, transport := range transports {
		t.Run("client "+transport, func(t *testing.T) {
			nodetest.Need(t, nodetest.Packages)
			r.conversation(t, a, results[i])
		})
	}
	t.Run("log", func(t *testing.T) { a.journal.check(t, r.logs) })
}

// conversation looks at what the official client has told of itself.
func (r row) conversation(t *testing.T, a *app, done <-chan result) {
	select {
	case got := <-done:
		if got.Error != "" {
			t.Fatal(got.Error)
		}
		if got.Socket != "" {
			a.wantEnd(t, got.Socket, socketio.ReasonClientDisconnect)
		}
	case <-time.After(jobTime):
		t.Fatal("the client didn't tell how it went")
	}
}

// poll: a handshake, packets both ways, a silence that costs few requests, and a handshake that is
// still known after it.
func (r row) poll(t *testing.T, a *app, b *browser, quiet time.Duration) {
	s := b.open(t)
	if r.header != "" && s.opened.header.Get(r.header) == "" {
		t.Errorf("the answer to the handshake has no %s: %v", r.header, s.opened.header)
	}
	s.post(t, `42["later",0]`)
	s.expect(t, `42["now"]`)
	select {
	case packet := <-s.packets:
		t.Fatalf("in the silence came %.80q, %v", packet, s.err)
	case <-time.After(quiet):
	}
	s.post(t, `420["echo","마당 👋"]`)
	s.expect(t, `430["마당 👋"]`)
	if most := 6 + int32(quiet/(200*time.Millisecond)); s.polls.Load() > most {
		t.Errorf("%d polls were answered in %v of silence: they don't wait", s.polls.Load(), quiet)
	}
	s.post(t, `421["handshake"]`)
	if got := s.expect(t, "431["); !strings.HasPrefix(got, `431["a1 `+userAgent) || strings.Contains(got, laterHost) {
		t.Errorf("what is kept of the handshake became %s", got)
	}
	s.leave()
}

// largeAnswer: what is compressed is compressed once, and only for who takes it.
func (r row) largeAnswer(t *testing.T, b *browser) {
	s := b.open(t)
	want := `430["` + big(100_000) + `"]`
	s.post(t, `420["big",100000]`)
	if got := s.expect(t, "430["); got != want {
		t.Errorf("got %d bytes %.40q, want %d bytes %.40q", len(got), got, len(want), want)
	}
	s.leave()
	if want := map[bool]int{false: 1}[r.plain]; len(s.encodings) != want {
		t.Errorf("the Content-Encoding is %q, want %d", s.encodings, want)
	}
}

// webSocket: one 101, then frames; the end of the connection is noticed.
func (r row) webSocket(t *testing.T, a *app, b *browser) {
	target := b.path + "?EIO=4&transport=websocket"
	if r.noWebSocket {
		if _, status := b.requestUpgrade(t, target, "Upgrade"); status < 400 {
			t.Errorf("status %d, want a refusal", status)
		}
		return
	}
	s := b.upgrade(t, target, "Upgrade")
	if r.header != "" && s.header.Get(r.header) == "" {
		t.Errorf("the 101 has no %s: %v", r.header, s.header)
	}
	s.expect(t, `0{"sid":"`)
	s.send(t, "40")
	id := joined(t, s.expect(t, "40{"))
	s.send(t, `420["echo","마당 👋"]`)
	s.expect(t, `430["마당 👋"]`)
	s.send(t, `421["big",100000]`)
	if got, want := s.expect(t, "431["), `431["`+big(100_000)+`"]`; got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	s.Close()
	a.wantEnd(t, id, socketio.ReasonTransportClose, socketio.ReasonTransportError)
}

// upgrade: a session on polling goes on over a WebSocket. Firefox sends this Connection header.
func (r row) upgrade(t *testing.T, a *app, b *browser) {
	s := b.open(t)
	target := strings.Replace(s.target, "transport=polling", "transport=websocket", 1)
	if r.noWebSocket {
		if _, status := b.requestUpgrade(t, target, "keep-alive, Upgrade"); status < 400 {
			t.Errorf("status %d, want a refusal", status)
		}
		s.post(t, `420["echo",1]`) // polling goes on
		s.expect(t, `430[1]`)
		s.leave()
		return
	}
	w := b.upgrade(t, target, "keep-alive, Upgrade")
	w.send(t, "2probe")
	w.expect(t, "3probe")
	w.send(t, "5")
	w.send(t, `420["echo","over"]`)
	w.expect(t, `430["over"]`)
	s.leave()
	w.send(t, `421["echo","and out"]`)
	w.expect(t, `431["and out"]`)
	w.Close()
	a.wantEnd(t, s.id, socketio.ReasonTransportClose, socketio.ReasonTransportError)
}

// file: the script that pages load, whole in every encoding, and not again while it is the same.
func (r row) file(t *testing.T, b *browser) {
	target := b.path + "socket.io.js"
	for _, accept := range []string{"gzip, deflate, br, zstd", "gzip", "deflate, gzip;q=0.5", ""} {
		a := b.get(t, target, "Accept-Encoding", accept)
		if a.status != http.StatusOK || a.body != string(script()) {
			t.Errorf("for %q: status %d, %d bytes %.40q, want %d bytes", accept, a.status, len(a.body), a.body, len(script()))
		}
		if kind := a.header.Get("Content-Type"); !strings.Contains(kind, "javascript") {
			t.Errorf("for %q: Content-Type %q", accept, kind)
		}
		if encoded := a.header.Get("Content-Encoding") != ""; encoded != (accept != "" && !r.plain) {
			t.Errorf("for %q: Content-Encoding %q", accept, a.header.Get("Content-Encoding"))
		}
		etag := a.header.Get("Etag")
		if etag == "" {
			t.Errorf("for %q: no Etag", accept)
			continue
		}
		again := b.get(t, target, "Accept-Encoding", accept, "If-None-Match", etag)
		if again.status != http.StatusNotModified || len(again.raw) > 0 {
			t.Errorf("for %q with Etag: status %d, %d bytes", accept, again.status, len(again.raw))
		}
	}
	if a := b.send(t, http.MethodHead, target, ""); a.status != http.StatusOK || len(a.raw) > 0 {
		t.Errorf("HEAD: status %d, %d bytes", a.status, len(a.raw))
	}
}

// disconnect: a closed tab takes its waiting request with it.
func (r row) disconnect(t *testing.T, a *app, b *browser) {
	s := b.open(t)
	for waited := false; !waited; waited = s.waiting.Load() { // else it answers a ping
		time.Sleep(50 * time.Millisecond) // the next poll is on its way
	}
	s.leave()
	a.wantEnd(t, s.id, socketio.ReasonTransportError, socketio.ReasonTransportClose, socketio.ReasonPingTimeout)
}
