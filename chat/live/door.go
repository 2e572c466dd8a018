package live

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/trace"
	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/socketio"
)

// Options of a [Door].
type Options struct {
	House *chat.House // required; the Door doesn't close it

	// AllowedOrigins are origins, such as "https://chat.example.org", whose pages may connect
	// besides those of the host that was asked.
	AllowedOrigins []string
	// ClientFiles holds the built official client, served under /socket.io/. nil = it isn't served.
	ClientFiles fs.FS
	// Logger gets what no client sees. Default slog.Default().
	Logger *slog.Logger
	// Observer is told what the Socket.IO server does; nil = nobody is.
	Observer *socketio.Observer
}

// A Door serves a House over Socket.IO. All methods are safe from any goroutine.
type Door struct {
	house   *chat.House
	origins map[string]bool
	places  *places
	log     *slog.Logger
	advice  advice.Advice
	server  *socketio.Server
	stop    []func() // ends the subscriptions and what they have begun

	restarting atomic.Bool
}

// New opens a door. Close or Shutdown ends it; do that before the House is closed.
func New(o Options) *Door {
	limits := o.House.Limits()
	d := &Door{house: o.House, origins: make(map[string]bool), places: newPlaces(limits),
		log: slog.New(trace.Handler(cmp.Or(o.Logger, slog.Default()).Handler()))}
	for _, origin := range o.AllowedOrigins {
		d.origins[normalOrigin(origin)] = true
	}
	d.server = socketio.New(socketio.Options{
		ConnectTimeout:         limits.ConnectTimeout,
		MaxPayload:             int64(limits.Packet),
		MaxNamespaces:          limits.Namespaces,
		MaxDepth:               limits.JSONDepth,
		NoAttachments:          true,
		UnknownEventsPerMinute: limits.UnknownEvents,
		EventsPerSecond:        limits.EventsPerSecond,
		CORS:                   &socketio.CORS{AllowOrigin: d.admits},
		Middleware:             []func(http.Handler) http.Handler{d.gate},
		ConnContext:            d.keep,
		EncodeError:            d.encodeError,
		OnError:                d.report,
		NoClient:               o.ClientFiles == nil,
		ClientFiles:            o.ClientFiles,
		Logger:                 slog.New(lowered{d.log.Handler()}),
		Observer:               o.Observer,
	})
	d.house.OnLockout(d.places.lockOut)
	d.house.OnEnding(d.places.end)
	d.server.Of("/").Use(func(context.Context, *socketio.Socket) error {
		return &socketio.Error{Message: "Invalid namespace"} // the official server's words
	})

	l := newLobby(d, d.server.Of("/room"))
	r := &rooms{Door: d, ns: d.server.Of("/chat")}
	for _, ns := range []*socketio.Namespace{l.ns, r.ns} {
		ns.Use(d.admit)
		ns.Intercept(d.explain)
	}
	l.ns.Mount(l)
	r.ns.Mount(r)
	d.stop = []func(){d.house.Subscribe(chat.Lobby, l.tell), d.house.Subscribe(chat.EveryRoom, r.tell),
		func() { l.again.Stop() }}
	return d
}

// Server is the Socket.IO server: an http.Handler for everything below /socket.io/.
func (d *Door) Server() *socketio.Server { return d.server }

// ServeHTTP serves everything below /socket.io/.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.server.ServeHTTP(w, r) }

// Connected tells how many visitors and connections a lockout is about, and how many visitors are
// connected in all.
func (d *Door) Connected(l chat.Lockout) (visitors, connections, all int) {
	those := d.places.those(l)
	who := map[string]bool{}
	d.places.mu.Lock()
	defer d.places.mu.Unlock()
	for _, pl := range those {
		if pl.session != "" {
			who[pl.session] = true
		}
	}
	return len(who), len(those), len(d.places.sessions)
}

// Close ends all connections at once. Pages connect again by themselves.
func (d *Door) Close() error { return d.end(d.server.Close()) }

// Shutdown tells everybody that the server restarts, refuses new connections, waits until what has
// been emitted is written or ctx ends, then closes. The error is that of ctx, when something was
// left.
func (d *Door) Shutdown(ctx context.Context) error {
	d.TellRestart(ctx)
	return d.end(d.server.Shutdown(ctx))
}

func (d *Door) end(err error) error {
	for _, stop := range d.stop {
		stop()
	}
	return err
}
