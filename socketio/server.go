package socketio

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/serial"
)

// A Server is a Socket.IO server and an http.Handler.
type Server struct {
	opts     Options
	observer Observer
	engine   *engineio.Server
	files    http.Handler // nil when the client isn't served
	workers  workers
	needs    needs
	origin   origin          // of connections without a ConnContext
	requests sync.Map        // to other servers: id → func(*BusMessage)
	surveys  sync.Map        // of other servers: *survey → func(left string)
	tunnels  tunnels         // to and from other servers
	atWork   atomic.Int64    // what others want done, where a goroutine does it
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	working  context.Context // ends when whoever closes the server waits for handlers no longer
	giveUp   context.CancelCauseFunc
	sweeper  *time.Timer // nil without recovery
	leaveBus func()      // may be called more than once
	keeps    *calmBus    // the Bus, when recovery is its
	numbers  atomic.Uint64
	advice   advice.Advice
	warnings serial.Queue[func()] // those that are found under a lock
	codec    codec
	limits   PacketLimits

	mu         sync.RWMutex
	namespaces map[string]*Namespace // guarded by mu
	parents    []*Parent             // guarded by mu
	dynamics   int                   // namespaces that clients made; guarded by mu
	resting    map[*Namespace]bool   // of them, empty ones that recovery keeps; guarded by mu
	onNew      []func(*Namespace)    // guarded by mu
	closed     bool                  // guarded by mu
	hinted     bool                  // ShutdownEvent was sent; guarded by mu
}

// New makes a server. Close or Shutdown ends it. Impossible options panic.
func New(o Options) *Server {
	o.check()
	s := &Server{opts: o.withDefaults(), namespaces: make(map[string]*Namespace)}
	s.limits = s.opts.limits()
	s.codec = newCodec(s.opts.Parser, s.limits)
	if s.opts.Observer != nil {
		s.observer = *s.opts.Observer
	}
	s.origin = origin{s, context.Background()}
	s.workers.max = idleWorkers()
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.working, s.giveUp = context.WithCancelCause(context.Background())
	if b, ok := s.opts.Bus.(*calmBus); ok && s.opts.Recovery != nil && b.keeps() {
		s.keeps = b
	}
	s.Of("/")
	engine := s.opts.engine()
	engine.Observer = s.observer.engine()
	s.forwardOptions(&engine)
	s.tunnels.server, s.tunnels.most = s, mostTunnels
	s.engine = engineio.New(engine, s.open)
	if !s.opts.NoClient {
		s.files = s.engine.Wrap(newClientFiles(s.opts.ClientFiles, !s.opts.DisableHTTPCompression, s.opts.Logger))
	}
	s.leaveBus = func() {}
	if s.opts.Bus != nil {
		stop := s.opts.Bus.Start(BusServer{Name: s.Name(), Receive: s.receive, Logger: s.opts.Logger, Needs: s.watchNeeds})
		s.leaveBus = sync.OnceFunc(func() { s.tunnels.close(); stop(); s.endRequests() })
	}
	if s.opts.Recovery != nil {
		s.mu.Lock()
		s.sweeper = time.AfterFunc(s.sweepTime(), s.sweepAll)
		s.mu.Unlock()
	}
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.files != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		if name, ok := strings.CutPrefix(r.URL.Path, s.engine.Path()); ok && isClientFile(name) {
			s.files.ServeHTTP(w, r)
			return
		}
	}
	s.engine.ServeHTTP(w, r)
}

// Path is the path that the server answers, with its trailing slash.
func (s *Server) Path() string { return s.engine.Path() }

// CountConnections is the number of connections of this server.
func (s *Server) CountConnections() int { return s.engine.Count() }

// Dropped is how many events of Volatile and Latest were replaced or dropped.
func (s *Server) Dropped() uint64 { return s.engine.Dropped() }

// Of returns the namespace of that name and makes it when there is none. Keep the name of a dynamic
// one, not the pointer: it goes when it is empty.
func (s *Server) Of(name string) *Namespace {
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	if err := checkNamespace(name); err != nil {
		panic(fmt.Sprintf("socketio: %.40q can't be the name of a namespace: %v", name, err))
	}
	n, made := s.of(name)
	if made {
		n.announce()
	}
	return n
}

func (s *Server) of(name string) (n *Namespace, made bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = s.namespaces[name]
	if n == nil {
		made = true
		i := slices.IndexFunc(s.parents, func(p *Parent) bool { return p.pattern != nil && p.pattern.MatchString(name) })
		if i >= 0 {
			n = s.addChild(s.parents[i], name)
		} else {
			n = s.add(name)
		}
		n.named = true
	}
	return n, made
}

// add needs mu.
func (s *Server) add(name string) *Namespace {
	n := newNamespace(s, name)
	n.onNew = s.onNew
	s.namespaces[name] = n
	s.need(need{namespace: name, needed: true})
	return n
}

// OnNamespace adds a function that gets each namespace, old and new, once.
func (s *Server) OnNamespace(fn func(*Namespace)) {
	require("OnNamespace", fn != nil)
	s.mu.Lock()
	s.onNew = with(s.onNew, fn)
	known := slices.Collect(maps.Values(s.namespaces))
	s.mu.Unlock()
	for _, n := range known {
		n.protect("OnNamespace", func() { fn(n) })
	}
}

// announce tells of a new namespace, or waits until whoever made it has told.
func (n *Namespace) announce() {
	n.announced.Do(func() {
		n.server.settleNeeds()
		for _, fn := range n.onNew {
			n.protect("OnNamespace", func() { fn(n) })
		}
	})
}

// OfFunc makes a namespace when a client asks for a name that match accepts.
func (s *Server) OfFunc(match func(ctx context.Context, name string, h *Handshake) bool) *Parent {
	require("OfFunc", match != nil)
	return s.addParent(&Parent{server: s, match: match})
}

// OfRegexp is OfFunc for the names that re matches. Anchor it: ^/room-\d+$.
func (s *Server) OfRegexp(re *regexp.Regexp) *Parent {
	require("OfRegexp", re != nil)
	return s.addParent(&Parent{server: s, pattern: re, match: func(_ context.Context, name string, _ *Handshake) bool {
		return re.MatchString(name)
	}})
}

func (s *Server) addParent(p *Parent) *Parent {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents = with(s.parents, p)
	return p
}

// addChild needs mu.
func (s *Server) addChild(p *Parent, name string) *Namespace {
	n := s.add(name)
	n.parent, n.child = p, len(p.children)
	p.children = append(p.children, n)
	return n
}

// enter finds a namespace for a new socket and keeps it until leave.
func (s *Server) enter(name string) *Namespace {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	if n != nil {
		s.use(n)
	}
	return n
}

// use needs mu.
func (s *Server) use(n *Namespace) {
	n.users++
	delete(s.resting, n)
}

// enterDynamic is enter for a name that a parent has accepted, or nil when there are too many such
// namespaces.
func (s *Server) enterDynamic(p *Parent, name string) *Namespace {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	if n == nil {
		if s.dynamics >= s.opts.MaxDynamicNamespaces && !s.makeRoom() {
			return nil
		}
		s.dynamics++
		n = s.addChild(p, name)
	}
	s.use(n)
	return n
}

// makeRoom gives up a namespace whose clients are away for one that a client is waiting for. It
// needs mu.
func (s *Server) makeRoom() bool {
	for n := range s.resting {
		s.drop(n)
		return true
	}
	return false
}

func (s *Server) leave(n *Namespace) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.users--
	s.prune(n)
}

// prune removes a dynamic namespace that nobody needs any more. It needs mu.
func (s *Server) prune(n *Namespace) {
	switch {
	case n.users > 0 || n.parent == nil || n.named || s.namespaces[n.name] != n:
		return
	case n.used.Load() && s.opts.KeepEmptyNamespaces:
		return // but refused clients could fill MaxDynamicNamespaces
	case n.history.awaits() || n.sequence.awaits():
		if s.resting == nil {
			s.resting = make(map[*Namespace]bool)
		}
		s.resting[n] = true // the sweeper comes back to it
		return
	}
	s.drop(n)
}

// drop removes a dynamic namespace that a client brought into being. It needs mu.
func (s *Server) drop(n *Namespace) {
	delete(s.resting, n)
	delete(s.namespaces, n.name)
	s.need(need{namespace: n.name})
	s.dynamics--
	list := n.parent.children
	last := len(list) - 1
	list[n.child] = list[last]
	list[n.child].child = n.child
	list[last] = nil
	n.parent.children = list[:last]
}

func (s *Server) dynamic() []*Parent {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.parents
}

// all lists the namespaces that exist now.
func (s *Server) all() []*Namespace {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.namespaces))
}

// sockets lists the connected sockets of all namespaces.
func (s *Server) sockets() []*Socket {
	var list []*Socket
	for _, n := range s.all() {
		list = n.appendSockets(list)
	}
	return list
}
