package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// What ends a connection is told to OnError, behind the events that came before.
func TestBrokenPackets(t *testing.T) {
	deep := func(n int) string { return `2["x",` + strings.Repeat("[", n) + strings.Repeat("]", n) + `]` }
	for name, c := range map[string]struct {
		options socketio.Options
		fine    []string
		broken  string
		code    string
	}{
		"no packet":            {broken: "7", code: socketio.CodeBadPacket},
		"depth":                {fine: []string{deep(511)}, broken: deep(512), code: socketio.CodeTooDeep},
		"lower depth":          {options: socketio.Options{MaxDepth: 3}, fine: []string{deep(2)}, broken: deep(3), code: socketio.CodeTooDeep},
		"no limit of depth":    {options: socketio.Options{MaxDepth: -1}, fine: []string{deep(9_989)}, broken: deep(9_990), code: socketio.CodeTooDeep},
		"attachments":          {fine: []string{`510-["x"]`}, broken: `511-["x"]`, code: socketio.CodeTooManyAttachments},
		"fewer attachments":    {options: socketio.Options{MaxAttachments: 1}, broken: `52-["x"]`, code: socketio.CodeTooManyAttachments},
		"more attachments":     {options: socketio.Options{MaxAttachments: 20}, broken: `521-["x"]`, code: socketio.CodeTooManyAttachments},
		"no attachments":       {options: socketio.Options{NoAttachments: true}, fine: []string{`2["x"]`}, broken: `51-["x",{"_placeholder":true,"num":0}]`, code: socketio.CodeTooManyAttachments},
		"no limit":             {options: socketio.Options{MaxAttachments: -1}, fine: []string{`510-["x"]`}, broken: `52147483647-["a"]` + "\n7", code: socketio.CodeBadPacket},
		"long name":            {broken: "2/" + strings.Repeat("n", 1024) + `,["x"]`, code: socketio.CodeBadPacket},
		"long name by a query": {broken: "0/a?" + strings.Repeat("q", 1024), code: socketio.CodeBadPacket},
		"too large":            {options: socketio.Options{MaxPayload: 100}, broken: `2["` + strings.Repeat("x", 100) + `"]`, code: socketio.CodeTooLarge},
		"attachment too large": {options: socketio.Options{MaxPayload: 100}, broken: "b:" + strings.Repeat("x", 101), code: socketio.CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			calls := make(chan string, 10)
			c.options.OnError = func(_ context.Context, s socket, event string, err error) {
				e, ok := errors.AsType[*socketio.Error](err)
				if !ok || e.Message == "" || e.Err == nil {
					t.Error(err)
				}
				calls <- fmt.Sprint(s.Namespace().Name(), " ", event, e.Code)
			}
			s := start(t, c.options)
			for _, nsp := range []string{"/", "/other"} {
				ns := s.Of(nsp)
				ns.OnAny(func(context.Context, socket, socketio.Incoming) { calls <- "event" })
				ns.OnDisconnect(func(socket, socketio.Reason) { calls <- nsp + " disconnect" })
			}
			w := s.client(t)
			w.join("/other")
			waiting := 0
			for _, p := range c.fine {
				w.send(p)
				if strings.HasPrefix(p, "51") {
					for range 10 {
						w.send("b:x")
					}
				}
				waiting++
			}
			for range waiting {
				if got := receive(t, calls); got != "event" {
					t.Fatal(got)
				}
			}
			w.send(strings.Split(c.broken, "\n")...)
			w.expect(closed)
			got := map[string]int{}
			for i := range 4 {
				got[receive(t, calls)] = i
			}
			for _, nsp := range []string{"/", "/other"} {
				told, ok := got[nsp+" "+c.code]
				end, over := got[nsp+" disconnect"]
				if !ok || !over || told > end {
					t.Error(got)
				}
			}
		})
	}
}

func TestMaxDynamicNamespaces(t *testing.T) {
	s := start(t, socketio.Options{MaxDynamicNamespaces: 2})
	s.OfRegexp(regexp.MustCompile("^/a"))
	s.OfFunc(func(context.Context, string, *socketio.Handshake) bool { return true })
	s.Of("/mine")
	w := s.client(t)
	w.join("/a1")
	w.join("/b1")
	w.send("0/a2,", "0/b2,")
	for range 2 {
		if p := w.next(); !strings.HasSuffix(p, `{"message":"Too many namespaces"}`) {
			t.Error(p)
		}
	}
	w.join("/mine")
	s.client(t).join("/a1")
}

// Clients that the middleware refuses leave no namespaces behind, also where empty ones are kept.
func TestRefusedClientsMakeNoNamespaces(t *testing.T) {
	s := start(t, socketio.Options{MaxDynamicNamespaces: 1, KeepEmptyNamespaces: true})
	p := s.OfRegexp(regexp.MustCompile("^/room-"))
	p.Use(func(_ context.Context, so socket) error {
		if strings.HasSuffix(so.Namespace().Name(), "bad") {
			return &socketio.Error{Message: "no"}
		}
		return nil
	})
	s.Of("/room-mine")
	w := s.client(t)
	for i := range 5 {
		w.send(fmt.Sprintf("0/room-%d-bad,", i))
		w.expect(fmt.Sprintf(`4/room-%d-bad,{"message":"no"}`, i))
	}
	eventually(t, "they are forgotten", func() bool { return len(p.Children()) == 1 })
	w.join("/room-good")
	w.send("1/room-good,")
	w.send("0/room-more,")
	w.expect(`4/room-more,{"message":"Too many namespaces"}`)
	if len(p.Children()) != 2 {
		t.Error("a namespace that had a member has gone")
	}
}

// A client was taken out of many namespaces, and its events for them are under way.
func TestEventsForManyLeftNamespaces(t *testing.T) {
	s := start(t, socketio.Options{MaxNamespaces: 50})
	w := s.client(t)
	for i := range 40 {
		name := fmt.Sprint("/n", i)
		ns := s.Of(name)
		w.join(name)
		ns.DisconnectSockets()
		w.expect("1" + name + ",")
	}
	for i := range 40 {
		w.send(fmt.Sprintf(`2/n%d,["x"]`, i))
	}
	w.join("/n0")
}

func TestObserverOfTooLargeMessages(t *testing.T) {
	told := make(notebook, 10)
	s := start(t, socketio.Options{MaxPayload: 100, Observer: told.observer()})
	w := s.client(t)
	w.send(strings.Repeat("2", 101))
	w.expect(closed)
	c := receive(t, told)
	for c.function != "Closed" {
		c = receive(t, told)
	}
	if !errors.Is(c.err, engineio.ErrTooLarge) || c.reason != socketio.ReasonTransportError {
		t.Error(c.reason, c.err)
	}
}
