package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/madang-chat/madang/chat"
)

// An image as large as it may be comes in by both versions of HTTP, one that is too large gets its
// answer, and a body that trickles in is cut off.
func TestO5UploadsByTLS(t *testing.T) {
	m, a, _ := startTLS(t)
	for _, two := range []bool{false, true} {
		b := a.trusting(m, two)
		room := b.openRoom(`{"title":"마당"}`)
		b.sit(room)
		small := animation(t, 8, 2)
		for size, want := range map[int]int{5<<20 - len(small): 200, 6 << 20: 413} {
			got, err := b.upload(room, append(bytes.Clone(small), make([]byte, size)...))
			if err != nil || got.status != want {
				t.Errorf("HTTP/2 %v, %d bytes: %v %+v", two, size, err, got)
			}
		}
	}
}

// Connections count before they have said a word, and who never ends the handshake is let go.
func TestO5UnfinishedHandshakes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: only on Linux all of 127.0.0.0/8 is this machine")
	}
	t.Parallel() // it waits for a deadline
	m, _, log := startTLS(t, func(m *Main) { m.Listen, m.Limits = "127.0.0.1:0", chat.Limits{ConnectionsPerAddress: 4} })
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.2")}}
	dial := func(says string) net.Conn {
		t.Helper()
		c, err := dialer.Dial("tcp", m.site.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		io.WriteString(c, says)
		return c
	}
	var silent []net.Conn
	for _, says := range []string{"", "\x16", "\x16\x03\x01\x02\x00\x01\x00", "\x16\x03\x01\x40\x00"} {
		silent = append(silent, dial(says))
	}
	further := dial("")
	further.SetDeadline(time.Now().Add(headerTimeout / 2))
	if _, err := further.Read(make([]byte, 1)); err == nil || errors.Is(err, errTimeout(err)) {
		t.Errorf("a fifth connection: %v", err)
	}
	for _, c := range silent {
		c.SetDeadline(time.Now().Add(headerTimeout + patience))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, errTimeout(err)) {
			t.Error("a handshake that never ends keeps its connection")
		}
	}
	if text := log.String(); strings.Contains(text, "ERROR") || strings.Count(text, "WARN") != 1 {
		t.Errorf("log: %s", text)
	}
}

// errTimeout is err when it is a deadline that passed.
func errTimeout(err error) error {
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return err
	}
	return io.ErrNoProgress
}

// One connection by HTTP/2 has so many requests at a time and no more; to open and reset them
// without an end doesn't help, nor do frames that have no end. Others are served meanwhile.
func TestO5StreamsAreBounded(t *testing.T) {
	m, a, log := startTLS(t)
	connect := func() (*tls.Conn, *http2.Framer) {
		t.Helper()
		c, err := tls.Dial("tcp", m.site.listener.Addr().String(), &tls.Config{RootCAs: a.pool, ServerName: "chat.example.org", NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(patience))
		io.WriteString(c, http2.ClientPreface)
		f := http2.NewFramer(c, c)
		f.WriteSettings()
		return c, f
	}
	head := func(method, path string) []byte {
		var b bytes.Buffer
		e := hpack.NewEncoder(&b)
		for _, field := range [][2]string{{":method", method}, {":scheme", "https"}, {":authority", "chat.example.org"}, {":path", path}, {"content-type", "application/json"}} {
			e.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
		}
		return b.Bytes()
	}
	// until reads frames until one is found.
	until := func(f *http2.Framer, found func(http2.Frame) bool) bool {
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return false
			}
			if found(frame) {
				return true
			}
		}
	}

	_, f := connect()
	var most, window uint32
	until(f, func(frame http2.Frame) bool {
		settings, ok := frame.(*http2.SettingsFrame)
		if ok {
			most, _ = settings.Value(http2.SettingMaxConcurrentStreams)
			window, _ = settings.Value(http2.SettingInitialWindowSize)
		}
		return ok
	})
	if most != 100 || window != 128<<10 {
		t.Errorf("%d streams of %d bytes", most, window)
	}
	// Bodies that never come hold the handlers.
	for id := range most + 1 {
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*id + 1, BlockFragment: head("POST", "/room"), EndHeaders: true})
	}
	if !until(f, func(frame http2.Frame) bool {
		reset, ok := frame.(*http2.RSTStreamFrame)
		return ok && reset.ErrCode == http2.ErrCodeRefusedStream && reset.StreamID == 2*most+1
	}) {
		t.Error("one stream more than there may be is served")
	}

	// What was reset still counts until its handler has ended: there are never more of them.
	_, f = connect()
	before, atOnce := runtime.NumGoroutine(), 0
	go func() {
		for id := uint32(1); id < 20_000; id += 2 {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: head("POST", "/room"), EndHeaders: true})
			if f.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
				return
			}
		}
		f.WritePing(false, [8]byte{})
	}()
	until(f, func(frame http2.Frame) bool {
		atOnce = max(atOnce, runtime.NumGoroutine())
		_, over := frame.(*http2.PingFrame) // else the server has ended the connection
		return over
	})
	if atOnce > before+2*int(most) {
		t.Errorf("%d goroutines, then %d", before, atOnce)
	}

	c, f := connect()
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head("GET", "/healthz"), EndStream: true})
	go func() {
		for f.WriteContinuation(1, false, bytes.Repeat([]byte{0x40, 1, 'x', 1, 'y'}, 1000)) == nil {
		}
	}()
	if _, err := io.Copy(io.Discard, c); errors.Is(err, errTimeout(err)) {
		t.Error("a head without an end is read for ever")
	}

	if got := a.trusting(m, true).do("GET", "/healthz", "", "Host: chat.example.org"); got.status != 200 {
		t.Errorf("another visitor: %+v", got)
	}
	if text := log.String(); strings.Contains(text, "ERROR") || strings.Count(text, "\n") > 1000 {
		t.Errorf("log: %.2000s", text)
	}
}

// Requests by HTTP/2 count as connections do: several connections full of them are no way around.
func TestO5RequestsOfAnAddress(t *testing.T) {
	m, a, log := startTLS(t, func(m *Main) { m.Limits = chat.Limits{ConnectionsPerAddress: 8} })
	held := make([]*io.PipeWriter, 0, 20)
	answers := make(chan int, 20)
	var asking sync.WaitGroup
	for range 2 {
		b := a.trusting(m, true)
		b.client.Get(b.url + "/healthz") // one connection for all
		for range 10 {
			body, w := io.Pipe()
			held = append(held, w)
			asking.Go(func() {
				r, err := http.NewRequest("POST", b.url+"/lang", body)
				if err != nil {
					t.Error(err)
					return
				}
				r.Host = "chat.example.org"
				r.Header.Set("Content-Type", "application/json")
				answer, err := b.client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				answer.Body.Close()
				if answer.Header.Get("Content-Security-Policy") == "" || answer.Header.Get("Strict-Transport-Security") == "" {
					t.Errorf("%s: %v", answer.Status, answer.Header)
				}
				answers <- answer.StatusCode
			})
		}
	}
	statuses := map[int]int{}
	for range 12 { // of twenty, eight wait for their bodies
		statuses[<-answers]++
	}
	for _, w := range held {
		w.CloseWithError(io.EOF)
	}
	asking.Wait()
	for range 8 {
		statuses[<-answers]++
	}
	if statuses[http.StatusTooManyRequests] != 12 || len(statuses) != 2 {
		t.Errorf("answers: %v", statuses)
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "as many requests at a time") {
		t.Errorf("log: %s", text)
	}
}
