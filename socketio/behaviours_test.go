package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

// The tests of this file prove lines of interop/BEHAVIOURS.md that no other test proves.

func TestCL09PortIsFreeAgain(t *testing.T) {
	address := "127.0.0.1:0"
	for range 3 {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal("the port is taken:", err)
		}
		address = listener.Addr().String()
		s := &server{Server: socketio.New(socketio.Options{Logger: slog.New(slog.DiscardHandler)}), url: "http://" + address}
		h := &http.Server{Handler: s}
		served := make(chan error, 1)
		go func() { served <- h.Serve(listener) }()

		w := s.client(t)
		request := s.poll(t, "EIO=4")
		request("POST", "40")
		if err := errors.Join(s.Close(), h.Shutdown(t.Context())); err != nil {
			t.Fatal(err)
		}
		w.expect(closed)
		if err := receive(t, served); err != http.ErrServerClosed {
			t.Error(err)
		}
	}
}

func TestAT01SeveralHTTPServers(t *testing.T) {
	s := start(t, socketio.Options{})
	echo(s.Of("/"))
	late := http.NewServeMux()
	second := httptest.NewServer(late)
	t.Cleanup(second.Close)
	if got := status(t, second.URL+"/socket.io/?EIO=4&transport=polling"); got != http.StatusNotFound {
		t.Error("before it is attached:", got)
	}
	late.Handle("/socket.io/", s)
	a, b := s.client(t), (&server{Server: s.Server, url: second.URL}).client(t)
	if err := s.Of("/").Emit("x"); err != nil {
		t.Fatal(err)
	}
	a.expect(`2["x"]`)
	b.expect(`2["x"]`)
	t.Cleanup(second.CloseClientConnections)
}

func TestAT02OtherPathsAreTheApplications(t *testing.T) {
	s := socketio.New(socketio.Options{Logger: slog.New(slog.DiscardHandler)})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", s)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Method+" "+r.URL.Path+" "+r.Header.Get("Upgrade"))
	})
	h := httptest.NewServer(mux)
	t.Cleanup(func() { s.Close(); h.Close() })
	for _, path := range []string{"/", "/socket.i/", "/socket.iox/", "/page"} {
		want := "GET " + path + " websocket"
		if resp, body := get(t, h.URL+path, "Upgrade", "websocket", "Connection", "Upgrade"); resp.StatusCode != 200 || body != want {
			t.Error(path, resp.Status, body)
		}
	}
	(&server{Server: s, url: h.URL}).client(t).gone()
}

func TestEV01Message(t *testing.T) {
	s := start(t, socketio.Options{})
	message := socketio.NewEvent[string]("message") // what send means in JavaScript
	message.Handle(s.Of("/"), func(_ ctx, so socket, text string) error { return message.Emit(so, text+"!") })
	w := s.client(t)
	w.send(`2["message","hi"]`)
	w.expect(`2["message","hi!"]`)
}

func TestEV02Dates(t *testing.T) {
	s := start(t, socketio.Options{})
	type party struct {
		At time.Time `json:"at"`
	}
	came := make(chan time.Time, 2)
	socketio.On(s.Of("/"), "at", func(_ ctx, _ socket, at time.Time) error { came <- at; return nil })
	socketio.On(s.Of("/"), "party", func(_ ctx, _ socket, p party) error { came <- p.At; return nil })
	m := s.member(t)
	at := time.Date(2026, 2, 3, 4, 5, 6, 789_000_000, time.UTC)
	if err := m.so.Emit("at", at, party{at}); err != nil {
		t.Fatal(err)
	}
	m.expect(`2["at","2026-02-03T04:05:06.789Z",{"at":"2026-02-03T04:05:06.789Z"}]`)
	m.send(`2["at","2026-02-03T04:05:06.789Z"]`, `2["party",{"at":"2026-02-03T04:05:06.789Z"}]`)
	for range 2 {
		if got := receive(t, came); !got.Equal(at) {
			t.Error(got)
		}
	}
}

func TestMS04KindsOfBytes(t *testing.T) {
	type blob []byte
	s := start(t, socketio.Options{})
	m := s.member(t)
	part := []byte("xabcx")[1:4]
	const one = `{"_placeholder":true,"num":0}`
	for _, v := range []any{[]byte("abc"), blob("abc"), part, &part} {
		if err := m.so.Emit("e", v, map[string]any{"in": v}); err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		m.expect(`52-["e",`+one+`,{"in":{"_placeholder":true,"num":1}}]`, "b:abc", "b:abc")
	}
}

func TestEV10LargeBinary(t *testing.T) {
	s := start(t, socketio.Options{MaxPayload: 10 << 20, InboxBytes: 10 << 20, MaxQueue: 10 << 20})
	echo(s.Of("/"))
	w := s.client(t)
	large := strings.Repeat("\x00\xff0123456789abcd", 3<<16) // 3 MiB
	w.send(`51-1["echo",{"_placeholder":true,"num":0}]`, "b:"+large)
	w.expect(`61-1[{"_placeholder":true,"num":0}]`, "b:"+large)
}

func TestEV13CompressReachesTheTransport(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	// Without a client that unpacks by itself.
	at := s.url + "/socket.io/?EIO=4&transport=polling"
	_, open := get(t, at)
	var hello struct{ SID string }
	if err := json.Unmarshal([]byte(open[1:]), &hello); err != nil {
		t.Fatal(err)
	}
	at += "&sid=" + hello.SID
	resp, err := http.Post(at, "text/plain", strings.NewReader("40"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	get(t, at)
	var so socket
	for so = range ns.Sockets() {
	}
	text := strings.Repeat("x", 2000)
	for name, c := range map[string]struct {
		to       socketio.Emitter
		encoding string
	}{
		"socket": {so, "gzip"}, "namespace": {ns, "gzip"}, "room": {ns.To(so.ID()), "gzip"}, "latest": {so.Latest("x"), "gzip"},
		"socket, off": {so.Uncompressed(), ""}, "namespace, off": {ns.Uncompressed(), ""}, "room, off": {ns.To(so.ID()).Uncompressed(), ""},
	} {
		if err := socketio.NewEvent[string]("x").Emit(c.to, text); err != nil {
			t.Fatal(err)
		}
		resp, body := get(t, at, "Accept-Encoding", "gzip")
		if got := resp.Header.Get("Content-Encoding"); got != c.encoding || body != `42["x","`+text+`"]` {
			t.Errorf("%s: %q, %.100q", name, got, body)
		}
	}
}

func TestRO03BinaryBroadcasts(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	a, b := s.member(t, "r"), s.member(t, "r")
	for _, to := range []socketio.Emitter{ns, ns.To("r"), a.so.To("r"), a.so.Broadcast()} {
		if err := socketio.NewEvent[[]byte]("x").Emit(to, []byte("\x00\xff")); err != nil {
			t.Fatal(err)
		}
		b.expect(`51-["x",{"_placeholder":true,"num":0}]`, "b:\x00\xff")
	}
	for range 2 {
		a.expect(`51-["x",{"_placeholder":true,"num":0}]`, "b:\x00\xff")
	}
	a.settled()
}

func TestSC14TransportError(t *testing.T) {
	s := start(t, socketio.Options{})
	why := make(chan socketio.Reason, 1)
	s.Of("/").OnDisconnect(func(_ socket, r socketio.Reason) { why <- r })
	w := s.client(t)
	w.raw("2") // a heartbeat in the wrong direction
	if got := receive(t, why); got != socketio.ReasonTransportError {
		t.Error(got)
	}
}

func TestSF01EveryFile(t *testing.T) {
	files := fstest.MapFS{}
	var names []string
	for _, kind := range []string{"", ".min", ".esm.min", ".msgpack.min"} {
		name := "socket.io" + kind + ".js"
		names = append(names, name, name+".map")
		files[name] = &fstest.MapFile{Data: []byte("/*!\n * Socket.IO v4.8.4\n */" + name)}
		files[name+".map"] = &fstest.MapFile{Data: []byte(`{"file":"` + name + `"}`)}
	}
	s := start(t, socketio.Options{ClientFiles: files})
	for _, name := range names {
		resp, body := get(t, s.url+"/socket.io/"+name)
		kind := "application/javascript; charset=utf-8"
		if strings.HasSuffix(name, ".map") {
			kind = "application/json; charset=utf-8"
		}
		if resp.StatusCode != 200 || body != string(files[name].Data) || resp.Header.Get("Content-Type") != kind || resp.Header.Get("Etag") != `"4.8.4"` {
			t.Error(name, resp.Status, resp.Header, body)
		}
	}
}

func TestV301OldClientIsRefused(t *testing.T) {
	refused := make(chan *engineio.ConnectionError, 1)
	s := start(t, socketio.Options{OnConnectionError: func(e *engineio.ConnectionError) { refused <- e }})
	resp, body := get(t, s.url+"/socket.io/?EIO=3&transport=polling")
	if resp.StatusCode != 400 || body != `{"code":5,"message":"Unsupported protocol version"}` {
		t.Error(resp.Status, body)
	}
	if e := receive(t, refused); e.Code != 5 {
		t.Error(e)
	}
}

func TestSC12AllNamespacesEndWithTheTransport(t *testing.T) {
	s := start(t, socketio.Options{})
	ends := make(chan string, 3)
	names := []string{"/", "/a", "/b"}
	for _, name := range names {
		s.Of(name).OnDisconnect(func(so socket, why socketio.Reason) { ends <- so.Namespace().Name() + " " + string(why) })
	}
	w := s.dial(t)
	for _, name := range names {
		w.join(name)
	}
	w.conn.Close()
	var got []string
	for range names {
		got = append(got, receive(t, ends))
	}
	slices.Sort(got)
	if want := []string{"/ transport close", "/a transport close", "/b transport close"}; !slices.Equal(got, want) {
		t.Error(got)
	}
}

func TestEV05TimeoutOfZero(t *testing.T) {
	s := start(t, socketio.Options{})
	m := s.member(t)
	c, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if _, err := m.so.Ask(c, "q"); err != context.DeadlineExceeded {
		t.Error(err)
	}
	if n := socketio.Waiting(m.so); n != 0 {
		t.Error(n, "wait")
	}
}

func TestCSR07UncleanEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end func(*wire)
		why socketio.Reason
	}{
		"the connection is closed":   {func(w *wire) { w.conn.Close() }, socketio.ReasonTransportClose},
		"a wrong heartbeat":          {func(w *wire) { w.raw("2") }, socketio.ReasonTransportError},
		"no packet of the transport": {func(w *wire) { w.raw("9") }, socketio.ReasonParseError},
		"no Socket.IO packet":        {func(w *wire) { w.send("7") }, socketio.ReasonForcedClose},
		"by choice":                  {func(w *wire) { w.send("1") }, socketio.ReasonClientDisconnect},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, recovering(socketio.RecoveryOptions{}))
			why := make(chan socketio.Reason, 1)
			s.Of("/").OnDisconnect(func(_ socket, r socketio.Reason) { why <- r })
			w, me, _ := s.enter(t, "/", seat{}, "")
			if err := s.Of("/").Emit("x"); err != nil {
				t.Fatal(err)
			}
			me.offset = offsetOf(t, w.next())
			c.end(w)
			if got := receive(t, why); got != c.why {
				t.Error(got)
			}
			_, back, _ := s.enter(t, "/", me, "")
			unclean := c.why != socketio.ReasonClientDisconnect && c.why != socketio.ReasonParseError
			if (back.sid == me.sid) != unclean {
				t.Errorf("recovered: %v", back.sid == me.sid)
			}
		})
	}
	// On polling, while no request waits.
	for name, c := range map[string]struct {
		beat time.Duration // the default when 0
		body string        // what the client posts at the end
		why  socketio.Reason
	}{
		"ping timeout":        {200 * time.Millisecond, "", socketio.ReasonPingTimeout},
		"forced server close": {0, "40", socketio.ReasonForcedServerClose},
	} {
		t.Run(name, func(t *testing.T) {
			o := recovering(socketio.RecoveryOptions{})
			o.PingInterval, o.PingTimeout = c.beat, c.beat
			s := start(t, o)
			why := make(chan socketio.Reason, 1)
			s.Of("/").OnDisconnect(func(_ socket, r socketio.Reason) { why <- r })
			request := s.poll(t, "EIO=4")
			request("POST", "40")
			var hello struct{ SID, PID string }
			answer, _, _ := strings.Cut(request("GET", ""), "\x1e")
			if err := json.Unmarshal([]byte(strings.TrimPrefix(answer, "40")), &hello); err != nil {
				t.Fatal(answer, err)
			}
			if err := s.Of("/").Emit("x"); err != nil {
				t.Fatal(err)
			}
			event, _, _ := strings.Cut(request("GET", ""), "\x1e")
			if c.body != "" {
				request("POST", c.body)
			}
			if got := receive(t, why); got != c.why {
				t.Fatal(got)
			}
			if _, back, _ := s.enter(t, "/", seat{hello.SID, hello.PID, offsetOf(t, event)}, ""); back.sid != hello.SID {
				t.Error("not recovered")
			}
		})
	}
}

// raw sends a packet of the transport.
func (w *wire) raw(packet string) {
	w.t.Helper()
	if err := w.conn.Write(w.t.Context(), wstest.Text, []byte(packet)); err != nil {
		w.t.Fatal(err)
	}
}
