package mixedtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
)

func mixedNodeEmitter(m *mixed) {
	if m.Emitted == "" {
		m.Skip("there is none")
	}
	everyone := strings.Fields(m.Emitted)
	m.n1.Do("emit", Query{"emitter": true, "args": []any{"by node", binary("x")}}, nil)
	m.expect(m.Emitted, "by node", []byte("x"))
	large := strings.Repeat("길", 5000)
	m.n1.Do("emit", Query{"emitter": true, "args": []any{"large", large}}, nil)
	m.expect(m.Emitted, "large", large)
	m.n1.Do("emit", Query{"emitter": true, "args": []any{"one"}, "rooms": []string{"g1"}}, nil)
	m.expect("g1", "one")
	m.n1.Do("join", Query{"emitter": true, "rooms": []string{"g2"}, "args": []string{"joined"}}, nil)
	m.counts(1, "joined")
	m.n1.Do("emit", Query{"emitter": true, "args": []any{"joined"}, "rooms": []string{"joined"}, "volatile": true, "except": []string{"g1"}}, nil)
	m.expect("g2", "joined")
	m.n1.Do("leave", Query{"emitter": true, "args": []string{"joined"}}, nil)
	m.counts(0, "joined")
	m.n1.Do("emit", Query{"emitter": true, "args": []any{"joined"}, "rooms": []string{"joined"}}, nil)
	m.n1.Do("tell", Query{"emitter": true, "args": []any{"e"}}, nil)
	for _, g := range []*goServer{m.g1, m.g2} {
		if got := m.take(g.told); got != `["e"]` {
			m.Error(got)
		}
	}
	for _, n := range []*Node{m.n1, m.n2} {
		if !slices.Contains(everyone, n.name) {
			continue
		}
		if got := n.take(n.told); got != `["tell","e"]` {
			m.Error(got)
		}
	}
}

func mixedEmitter(m *mixed) {
	e := m.Emitter
	m.must(e.Emit("by go", everything...))
	m.expect(Everybody, "by go", everything...)
	posted := socketio.NewEvent[string]("posted")
	m.must(posted.Emit(e.To("n1", "g1"), "한"))
	m.expect("n1 g1", "posted", "한")
	m.must(e.To("n2", "g2").SocketsJoin("e"))
	m.must(e.To("e").Except("n2").Volatile().Uncompressed().Emit("in e"))
	m.expect("g2", "in e")
	m.must(e.SocketsLeave("e"))
	m.must(e.To("e").Emit("nobody"))
	m.must(e.ServerSideEmit("tell", "by go"))
	for _, g := range []*goServer{m.g1, m.g2} {
		if got := m.take(g.told); got != `["by go"]` {
			m.Error(got)
		}
	}
	for _, n := range []*Node{m.n1, m.n2} {
		if got := n.take(n.told); got != `["tell","by go"]` {
			m.Error(got)
		}
	}
	m.must(e.Emit("end"))
	m.expect(Everybody, "end")
}

func mixedNamespaces(m *mixed) {
	for _, namespace := range m.Namespaces {
		ns := m.g1.prepare(namespace)
		c := m.dial(m.g1, namespace)
		m.n1.Do("connect", Query{"nsp": namespace}, nil)
		m.settle(namespace, "g1", "n1")
		room := namespace + "*[a]?"
		m.n1.Do("join", Query{"nsp": namespace, "rooms": []string{"all"}, "args": []string{room}}, nil)
		m.eventually(func() error {
			n, err := ns.To(room).CountSockets(m.Context())
			if err == nil && n != 1+1 {
				err = fmt.Errorf("%d sockets in %q of %q", n, room, namespace)
			}
			return err
		})
		m.heard(namespace, room, 2)
		m.n1.Do("emit", Query{"nsp": namespace, "args": []any{"by node"}, "rooms": []string{room}}, nil)
		c.Expect("by node")
		m.n1.expectIn(namespace, "by node")
		m.must(ns.To(room).Emit("by go"))
		c.Expect("by go")
		m.n1.expectIn(namespace, "by go")
		m.must(ns.To("[", "*").Emit("nobody"))
	}
	m.must(m.g1.Of("/").Emit("end"))
	m.expect(Everybody, "end")
}

func mixedEnds(m *mixed) {
	m.must(m.g1.Of("/").To("n1").DisconnectSockets())
	if got := m.n1.take(m.n1.gone); got != "/ io server disconnect" {
		m.Error(got)
	}
	m.n2.Do("drop", Query{"rooms": []string{"g1"}, "whole": true}, nil)
	if why := m.g1.client.Reason(); why != socketio.ReasonServerDisconnect {
		m.Error(why)
	}
	m.n2.Do("drop", Query{"emitter": m.Emitted != "", "rooms": []string{"g2"}}, nil)
	if why := m.g2.client.Reason(); why != socketio.ReasonServerDisconnect {
		m.Error(why)
	}
	e := m.Emitter
	m.must(e.To("n2").CloseConnections())
	if got := m.n2.take(m.n2.gone); !strings.HasPrefix(got, "/ ") {
		m.Error(got)
	}
}

// A server that is there and says nothing is missing. Some buses know its name.
func mixedHang(m *mixed) {
	nodetest.Pause(m, m.n2.cmd.Process)
	defer nodetest.Resume(m, m.n2.cmd.Process)
	var missing *socketio.MissingServersError
	var err error
	// On a slow machine the others take longer than that, too.
	for limit := 300 * time.Millisecond; limit < patience; limit *= 4 {
		c, cancel := context.WithTimeout(m.Context(), limit)
		_, err = m.g1.Of("/").FetchSockets(c)
		cancel()
		if !errors.As(err, &missing) || len(missing.Servers) == 1 {
			break
		}
	}
	if missing == nil || len(missing.Servers) != 1 || (missing.Servers[0] == "") != m.Nameless || missing.Asked != 3 || !errors.Is(err, context.DeadlineExceeded) {
		m.Errorf("%v, want a *MissingServersError of one of three", err)
	}
	began := time.Now()
	if _, err := m.g2.Of("/").CountSockets(context.Background()); !errors.As(err, &missing) || time.Since(began) > patience {
		m.Errorf("%v after %v", err, time.Since(began))
	}
}

// Node's servers wait for nobody who has left.
func mixedLeave(m *mixed) {
	m.must(m.g2.Close())
	m.settle("/", "g1", "n1", "n2")
}
