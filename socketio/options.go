package socketio

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/packet"
	"github.com/madang-chat/madang/socketio/internal/msgpack"
)

// Defaults of Options; engineio has those of the transport.
const (
	DefaultPath                 = "/socket.io/"
	DefaultConnectTimeout       = 45 * time.Second
	DefaultInboxEvents          = 256
	DefaultInboxBytes           = 1 << 20
	DefaultMaxNamespaces        = 100
	DefaultMaxUnknownEvents     = 1000
	DefaultMaxPendingHandshakes = 10_000
	DefaultMaxDynamicNamespaces = 10_000
	DefaultMaxDepth             = packet.MaxDepth
	DefaultMaxAttachments       = packet.MaxAttachments // with ParserMsgpack DefaultMaxBinaries
	DefaultMaxBinaries          = msgpack.MaxBinaries
	DefaultShutdownBatch        = 250
	DefaultShutdownPause        = 20 * time.Millisecond
)

// CORS says which other origins may use the server.
type CORS = engineio.CORS

// mostDepth is what the JSON decoder takes, less what a Bus puts around it.
const mostDepth = 9_990

// A ConnectionError is a refused request.
type ConnectionError = engineio.ConnectionError

// Options configure a Server. The zero value is the documented default. In numbers 0 means the default and a
// negative value means none.
type Options struct {
	// Path is what the URLs of all requests begin with. Default "/socket.io/".
	Path string
	// NoTrailingSlash also accepts the path without its trailing slash, as clients with addTrailingSlash: false send it. A router has to send
	// both to the server.
	NoTrailingSlash bool

	// ConnectTimeout is how long a connection may exist without having joined a namespace. Default 45 s.
	ConnectTimeout time.Duration
	// PingInterval is the time between two heartbeats, PingTimeout how long a client may take to answer one. Default 25 s and 20 s.
	PingInterval, PingTimeout time.Duration
	// UpgradeTimeout is how long the change from polling to WebSocket may take. Default 10 s.
	UpgradeTimeout time.Duration
	// WriteTimeout is how long one write to a connection may take. Default 10 s.
	WriteTimeout time.Duration

	// MaxPayload limits one message on WebSocket and one request body on polling, in bytes. Default 1,000,000.
	MaxPayload int64
	// MaxQueue limits what waits to be sent to one connection, in bytes; beyond it the connection is closed with ReasonSlow. Default 1 MiB.
	MaxQueue int
	// MaxHandshake limits the URL and the headers of the request that opens a connection, and besides that the auth of each namespace, in bytes:
	// they are kept as long as the connection. Default 32 KiB.
	MaxHandshake int
	// InboxEvents and InboxBytes limit the events of one socket that wait for their handlers. At the limit the connection
	// isn't read any more until half of them are done. While an Ask of the connection waits, reading goes
	// on, and an event beyond the limit closes the connection with ReasonInboxFull. Default 256 and 1 MiB.
	InboxEvents, InboxBytes int
	// MaxNamespaces limits the namespaces that one connection may be in at a time. Default 100.
	MaxNamespaces int
	// MaxDynamicNamespaces limits the namespaces that clients may bring into being through OfFunc and OfRegexp; a further one is refused. Without
	// CleanupEmptyChildNamespaces they stay until the server is closed. Default 10,000.
	MaxDynamicNamespaces int
	// MaxDepth limits the nesting of arrays and objects in what clients send, MaxAttachments the binary parts of one packet. A packet beyond
	// is a broken one: OnError is told, and the connection is closed. Default 512, at most 9,990, and 10, with ParserMsgpack 1000.
	MaxDepth, MaxAttachments int
	// MaxUnknownEvents limits the events of one connection that nobody handles: one more ends it with ReasonUnknownEvents. OnAny
	// handles all. Default 1000.
	MaxUnknownEvents int
	// MaxPendingHandshakes limits the connections that haven't joined a namespace yet: further handshakes are refused, which
	// OnConnectionError is told. Default 10,000.
	MaxPendingHandshakes int
	// EventsPerSecond and BytesPerSecond limit what one connection sends, after a burst of as much as one second allows. Events beyond are
	// not handled: those that want an ack get an error of CodeRateLimited, and OnError is told of the others, once for all that follow one
	// another. A message may overdraw the bytes once. Acks count as bytes but are never refused. Default: no limit.
	EventsPerSecond, BytesPerSecond int

	// Parser is the form of the packets. Default ParserJSON.
	Parser Parser
	// Transports are those offered: "polling", "websocket". Default both.
	Transports []string
	// DisableUpgrades keeps a connection on the transport it began with.
	DisableUpgrades bool
	// AllowEIO3 admits clients of Socket.IO 1 and 2.
	AllowEIO3 bool

	// DisableHTTPCompression turns off gzip and deflate for polling answers, and both and brotli for the client files. Where a middleware says
	// that it compresses, in Content-Encoding or Vary or by a writer that holds a compressor, that is left to it anyway.
	DisableHTTPCompression bool
	// HTTPCompressionThreshold is the size in bytes from which polling answers are compressed. Default 1024.
	HTTPCompressionThreshold int
	// PerMessageDeflate offers compression on WebSocket.
	PerMessageDeflate bool
	// PerMessageDeflateThreshold is the size in bytes from which messages are compressed. Default 1024.
	PerMessageDeflateThreshold int

	// Cookie, when set, is sent with every handshake answer; its value becomes the connection's id.
	Cookie *http.Cookie
	// CORS, when set, answers preflights and adds the CORS headers to every answer.
	CORS *CORS
	// AllowRequest may refuse a handshake. It isn't called for later requests of a connection. Check the Origin header here.
	AllowRequest func(*http.Request) error
	// ConnContext runs once for each handshake; what it returns is the parent of every context of the connection's sockets.
	// Read cookies and sessions here. It isn't cancelled with the request.
	ConnContext func(context.Context, *http.Request) context.Context
	// Middleware wraps every request and upgrade; the first one is outermost.
	Middleware []func(http.Handler) http.Handler
	// GenerateID makes the ids of connections. They must be unguessable and unique. An error refuses the handshake.
	GenerateID func(*http.Request) (string, error)
	// InitialHeaders may add headers to the answer that opens a connection, Headers to every answer.
	InitialHeaders, Headers func(http.Header, *http.Request)
	// OnConnectionError is told of every request that was refused.
	OnConnectionError func(*ConnectionError)

	// NoClient turns off the JavaScript client under Path (socket.io.js and the like).
	NoClient bool
	// ClientFiles holds the built official client. Without it those requests are redirected to the official CDN.
	ClientFiles fs.FS
	// CleanupEmptyChildNamespaces removes a dynamic namespace when its last socket has left.
	CleanupEmptyChildNamespaces bool
	// EncodeError chooses what a client gets as ack when a handler failed. Default {"error":{"code","message"}} from an
	// *Error; anything else is shown as internal error.
	EncodeError func(ctx context.Context, s *Socket, err error) any
	// OnError is told of errors that no client sees in full: causes, decode errors, panics (*PanicError), and what ends a connection: an
	// *Error of CodeBadPacket, CodeTooDeep, CodeTooManyAttachments or CodeTooLarge. The event is "connect" or "disconnect" for those hooks
	// and empty for those packets. Default: the Logger, which gets what clients did wrong as warnings.
	OnError func(ctx context.Context, s *Socket, event string, err error)

	// Recovery, when set, turns on connection state recovery.
	Recovery *RecoveryOptions
	// ShutdownEvent, when not empty, is the name of an event without arguments that Shutdown sends to all sockets first.
	ShutdownEvent string
	// ShutdownBatch is how many connections Shutdown closes at a time, ShutdownPause the time between two batches. Default 250 and 20 ms.
	ShutdownBatch int
	ShutdownPause time.Duration
	// Bus connects the server with the others of a cluster. Default: it is alone.
	Bus Bus

	// Observer, when set, is told what happens, for metrics. Without one nothing is measured.
	Observer Observer
	// DisableAdaptiveFlush writes broadcasts at once. Otherwise they may wait up to 1 ms for others to share a write.
	DisableAdaptiveFlush bool
	// Logger gets errors that OnError doesn't take, warnings about mistakes of the program around the server, each at most once a minute, and
	// debug messages. Default slog.Default().
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Path == "" {
		o.Path = DefaultPath
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = DefaultConnectTimeout
	}
	limit(&o.MaxHandshake, engineio.DefaultMaxHandshake)
	limit(&o.InboxEvents, DefaultInboxEvents)
	limit(&o.InboxBytes, DefaultInboxBytes)
	limit(&o.MaxNamespaces, DefaultMaxNamespaces)
	limit(&o.MaxDynamicNamespaces, DefaultMaxDynamicNamespaces)
	limit(&o.MaxDepth, DefaultMaxDepth)
	o.MaxDepth = min(o.MaxDepth, mostDepth)
	attachments := DefaultMaxAttachments
	if o.Parser == ParserMsgpack {
		attachments = DefaultMaxBinaries
	}
	limit(&o.MaxAttachments, attachments)
	limit(&o.MaxUnknownEvents, DefaultMaxUnknownEvents)
	limit(&o.MaxPendingHandshakes, DefaultMaxPendingHandshakes)
	limit(&o.ShutdownBatch, DefaultShutdownBatch)
	if o.ShutdownPause == 0 {
		o.ShutdownPause = DefaultShutdownPause
	}
	if o.Recovery != nil {
		o.Recovery = o.Recovery.withDefaults()
	}
	if o.EncodeError == nil {
		o.EncodeError = encodeError
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.OnError == nil {
		o.OnError = logError(o.Logger)
	}
	return o
}

func limit(n *int, otherwise int) {
	switch {
	case *n == 0:
		*n = otherwise
	case *n < 0:
		*n = math.MaxInt
	}
}

// queueSize is MaxQueue as the engine understands it.
func queueSize(o *Options) int {
	size := o.MaxQueue
	limit(&size, engineio.DefaultMaxQueue)
	return size
}

// shortIDs reports whether ids of sockets may be shorter than idLength: those of old clients are made of the application's ids.
func (o *Options) shortIDs() bool { return o.AllowEIO3 && o.GenerateID != nil }

func (o *Options) engine() engineio.Options {
	return engineio.Options{
		Path: o.Path, NoTrailingSlash: o.NoTrailingSlash,
		PingInterval: o.PingInterval, PingTimeout: o.PingTimeout, UpgradeTimeout: o.UpgradeTimeout, WriteTimeout: o.WriteTimeout,
		MaxPayload: o.MaxPayload, MaxQueue: o.MaxQueue, MaxHandshake: o.MaxHandshake, MaxPending: o.MaxPendingHandshakes,
		Transports: o.Transports, DisableUpgrades: o.DisableUpgrades, AllowEIO3: o.AllowEIO3,
		DisableHTTPCompression: o.DisableHTTPCompression, HTTPCompressionThreshold: o.HTTPCompressionThreshold,
		PerMessageDeflate: o.PerMessageDeflate, PerMessageDeflateThreshold: o.PerMessageDeflateThreshold,
		Cookie: o.Cookie, CORS: o.CORS, AllowRequest: o.AllowRequest, ConnContext: o.ConnContext, Middleware: o.Middleware,
		GenerateID: o.GenerateID, InitialHeaders: o.InitialHeaders, Headers: o.Headers, OnConnectionError: o.OnConnectionError,
		DisableAdaptiveFlush: o.DisableAdaptiveFlush, Logger: o.Logger,
	}
}

func isEnd(err error) bool {
	return errors.Is(err, ErrClosed) || errors.Is(err, ErrDisconnected) || errors.Is(err, context.Canceled)
}

func logError(log *slog.Logger) func(context.Context, *Socket, string, error) {
	return func(ctx context.Context, s *Socket, event string, err error) {
		args := []any{"namespace", s.ns.name, "socket", s.id, "event", event, "error", err}
		level := slog.LevelError
		if clientFault(err) {
			level = slog.LevelWarn
		}
		if p, ok := err.(*PanicError); ok {
			args = append(args, "stack", string(p.Stack))
		} else if s.state() == ended && isEnd(err) {
			level = slog.LevelDebug // the client left while a handler was at work
		}
		log.Log(ctx, level, "socketio: event failed", args...)
	}
}
