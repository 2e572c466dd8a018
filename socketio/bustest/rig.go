package bustest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A rig is one test and its cluster.
type rig struct {
	*testing.T
	Cluster
	check *leakCheck
	nodes []*node
	more  socketio.Options // of the servers
}

// A node is a server of the cluster with one client in the main namespace. Its socket is in the
// room "all" and in one with the name of the server.
type node struct {
	*rig
	*socketio.Server
	*socketio.Namespace
	tap    *tap
	client *siotest.Client
}

// start makes servers and waits until they know each other.
func (r *rig) start(names ...string) []*node {
	r.Helper()
	list := make([]*node, len(names))
	for i, name := range names {
		list[i] = r.node(name)
	}
	r.settle()
	for _, n := range list {
		n.client = n.dial("/")
	}
	for _, n := range list {
		n.hears(n.Namespace, n.client, "all", n.Server.Name())
	}
	return list
}

// hears waits until what another server says to rooms reaches a client: a bus may learn of a room
// when it gets its first member.
func (n *node) hears(ns *socketio.Namespace, c *siotest.Client, rooms ...string) {
	n.T.Helper()
	var other *node
	var others []string // whose clients aren't to hear it
	for _, o := range n.rig.nodes {
		if o != n {
			other = o
		}
		if o != n && ns == n.Namespace {
			others = append(others, o.Server.Name())
		}
	}
	if other == nil {
		return
	}
	heard := make(chan string, 1000)
	c.OnEvent("hears", func(_ context.Context, a socketio.Args) (any, error) {
		var room string
		err := a.Decode(0, &room)
		heard <- room
		return nil, err
	})
	for _, room := range rooms {
		n.eventually(func() error {
			if err := other.Of(ns.Name()).To(room).Except(others...).Emit("hears", room); err != nil {
				return err
			}
			timer := time.NewTimer(20 * time.Millisecond)
			defer timer.Stop()
			for {
				select {
				case got := <-heard:
					if got == room {
						return nil
					}
				case <-timer.C:
					return fmt.Errorf("server %s doesn't hear what is for room %q", n.Server.Name(), room)
				}
			}
		})
	}
}

func (r *rig) node(name string) *node {
	b := &tap{Bus: r.Bus(), heard: make(map[heard]int)}
	r.check.add(b.Bus)
	o := r.more
	o.Bus, o.ServerName, o.MaxQueue, o.AnswerTimeout = b, name, 64<<20, 4*r.Patience
	o.ForwardSessions = true
	if _, log := b.Bus.(socketio.EventLog); log {
		o.Bus = keepingTap{b}
	}
	s := siotest.NewServer(r, o)
	n := &node{rig: r, Server: s, Namespace: s.Of("/"), tap: b}
	n.Use(func(_ context.Context, s *socketio.Socket) error { return s.Join("all", name) })
	r.nodes = append(r.nodes, n)
	return n
}

func (n *node) dial(namespace string) *siotest.Client {
	n.T.Helper()
	return siotest.Dial(n.T, n.Server, namespace, siotest.Options{Patience: n.Patience, Auth: map[string]string{"of": n.Server.Name()}})
}

// dialNew makes a namespace and joins it.
func (n *node) dialNew(namespace string) *siotest.Client {
	n.T.Helper()
	n.Of(namespace)
	return n.dial(namespace)
}

// answer arranges for what a client answers.
func answer(c *siotest.Client, event string, f func() any) {
	c.OnEvent(event, func(context.Context, socketio.Args) (any, error) { return f(), nil })
}

// settle waits until all servers know each other.
func (r *rig) settle() {
	r.Helper()
	for _, n := range r.nodes {
		var others []string
		for _, other := range r.nodes {
			if other != n {
				others = append(others, other.Server.Name())
			}
		}
		n.knows(others...)
	}
}

// knows waits until a server has these peers.
func (n *node) knows(names ...string) {
	n.T.Helper()
	slices.Sort(names)
	n.eventually(func() error {
		peers, err := n.Peers(n.patience())
		if err == nil && !slices.Equal(peers, names) {
			err = fmt.Errorf("server %s has the peers %q, want %q", n.Server.Name(), peers, names)
		}
		return err
	})
}

// eventually waits until f returns no error.
func (r *rig) eventually(f func() error) {
	r.Helper()
	end := time.Now().Add(r.Patience)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			r.Fatalf("after %v: %v", r.Patience, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// soon waits for done, for Patience at most.
func (r *rig) soon(done func() bool) {
	for end := time.Now().Add(r.Patience); !done() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// patience is a context for what must end by itself: its deadline is later.
func (r *rig) patience() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 4*r.Patience)
	r.Cleanup(cancel)
	return ctx
}

// within fails the test when f returns an error or takes longer than Patience. F may go on after
// the end of the test.
func (r *rig) within(what string, f func() error) {
	r.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	timer := time.NewTimer(r.Patience)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			r.Fatalf("%s: %v", what, err)
		}
	case <-timer.C:
		stacks := make([]byte, 1<<20)
		r.Fatalf("%s takes longer than %v:\n%s", what, r.Patience, stacks[:runtime.Stack(stacks, true)])
	}
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// needs skips a test that nobody can run.
func (r *rig) needs(has bool, what string) {
	r.Helper()
	if !has {
		r.Skipf("NOT RUN: the cluster has no %s", what)
	}
}

func (r *rig) cut(n *node)  { r.Cut(n.tap.Bus) }
func (r *rig) heal(n *node) { r.Heal(n.tap.Bus) }

func sorted(list []string) string {
	slices.Sort(list)
	return strings.Join(list, " ")
}
