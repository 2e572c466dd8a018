package socketio

import (
	"context"
	"regexp"
	"slices"
)

// A Parent makes namespaces for names that it accepts. They do what is registered on it; their own
// handler of an event goes first.
type Parent struct {
	Registrar
	server   *Server
	pattern  *regexp.Regexp // nil for OfFunc
	match    func(ctx context.Context, name string, h *Handshake) bool
	children []*Namespace // guarded by server.mu
}

// Children lists the namespaces that exist now.
func (p *Parent) Children() []*Namespace {
	p.server.mu.RLock()
	defer p.server.mu.RUnlock()
	return slices.Clone(p.children)
}

// All aims at the sockets of all children that exist when something is sent.
func (p *Parent) All() Target { return Target{parent: p} }
