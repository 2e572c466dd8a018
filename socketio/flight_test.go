package socketio_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// A flight is one client's life: what it does and how it ends are random.
type flight struct {
	t         *testing.T
	r         *rand.Rand
	everybody *census
	client    *http.Client
	base      string
	recovery  bool
}

var flights atomic.Int64

// fly lives a life. With a session it continues one that may or may not have ended, and returns its
// own.
func (f *flight) fly(session string) (next string) {
	r := f.r
	how := endings[r.IntN(len(endings))]
	if how.silent && r.IntN(8) > 0 {
		how = endings[0] // it takes long
	}
	transport := []string{"polling", "websocket"}[r.IntN(2)]
	p, err := launch(f.t.Context(), f.client, f.base, transport, how.silent)
	if err != nil {
		f.t.Error("launch:", err)
		return ""
	}
	defer p.gone()
	flight := flights.Add(1)
	var names []string
	connect := func(namespace, session string) error {
		name := fmt.Sprint(flight, namespace)
		names = append(names, name)
		return p.send(fmt.Sprintf(`40%s{"name":%q%s}`, namespace, name, session))
	}
	if how.early {
		_ = connect("", session) // and away, whatever becomes of it
		return ""
	}
	join := func(namespace, session string) (pid string, ok bool) {
		if connect(namespace, session) == nil {
			select {
			case pid := <-p.joins:
				return pid, true
			case <-p.ends:
			}
		}
		names = names[:len(names)-1]
		return "", false
	}
	pid, ok := join("", session)
	if ok && r.IntN(3) == 0 {
		_, ok = join("/side,", "")
	}
	if !ok {
		f.everybody.expect(p, "no answer to CONNECT", late, names...)
		return ""
	}
	f.everybody.expect(p, how.name, how.reasons, names...)
	if len(names) > 1 && how.one {
		f.everybody.expect(p, "dropping behind "+how.name, gone, names[1])
	}
	if transport == "polling" && r.IntN(2) == 0 && p.upgrade() != nil {
		f.everybody.expect(p, "an upgrade that failed", late, names...)
		return ""
	}
	for i := range r.IntN(12) {
		event := []string{"join", "leave", "emit", "room", "all", "add", "panic", "ask", "survey"}[r.IntN(9)]
		id := ""
		if r.IntN(2) == 0 {
			id = fmt.Sprint(i)
		}
		if p.send(fmt.Sprintf(`42%s["%s",%d]`, id, event, r.IntN(100))) != nil {
			return ""
		}
	}
	if f.recovery {
		p.mu.Lock()
		next = fmt.Sprintf(`,"pid":%q,"offset":%q`, pid, p.offset)
		p.mu.Unlock()
	}
	switch {
	case how.end != nil:
		how.end(p, r)
	case how.name == "takeover" && f.recovery:
		next = f.fly(next) // while this one is still there
	}
	if how.waits {
		<-p.ends
	}
	return next
}

// gone are the reasons of a client that drops its connection. On polling, between two requests,
// nobody tells the server; and it may be back before the server notices.
var gone = []socketio.Reason{
	socketio.ReasonTransportClose, socketio.ReasonTransportError, socketio.ReasonPingTimeout, socketio.ReasonTakenOver,
}

// late is the reason of a client on a machine that is slower than its heartbeats.
var late = []socketio.Reason{socketio.ReasonPingTimeout}

// endings are the ways in which a client may end.
var endings = []struct {
	name    string
	early   bool // before the answer to CONNECT
	silent  bool
	one     bool // the other namespace isn't meant
	waits   bool // for the server to close the connection
	end     func(p *pilot, r *rand.Rand)
	reasons []socketio.Reason
}{
	{name: "early", early: true},
	{name: "drop", reasons: gone},
	{name: "takeover", reasons: gone},
	{name: "leave", one: true, end: func(p *pilot, _ *rand.Rand) { _ = p.leave() }, reasons: append(gone, socketio.ReasonClientDisconnect)},
	{name: "close", end: (*pilot).close, reasons: gone},
	{name: "silence", silent: true, waits: true, reasons: []socketio.Reason{socketio.ReasonPingTimeout}},
	{
		name: "kick", one: true, end: func(p *pilot, r *rand.Rand) { _ = p.send(fmt.Sprintf(`42["kick",%d]`, 2+r.IntN(2))) },
		reasons: append(gone, socketio.ReasonServerDisconnect),
	},
	{
		name: "kick of the connection", waits: true, end: func(p *pilot, r *rand.Rand) { _ = p.send(fmt.Sprintf(`42["kick",%d]`, r.IntN(2))) },
		reasons: []socketio.Reason{socketio.ReasonServerDisconnect},
	},
	{
		name: "a broken packet", waits: true, end: func(p *pilot, _ *rand.Rand) { _ = p.send("42{}") },
		reasons: []socketio.Reason{socketio.ReasonForcedClose, socketio.ReasonForcedServerClose},
	},
	{
		name: "no packet", waits: true, end: func(p *pilot, _ *rand.Rand) { _ = p.send("x") },
		reasons: []socketio.Reason{socketio.ReasonParseError},
	},
}

// close ends the connection in the way of its transport.
func (p *pilot) close(*rand.Rand) {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	if conn == nil {
		_ = p.send("1")
	} else {
		_ = conn.Close()
	}
}
