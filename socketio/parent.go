package socketio

import (
	"context"
	"iter"
	"regexp"
	"slices"
)

// A Parent makes namespaces for names that it accepts (OfFunc, OfRegexp). Its children do what is registered on it, also what is
// registered later; a child's own handler goes before the parent's for the same event. What is emitted to it reaches
// all children that exist on this server, with a Bus also those of the same names on the others. All methods may be called from any goroutine.
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

// Local aims at the sockets of this process in all children.
func (p *Parent) Local() Target { return Target{parent: p}.Local() }

// Volatile aims at all children with events of which only the newest counts; see Target.Volatile.
func (p *Parent) Volatile() Target { return Target{parent: p}.Volatile() }

// Latest is Volatile with a slot for each key; see Target.Latest.
func (p *Parent) Latest(key string) Target { return Target{parent: p}.Latest(key) }

// Compress tells whether messages may be compressed; they may by default.
func (p *Parent) Compress(on bool) Target { return Target{parent: p}.Compress(on) }

// Ask asks all sockets of all children; see Target.Ask.
func (p *Parent) Ask(ctx context.Context, name string, args ...any) iter.Seq2[string, Reply[Args]] {
	return Target{parent: p}.Ask(ctx, name, args...)
}

// AskEach is how descriptors ask many.
func (p *Parent) AskEach(ctx context.Context, o Outgoing) iter.Seq2[string, Reply[Args]] {
	return Target{parent: p}.AskEach(ctx, o)
}

// Len is the number of connected sockets of this process in all children.
func (p *Parent) Len() int { return Target{parent: p}.Len() }

// Count is how many sockets are connected in all children, on all servers; see Target.Count.
func (p *Parent) Count(ctx context.Context) (int, error) { return Target{parent: p}.Count(ctx) }

// FetchSockets lists the sockets of all children; see Target.FetchSockets.
func (p *Parent) FetchSockets(ctx context.Context) ([]SocketInfo, error) {
	return Target{parent: p}.FetchSockets(ctx)
}

// SocketsJoin makes the sockets of all children enter rooms; see Target.SocketsJoin.
func (p *Parent) SocketsJoin(rooms ...string) error { return Target{parent: p}.SocketsJoin(rooms...) }

// SocketsLeave makes the sockets of all children leave rooms.
func (p *Parent) SocketsLeave(rooms ...string) error {
	return Target{parent: p}.SocketsLeave(rooms...)
}

// DisconnectSockets disconnects the sockets of all children; see Target.DisconnectSockets.
func (p *Parent) DisconnectSockets(whole bool) error {
	return Target{parent: p}.DisconnectSockets(whole)
}
