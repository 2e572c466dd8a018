package socketio

import (
	"context"
	"io/fs"
	"log/slog"
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
	DefaultAttachmentTimeout    = 30 * time.Second
	DefaultMaxMemory            = 4 << 20
	DefaultMaxRooms             = 10_000
	DefaultMaxNamespaces        = 100
	DefaultMaxPendingHandshakes = 10_000
	DefaultMaxPendingPerAddress = 1000
	DefaultMaxDynamicNamespaces = 10_000
	DefaultMaxDepth             = packet.MaxDepth
	DefaultMaxAttachments       = packet.MaxAttachments // of ParserJSON; DefaultMaxBinaries with others
	DefaultMaxBinaries          = msgpack.MaxBinaries
	DefaultShutdownBatch        = 250
	DefaultShutdownPause        = 20 * time.Millisecond
	DefaultMaxRoomEvents        = 10_000
	DefaultMaxServerRequests    = 10_000
	DefaultAnswerTimeout        = 5 * time.Second // the requestsTimeout of the official adapters

	DefaultUnknownEventsPerMinute = 1000
)

// CORS says which other origins may use the server.
type CORS = engineio.CORS

// mostDepth is what the JSON decoder takes, less what a Bus puts around it.
const mostDepth = 9_990

// A ConnectionError is a refused request.
type ConnectionError = engineio.ConnectionError

// A Refusal is an error of Options.AllowRequest that chooses the Status of the answer, 400 to 599,
// with RetryAfter and Message; its Err stays here.
type Refusal = engineio.Refusal

// IsHandshake reports whether a request asks for a new connection, unlike the later ones of a
// connection that exists and the preflights of browsers: for Options.Middleware.
func IsHandshake(r *http.Request) bool { return engineio.IsHandshake(r) }

// Options configure a Server. The zero value is the documented default. In numbers 0 means the default and a
// negative value means none.
type Options struct {
	// Path is what the URLs of all requests begin with. Default "/socket.io/". A missing trailing slash is added.
	Path string
	// NoTrailingSlash also accepts the path without its trailing slash, as clients with addTrailingSlash: false send
	// it. A router has to send both to the server.
	NoTrailingSlash bool

	// ConnectTimeout is how long a connection may exist without having joined a namespace. Default 45 s.
	ConnectTimeout time.Duration
	// PingInterval is the time between two heartbeats, PingTimeout how long a client may take to answer one. Default 25 s and 20 s.
	PingInterval, PingTimeout time.Duration
	// UpgradeTimeout is how long the change from polling to WebSocket may take. Default 10 s.
	UpgradeTimeout time.Duration
	// WriteTimeout is how long one write to a connection may take. Default 10 s.
	WriteTimeout time.Duration
	// BodyTimeout is how long a client may take to send the whole body of one request, and to read a client file,
	// whatever the http.Server says. Beyond it the connection ends as a transport error. Default 30 s: a megabyte at
	// 270 kbit/s, and about as long as heartbeats let a client send nothing but one body. Raise it together with
	// MaxPayload. A body that nobody wants is never waited for: the answer is sent at once and ends the connection.
	BodyTimeout time.Duration

	// AttachmentTimeout is how long the attachments that a packet announced may take to come. A connection that is
	// later ends with ReasonAttachmentTimeout, whether it answers heartbeats or not; while it isn't read no time
	// passes. Default 30 s.
	AttachmentTimeout time.Duration

	// MaxPayload limits one message on WebSocket, one request body on polling, and one packet together with its
	// attachments, in bytes. Default 1,000,000.
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
	// MaxMemory limits what one connection holds because its client said so, in bytes: the handshake, the auths and
	// names of its namespaces (each counts 2 KiB more), the names of its rooms (256 bytes more), a packet whose
	// attachments are still to come, and the events in all its inboxes. At the limit the connection isn't read until
	// half of the events are done; while an Ask waits it ends with ReasonInboxFull. Where no event waits, a further
	// namespace is refused, Join is ErrTooManyRooms, and attachments end the connection with CodeTooLarge. The queue
	// of MaxQueue and the message that is being read count by themselves. Default 4 MiB, or what other options need:
	// 2 × (MaxPayload + InboxBytes), or 400 × MaxRooms. Without one of those limits there is none.
	MaxMemory int
	// MaxRooms limits the rooms of one socket besides the one of its id: Join of more is ErrTooManyRooms. Default
	// 10,000.
	MaxRooms int
	// MaxNamespaces limits the namespaces that one connection may be in at a time. Default 100.
	MaxNamespaces int
	// MaxDynamicNamespaces limits the namespaces that clients may bring into being through OfFunc and OfRegexp, those
	// that Of made not counted: a client that wants a further one is refused, unless there is one with nobody in it.
	// Default 10,000.
	MaxDynamicNamespaces int
	// KeepEmptyNamespaces keeps a dynamic namespace when its last socket has left, until the server is closed:
	// clients can use up MaxDynamicNamespaces then. Otherwise it goes with the last handler of that socket, and with
	// Recovery with the last session that may come back; only those that Of made stay. A client that comes later
	// makes it again: see OnNamespace.
	KeepEmptyNamespaces bool
	// MaxDepth limits the nesting of arrays and objects in what clients send, MaxAttachments the binary parts of one packet. A packet beyond
	// is a broken one: OnError is told, and the connection is closed. Default 512, at most 9,990, and 10, with
	// another Parser than ParserJSON 1000. The official client takes 10 attachments too: what is emitted with more
	// than that, or than a larger MaxAttachments, fails with ErrTooManyAttachments.
	MaxDepth, MaxAttachments int
	// UnknownEventsPerMinute limits the events of one connection that nobody handles, as many at
	// once included: one more ends it with ReasonUnknownEvents. OnAny handles all. Default 1000.
	UnknownEventsPerMinute int
	// MaxPendingHandshakes limits the connections that haven't joined a namespace yet. A further handshake ends the
	// oldest of them whose client hasn't sent anything since its handshake; when there is none it is refused with
	// status 503, which OnConnectionError is told as TOO_MANY_PENDING. Default 10,000.
	MaxPendingHandshakes int
	// MaxPendingPerAddress limits those of one ClientAddress, or of one /64 network of IPv6: a further handshake is
	// refused with status 429. Default 1000: honest clients are pending for a round trip or two, so that many
	// thousands of them may come back at once through one proxy, and ten addresses are needed to fill
	// MaxPendingHandshakes.
	MaxPendingPerAddress int
	// ClientAddress tells whose request a handshake is when proxies stand in front, such as TrustProxies does; it
	// becomes Handshake.Address. What isn't an IP address, with or without a port, counts as it is. Default: the host
	// of RemoteAddr.
	ClientAddress func(*http.Request) string
	// MaxRoomEvents limits the events of one namespace that wait for the functions of OnRoom. Those beyond are
	// dropped, and the functions get RoomsLost in their place. Default 10,000.
	MaxRoomEvents int
	// EventsPerSecond and BytesPerSecond limit what one connection sends, after a burst of as much as one second allows. Events beyond are
	// not handled: those that want an ack get an error of CodeRateLimited, and OnError is told of the others, once for all that follow one
	// another. A message may overdraw the bytes once. Acks count as bytes but are never refused. Default: no limit.
	EventsPerSecond, BytesPerSecond int

	// Parser is the form of the packets, the same as the clients'. Default ParserJSON.
	Parser Parser
	// Transports are those offered: "polling", "websocket". Default both. Another name makes New panic.
	Transports []string
	// DisableUpgrades keeps a connection on the transport it began with.
	DisableUpgrades bool
	// AllowEIO3 admits clients of Socket.IO 1 and 2.
	AllowEIO3 bool

	// DisableHTTPCompression turns off gzip and deflate for polling answers, gzip and brotli for the
	// client files. Where a middleware says that it compresses, in Content-Encoding or Vary or by a
	// writer that holds a compressor, that is left to it anyway.
	DisableHTTPCompression bool
	// HTTPCompressionThreshold is the size in bytes from which polling answers are compressed. Default 1024; negative: always.
	HTTPCompressionThreshold int
	// PerMessageDeflate offers compression on WebSocket.
	PerMessageDeflate bool
	// PerMessageDeflateThreshold is the size in bytes from which messages are compressed. Default 1024; negative: always.
	PerMessageDeflateThreshold int

	// Cookie, when set, is sent with every handshake answer; its value becomes the connection's id. The default name
	// is "io", the default path "/". A name, path or domain that no browser takes makes New panic.
	Cookie *http.Cookie
	// CORS, when set, answers preflights and adds the CORS headers to every answer.
	CORS *CORS
	// AllowRequest may refuse a handshake: the client gets the text of the error, with status 403
	// on polling and 400 on WebSocket; a *Refusal chooses its status. It isn't called for later
	// requests of a connection. Check the Origin header here.
	AllowRequest func(*http.Request) error
	// ConnContext runs once for each handshake, to read cookies and sessions. What it returns is the
	// parent of all contexts of the connection: they have its values and end with it. The connection
	// is closed then with ReasonContextEnded and a DISCONNECT, so official clients don't come back by
	// themselves; if it has ended already, the handshake is refused with status 403. It may be a
	// child of ctx, or of r.Context(), which doesn't end with the request here. Both end behind the
	// connection's last handler.
	ConnContext func(context.Context, *http.Request) context.Context
	// Middleware wraps every request and upgrade, but not the client files; the first one is
	// outermost. It may answer by itself, with any status. IsHandshake tells the first request of a
	// connection.
	Middleware []func(http.Handler) http.Handler
	// GenerateID makes the ids of connections. They must be unguessable and unique. An error refuses the handshake.
	GenerateID func(*http.Request) (string, error)
	// InitialHeaders may add headers to the answer that opens a connection, Headers to every answer.
	InitialHeaders, Headers func(http.Header, *http.Request)
	// OnConnectionError is told of every request that was refused, and of every connection that ended for what its
	// client sent while it was in no namespace, with the names BrokenPacket and NotConnected. The Request of these is
	// made of what the handshake keeps, without a body or context. A panic in it is logged.
	OnConnectionError func(*ConnectionError)

	// NoClient turns off the JavaScript client under Path (socket.io.js and the like).
	NoClient bool
	// ClientFiles holds the built official client. Files beside its own that end in .br and .gz are what clients get
	// that take such; gzip is made where it's missing. Without ClientFiles those requests are redirected to the
	// official CDN.
	ClientFiles fs.FS
	// EncodeError chooses what a client gets as ack when a handler failed; Registrar.EncodeError goes
	// before it. Default {"error":{"code","message"}} from an *Error; anything else is shown as
	// internal error.
	EncodeError func(ctx context.Context, s *Socket, err error) any
	// OnError is told of errors that no client sees in full: causes, decode errors, panics
	// (*PanicError), and what ends a connection: an *Error of CodeBadPacket, CodeTooDeep,
	// CodeTooManyAttachments or CodeTooLarge. The event is "connect", "upgrade" or "disconnect" for
	// those hooks and empty for those packets. Default: the Logger, which gets what clients did wrong
	// as warnings.
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
	// ServerName is what the others know the server by: unique in the cluster. Default: 16 random hexadecimal digits.
	ServerName string
	// AnswerTimeout is how long other servers of the cluster are waited for when the context has no deadline; a
	// *MissingServersError tells who is missing. AskAll waits no longer for how many sockets they ask, whatever its
	// context. Default 5 s; negative: no limit.
	AnswerTimeout time.Duration
	// MaxServerRequests limits the server events and the questions of AskAll from other servers that are at work at a
	// time. One more is refused: who asked gets an error. Default 10,000; negative: no limit.
	MaxServerRequests int

	// Observer, when set, is told what happens, for metrics.
	Observer *Observer
	// DisableAdaptiveFlush writes broadcasts at once. Otherwise they may wait up to 1 ms for others to share a write.
	DisableAdaptiveFlush bool
	// Logger gets errors that OnError doesn't take, warnings about mistakes of the program around the server, each at
	// most once a minute, and debug messages. When its handler panics, standard error is told, once. Default
	// slog.Default().
	Logger *slog.Logger
}
