package live

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/socketio"
)

// Limits that aren't a matter of choice: what the page needs, and no more.
const (
	maxPayload     = 64 << 10         // bytes of one message of a client; a text has 8 KiB at most
	maxNamespaces  = 3                // of one connection
	connectTimeout = 10 * time.Second // for a connection to enter a namespace
)

// DefaultLobbyRooms is the default of Options.LobbyRooms: about 250 KB, so that nearly every server
// shows and searches all its rooms.
const DefaultLobbyRooms = 1000

// Options of a [Door].
type Options struct {
	House *chat.House // required; the Door doesn't close it

	// AllowedOrigins are origins, such as "https://chat.example.org", whose pages may connect
	// besides those of the host that was asked.
	AllowedOrigins []string
	// LobbyRooms is how many rooms, last active first, roomList and list bring; they tell the
	// number of all too. Default DefaultLobbyRooms; negative = all.
	LobbyRooms int
	// ClientFiles holds the built official client, served under /socket.io/. nil = it isn't served.
	ClientFiles fs.FS
	// Logger gets what no client sees. Default slog.Default().
	Logger *slog.Logger
}

// A Door serves a House over Socket.IO. All methods are safe from any goroutine.
type Door struct {
	house   *chat.House
	origins map[string]bool
	log     *slog.Logger
	server  *socketio.Server
	stop    []func() // ends the subscriptions
}

// New opens a door. Close or Shutdown ends it; do that before the House is closed.
func New(o Options) *Door {
	d := &Door{house: o.House, origins: make(map[string]bool), log: cmp.Or(o.Logger, slog.Default())}
	for _, origin := range o.AllowedOrigins {
		d.origins[normalOrigin(origin)] = true
	}
	d.server = socketio.New(socketio.Options{
		MaxPayload:     maxPayload,
		MaxNamespaces:  maxNamespaces,
		ConnectTimeout: connectTimeout,
		AllowRequest:   d.allow,
		ConnContext:    d.recognise,
		EncodeError:    encodeError,
		OnError:        d.report,
		NoClient:       o.ClientFiles == nil,
		ClientFiles:    o.ClientFiles,
		Logger:         d.log,
	})
	d.server.Of("/").Use(func(context.Context, *socketio.Socket) error {
		return &socketio.Error{Message: "Invalid namespace"} // the official server's words
	})

	l := &lobby{Door: d, ns: d.server.Of("/room"), most: cmp.Or(o.LobbyRooms, DefaultLobbyRooms)}
	r := &rooms{Door: d, ns: d.server.Of("/chat")}
	for _, ns := range []*socketio.Namespace{l.ns, r.ns} {
		ns.Use(admit)
		ns.Intercept(refer)
	}
	l.ns.Mount(l)
	r.ns.Mount(r)
	d.stop = []func(){d.house.Subscribe(chat.Lobby, l.tell), d.house.Subscribe(chat.EveryRoom, r.tell)}
	return d
}

// Server is the Socket.IO server: an http.Handler for everything below /socket.io/.
func (d *Door) Server() *socketio.Server { return d.server }

// ServeHTTP serves everything below /socket.io/.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.server.ServeHTTP(w, r) }

// Close ends all connections at once. Pages connect again by themselves.
func (d *Door) Close() error { return d.end(d.server.Close()) }

// Shutdown refuses new connections, waits until what has been emitted is written or ctx ends, then
// closes. The error is that of ctx, when something was left.
func (d *Door) Shutdown(ctx context.Context) error { return d.end(d.server.Shutdown(ctx)) }

func (d *Door) end(err error) error {
	for _, stop := range d.stop {
		stop()
	}
	return err
}
