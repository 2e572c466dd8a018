package socketio

import (
	"context"
	"regexp"
	"slices"
)

// A Parent makes namespaces for names that it accepts (OfFunc, OfRegexp). Its children do what is registered on it, also what is
// registered later; a child's own handler goes before the parent's for the same event. What is emitted
// to All reaches all children that exist on this server, with a Bus also those of the same names on the others. All
// methods may be called from any goroutine.
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
