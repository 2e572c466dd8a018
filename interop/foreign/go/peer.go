package main

import (
	"fmt"
	"time"

	"github.com/zishang520/socket.io/clients/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// A peer is one connection with the sockets of its namespaces.
type peer struct {
	manager *socket.Manager
	sockets map[string]*socket.Socket
	inboxes map[string]inbox
}

// An inbox has the arguments of events of one name, as they come.
type inbox chan []any

// next waits for an event.
func (b inbox) next() ([]any, error) {
	select {
	case args := <-b:
		return args, nil
	case <-time.After(8 * time.Second):
		return nil, fmt.Errorf("nothing came")
	}
}

// want waits for an event with such arguments.
func (b inbox) want(args ...any) error {
	got, err := b.next()
	if err != nil {
		return err
	}
	return same(got, args)
}

func (h *hall) peer(auth map[string]any) *peer {
	o := socket.DefaultOptions()
	o.SetForceNew(true)
	o.SetAutoConnect(false)
	// Longer than the server is away: over WebSocket the library doesn't try again when its first
	// try fails.
	o.SetReconnectionDelay(2000)
	o.SetReconnectionDelayMax(2000)
	o.SetAuth(auth)
	switch h.transport {
	case "polling":
		o.SetTransports(types.NewSet(socket.Polling))
	case "websocket":
		o.SetTransports(types.NewSet(socket.WebSocket))
	default:
		o.SetTransports(types.NewSet(socket.Polling, socket.WebSocket))
	}
	p := &peer{manager: socket.NewManager(h.url, o), sockets: map[string]*socket.Socket{}, inboxes: map[string]inbox{}}
	p.sockets["/"] = p.manager.Socket("/", o)
	h.peers = append(h.peers, p)
	return p
}

// socket returns that of a namespace, made before it connects.
func (p *peer) socket(namespace string) *socket.Socket {
	if p.sockets[namespace] == nil {
		p.sockets[namespace] = p.manager.Socket(namespace, nil)
	}
	return p.sockets[namespace]
}

// connect joins the main namespace and others, and waits for the first event of each.
func (h *hall) connect(others ...string) (*peer, error) {
	return h.peer(nil).connect(others...)
}

func (p *peer) connect(others ...string) (*peer, error) {
	names := append([]string{"/"}, others...)
	for _, name := range names {
		p.inbox(name, "welcome")
		p.inbox(name, "disconnect")
		p.socket(name).Connect()
	}
	for _, name := range names {
		if err := p.inbox(name, "welcome").want(name); err != nil {
			return nil, fmt.Errorf("connect to %s: %w", name, err)
		}
	}
	return p, nil
}

// inbox returns that of an event, made before the event can come.
func (p *peer) inbox(namespace, event string) inbox {
	key := namespace + " " + event
	box := p.inboxes[key]
	if box == nil {
		box = make(inbox, 100)
		p.inboxes[key] = box
		// A name and a listener are fine.
		_ = p.socket(namespace).On(types.EventName(event), func(args ...any) { box <- args })
	}
	return box
}

func (p *peer) emit(event string, args ...any) error { return p.socket("/").Emit(event, args...) }

func (p *peer) ask(event string, args ...any) ([]any, error) { return p.askIn("/", event, args...) }

// askIn returns the arguments of the answer.
func (p *peer) askIn(namespace, event string, args ...any) ([]any, error) {
	box := make(inbox, 1)
	args = append(args[:len(args):len(args)], func(answer []any, err error) {
		if err == nil {
			box <- answer
		}
	})
	if err := p.socket(namespace).Emit(event, args...); err != nil {
		return nil, err
	}
	answer, err := box.next()
	if err != nil {
		return nil, fmt.Errorf("answer to %s: %w", event, err)
	}
	return answer, nil
}

// wantAnswer asks and expects that answer.
func (p *peer) wantAnswer(answer []any, event string, args ...any) error {
	got, err := p.ask(event, args...)
	if err != nil {
		return err
	}
	return same(got, answer)
}

// whoami tells what the server knows of the socket.
func (p *peer) whoami(namespace string) (map[string]any, error) {
	got, err := p.askIn(namespace, "whoami")
	if err != nil {
		return nil, err
	}
	me, ok := plain(got).([]any)[0].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("whoami is %v", got)
	}
	return me, nil
}

func (p *peer) close() {
	for _, s := range p.sockets {
		s.Disconnect()
	}
}
