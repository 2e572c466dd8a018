package socketio

import (
	"context"
	"regexp"
	"slices"
)

// A Parent makes namespaces for names that it accepts (OfFunc, OfRegexp). Its children do what is registered on it, also what is
// registered later; a child's own handler goes before the parent's for the same event. What is emitted to it reaches
// all children. All methods may be called from any goroutine.
type Parent struct {
	routes
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

// To aims at the sockets of rooms in all children.
func (p *Parent) To(rooms ...string) Target { return Target{parent: p}.To(rooms...) }

// Except aims at all children without some rooms or ids.
func (p *Parent) Except(rooms ...string) Target { return Target{parent: p}.Except(rooms...) }

// Emit sends an event to all sockets of all children.
func (p *Parent) Emit(name string, args ...any) error { return Target{parent: p}.Emit(name, args...) }

// EmitEvent is how descriptors emit.
func (p *Parent) EmitEvent(o Outgoing) error { return Target{parent: p}.EmitEvent(o) }
