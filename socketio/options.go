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
	DefaultPath                   = "/socket.io/"
	DefaultConnectTimeout         = 45 * time.Second
	DefaultAttachmentTimeout      = 30 * time.Second
	DefaultInboxEvents            = 256
	DefaultInboxBytes             = 1 << 20
	DefaultMaxMemory              = 4 << 20
	DefaultMaxRooms               = 10_000
	DefaultMaxNamespaces          = 100
	DefaultMaxDepth               = packet.MaxDepth       // 512
	DefaultMaxAttachments         = packet.MaxAttachments // 10, of ParserJSON
	DefaultMaxBinaries            = msgpack.MaxBinaries   // 1000, MaxAttachments of other parsers
	DefaultUnknownEventsPerMinute = 1000
	DefaultMaxPendingHandshakes   = 10_000
	DefaultMaxPendingPerAddress   = 1000
	DefaultMaxDynamicNamespaces   = 10_000
	DefaultMaxRoomEvents          = 10_000
	DefaultShutdownBatch          = 250
	DefaultShutdownPause          = 20 * time.Millisecond
	DefaultAnswerTimeout          = 5 * time.Second // the requestsTimeout of the official adapters
	DefaultMaxServerRequests      = 10_000
	DefaultMemoryBusQueue         = 100_000 // of MemoryBus.MaxQueue
)

// CORS says which other origins may use the server.
type CORS = engineio.CORS

// mostDepth is what the JSON decoder takes, less what a Bus puts around it.
const mostDepth = 9_990

// A ConnectionError is a refused request.
type ConnectionError = engineio.ConnectionError

// A Refusal is an error of AllowRequest that chooses the status of the answer.
type Refusal = engineio.Refusal

// IsHandshake reports whether a request asks for a new connection, unlike later ones and
// preflights: for Options.Middleware.
func IsHandshake(r *http.Request) bool { return engineio.IsHandshake(r) }

// Options configure a Server. The zero value is ready. In numbers 0 means the default and a negative
// value no limit. What happens beyond each limit is in docs/guide/limits.md.
type Options struct {
	Path            string // of all requests; default "/socket.io/"
	NoTrailingSlash bool   // also take it without the last slash; a router has to send both

	ConnectTimeout    time.Duration // without a namespace, then it ends; default 45 s
	PingInterval      time.Duration // between two heartbeats; default 25 s
	PingTimeout       time.Duration // for the answer to one, else ReasonPingTimeout; default 20 s
	UpgradeTimeout    time.Duration // from polling to WebSocket, else it stays; default 10 s
	WriteTimeout      time.Duration // of one write; default 10 s
	BodyTimeout       time.Duration // of a whole request body, of a client file; default 30 s
	AttachmentTimeout time.Duration // else ReasonAttachmentTimeout; default 30 s

	// Limits of one connection or socket. A broken packet is one that ends the connection.
	MaxPayload             int64 // bytes of a message with attachments, of a body; default 1,000,000
	MaxQueue               int   // bytes that wait to be sent, else ReasonSlow; default 1 MiB
	MaxHandshake           int   // bytes of URL and headers, and of each auth; default 32 KiB
	InboxEvents            int   // that wait for handlers, else it isn't read; default 256
	InboxBytes             int   // the same; while an Ask waits, ReasonInboxFull; default 1 MiB
	MaxMemory              int   // bytes kept for its client; default 4 MiB, or what others need
	MaxRooms               int   // else Join returns ErrTooManyRooms; default 10,000
	MaxNamespaces          int   // else connect_error; default 100
	MaxDepth               int   // of arrays and objects, else a broken packet; default 512, most 9,990
	MaxAttachments         int   // else a broken packet; default 10, with other Parsers 1000
	UnknownEventsPerMinute int   // that nobody handles, else ReasonUnknownEvents; default 1000
	EventsPerSecond        int   // else the ack has CodeRateLimited; default off
	BytesPerSecond         int   // the same

	// Limits of the server.
	MaxPendingHandshakes int  // without a namespace; the oldest silent one ends, else 503; default 10,000
	MaxPendingPerAddress int  // these of one ClientAddress, or /64 of IPv6, else 429; default 1000
	MaxDynamicNamespaces int  // that clients made of OfFunc, else connect_error; default 10,000
	KeepEmptyNamespaces  bool // those too that the last socket has left
	MaxRoomEvents        int  // of a namespace that wait for OnRoom, else RoomsLost; default 10,000

	// ClientAddress is whose request a handshake is: engineio.TrustProxies. Default: that of the peer.
	ClientAddress func(*http.Request) string

	Parser          Parser   // the same as the clients'; default ParserJSON
	Transports      []string // "polling", "websocket"; default both
	DisableUpgrades bool     // stay on the transport of the beginning
	AllowEIO3       bool     // admit clients of Socket.IO 1 and 2

	DisableHTTPCompression     bool // of polling answers and client files
	HTTPCompressionThreshold   int  // bytes of an answer; default 1024; negative: always
	PerMessageDeflate          bool // offer compression on WebSocket
	PerMessageDeflateThreshold int  // bytes of a message; default 1024; negative: always

	Cookie *http.Cookie // sent with handshakes: its value is the connection's id; default name "io"
	CORS   *CORS        // answers preflights and adds headers to every answer

	// AllowRequest may refuse a handshake: the client gets the error's text with status 403, on
	// WebSocket 400; a *Refusal chooses its own. Check the Origin header here.
	AllowRequest func(*http.Request) error
	// ConnContext runs for each handshake. What it returns is the parent of all contexts of the
	// connection, which is closed when it ends; if it has ended already, the status is 403.
	ConnContext func(context.Context, *http.Request) context.Context
	// Middleware wraps all requests but those for client files; the first is outermost.
	Middleware []func(http.Handler) http.Handler
	// GenerateID makes ids of connections: unguessable, unique. An error refuses the handshake.
	GenerateID func(*http.Request) (string, error)
	// InitialHeaders may add headers to the answer of a handshake, Headers to every answer.
	InitialHeaders, Headers func(http.Header, *http.Request)
	// OnConnectionError is told of refused requests, and of what ended connections without a socket.
	OnConnectionError func(*ConnectionError)
	// EncodeError makes the ack of a handler's error. Default {"error":{"code","message"}}.
	EncodeError func(ctx context.Context, s *Socket, err error) any
	// OnError is told of errors that no client sees in full, such as a *PanicError, and of broken
	// packets, with event "". Event is "connect", "upgrade", "disconnect" for hooks. Default: Logger.
	OnError func(ctx context.Context, s *Socket, event string, err error)

	NoClient    bool  // don't serve the JavaScript client below Path
	ClientFiles fs.FS // the official client, with .br and .gz beside it; default: redirect to its CDN

	Recovery      *RecoveryOptions // turns on connection state recovery
	ShutdownEvent string           // without arguments, is sent to all sockets by Shutdown first
	ShutdownBatch int              // connections that Shutdown closes at a time; default 250
	ShutdownPause time.Duration    // between two batches; default 20 ms

	Bus               Bus           // to the other servers of a cluster
	ServerName        string        // unique in the cluster; default: 16 random hexadecimal digits
	AnswerTimeout     time.Duration // of other servers when ctx has no deadline; default 5 s
	MaxServerRequests int           // of others at work, else they get an error; default 10,000

	Observer             *Observer    // for metrics
	DisableAdaptiveFlush bool         // else broadcasts wait up to 1 ms to share a write
	Logger               *slog.Logger // default slog.Default()
}
