package socketio_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

// A packet and its attachments are one message for MaxPayload.
func TestAttachmentsCountTogether(t *testing.T) {
	part := func(n int) string { return "b:" + strings.Repeat("x", n) }
	head := func(n int) string {
		return fmt.Sprintf(`5%d-["x"%s]`, n, strings.Repeat(`,{"_placeholder":true,"num":0}`, n))
	}
	for name, c := range map[string]struct {
		packets []string
		fine    bool
	}{
		"all that may be":       {[]string{head(2), part(500), part(500 - len(head(2)))}, true},
		"one byte more":         {[]string{head(2), part(500), part(501 - len(head(2)))}, false},
		"more are to come":      {[]string{head(3), part(500), part(500)}, false},
		"the text counts":       {[]string{`51-["x","` + strings.Repeat("x", 600) + `",{"_placeholder":true,"num":0}]`, part(500)}, false},
		"each packet by itself": {[]string{head(1), part(600), head(1), part(600)}, true},
		"acks too":              {[]string{`62-0[]`, part(500), part(500)}, false},
	} {
		for _, transport := range []string{"websocket", "polling"} {
			t.Run(name+" on "+transport, func(t *testing.T) {
				told := make(chan string, 10)
				s := start(t, socketio.Options{MaxPayload: 1000, OnError: func(_ context.Context, _ socket, event string, err error) {
					e, ok := errors.AsType[*socketio.Error](err)
					if !ok || e.Err == nil || event != "" {
						t.Error(event, err)
						return
					}
					told <- e.Code
				}})
				ns := s.Of("/")
				ends := make(chan socketio.Reason, 1)
				ns.OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
				socketio.On(ns, "x", func(context.Context, socket, socketio.Args) error { told <- "handled"; return nil })
				if transport == "polling" {
					request := s.poll(t, "EIO=4")
					request("POST", "40")
					request("GET", "")
					for _, p := range c.packets {
						if body, ok := strings.CutPrefix(p, "b:"); ok {
							request("POST", "b"+base64.StdEncoding.EncodeToString([]byte(body)))
						} else {
							request("POST", "4"+p)
						}
					}
				} else {
					s.client(t).send(c.packets...)
				}
				if c.fine {
					for range strings.Count(strings.Join(c.packets, ""), "-[") {
						if got := receive(t, told); got != "handled" {
							t.Error(got)
						}
					}
					return
				}
				if got := receive(t, told); got != socketio.CodeTooLarge {
					t.Error(got)
				}
				if why := receive(t, ends); why != socketio.ReasonForcedClose && why != socketio.ReasonForcedServerClose {
					t.Error(why)
				}
			})
		}
	}
}

// What msgpack says in one message may be longer as JSON.
func TestMsgpackIsMeasuredAsItCame(t *testing.T) {
	s := start(t, socketio.Options{MaxPayload: 1000, Parser: socketio.ParserMsgpack})
	got := make(chan int, 1)
	socketio.On(s.Of("/"), "x", func(_ ctx, _ socket, args socketio.Args) error { got <- args.Len(); return nil })
	w := s.dial(t)
	w.send("b:\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x80")
	w.next()
	// An array of the name, 700 nulls and some bytes: 3,500 characters as JSON.
	w.send("b:\x83\xa4type\x02\xa3nsp\xa1/\xa4data\xdc\x02\xbe\xa1x" + strings.Repeat("\xc0", 700) + "\xc4\x64" + strings.Repeat("b", 100))
	if n := receive(t, got); n != 701 {
		t.Error(n)
	}
}

// virtual is a client on the virtual clock of a synctest, whose connection is a pipe.
func virtual(t *testing.T, o socketio.Options) (*socketio.Server, *wire) {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	s := socketio.New(o)
	pipes := newPipeListener()
	h := &http.Server{Handler: s}
	var serving sync.WaitGroup
	serving.Go(func() { h.Serve(pipes) })
	client := &http.Client{Transport: &http.Transport{DialContext: pipes.dial}}
	conn, err := wstest.Dial(t.Context(), "http://pipe/socket.io/?EIO=4&transport=websocket", client, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, conn: conn, in: make(chan string, 4096)}
	go w.read()
	t.Cleanup(func() {
		conn.CloseNow()
		s.Close()
		h.Close()
		client.CloseIdleConnections()
		serving.Wait()
	})
	return s, w
}

const twoParts = `52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`

// Attachments that don't come end the connection, whatever the heartbeat says.
func TestAttachmentTimeout(t *testing.T) {
	sleep := func(d time.Duration) func(*wire) { return func(*wire) { time.Sleep(d) } }
	send := func(packets ...string) func(*wire) { return func(w *wire) { w.send(packets...) } }
	for name, c := range map[string]struct {
		timeout time.Duration // of the options
		do      []func(*wire)
		after   time.Duration // the end; 0: none
	}{
		"none comes":              {do: []func(*wire){send(twoParts)}, after: 30 * time.Second},
		"one comes":               {do: []func(*wire){send(twoParts), sleep(20 * time.Second), send("b:1")}, after: 10 * time.Second},
		"of an ack":               {do: []func(*wire){send(`61-0[]`)}, after: 30 * time.Second},
		"another time":            {timeout: time.Second, do: []func(*wire){send(twoParts)}, after: time.Second},
		"they come in time":       {do: []func(*wire){send(twoParts, "b:1"), sleep(29 * time.Second), send("b:2")}},
		"nothing is awaited":      {do: []func(*wire){send(`2["x"]`)}},
		"no limit":                {timeout: -1, do: []func(*wire){send(twoParts)}},
		"each packet has its own": {do: []func(*wire){send(twoParts, "b:1"), sleep(25 * time.Second), send("b:2", twoParts, "b:1"), sleep(25 * time.Second), send("b:2", twoParts)}, after: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, w := virtual(t, socketio.Options{AttachmentTimeout: c.timeout})
				ns := s.Of("/")
				ns.OnAny(func(context.Context, socket, socketio.Incoming) {})
				ends := make(chan socketio.Reason, 1)
				ns.OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
				w.join("/")
				for _, step := range c.do {
					step(w)
					synctest.Wait()
				}
				if c.after == 0 {
					time.Sleep(time.Hour)
					if len(ends) > 0 {
						t.Error(<-ends)
					}
					return
				}
				time.Sleep(c.after - time.Millisecond)
				synctest.Wait()
				if len(ends) > 0 {
					t.Error("too early:", <-ends)
				}
				time.Sleep(time.Millisecond)
				synctest.Wait()
				if len(ends) == 0 {
					t.Fatal("it goes on")
				}
				if why := <-ends; why != socketio.ReasonAttachmentTimeout {
					t.Error(why)
				}
				w.expect(closed)
			})
		})
	}
}

// Before the client has joined anything there is nobody to be told, but the connection ends.
func TestAttachmentTimeoutBeforeConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := virtual(t, socketio.Options{ConnectTimeout: -1})
		w.send(twoParts)
		time.Sleep(30 * time.Second)
		w.expect(closed)
		if n := s.CountConnections(); n != 0 {
			t.Error(n, "connections")
		}
	})
}

// While the connection isn't read, the attachments can't come: that is nobody's fault.
func TestAttachmentTimeoutRestsDuringAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := virtual(t, socketio.Options{InboxEvents: 2, PingInterval: -1})
		ns := s.Of("/")
		hold := make(chan struct{})
		socketio.On(ns, "hold", func(context.Context, socket, socketio.None) error { <-hold; return nil })
		got := make(chan int, 1)
		socketio.On(ns, "x", func(_ ctx, _ socket, args socketio.Args) error { got <- args.Len(); return nil })
		ends := make(chan socketio.Reason, 1)
		ns.OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
		w.join("/")
		so := first(t, ns)
		w.send(`2["hold"]`, `2["hold"]`)
		synctest.Wait()
		asking, cancel := context.WithCancel(t.Context())
		go so.Ask(asking, "q")
		w.expect(`20["q"]`) // it is read again
		w.send(twoParts, "b:1")
		synctest.Wait()
		time.Sleep(20 * time.Second)
		cancel()
		synctest.Wait()
		if !socketio.Paused(so) {
			t.Fatal("it is read")
		}
		time.Sleep(time.Hour)
		if len(ends) > 0 {
			t.Fatal(<-ends)
		}
		close(hold)
		synctest.Wait()
		time.Sleep(29 * time.Second)
		synctest.Wait()
		if len(ends) > 0 {
			t.Fatal(<-ends)
		}
		w.send("b:2")
		synctest.Wait()
		if len(ends) > 0 || len(got) != 1 {
			t.Fatal(len(got), "events")
		}
		w.send(twoParts)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if len(ends) == 0 {
			t.Error("it goes on")
		}
	})
}
