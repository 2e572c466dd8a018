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

// Defaults of Options and RecoveryOptions; engineio has those of the transport.
const (
	defaultPath                   = "/socket.io/"
	defaultConnectTimeout         = 45 * time.Second
	defaultAttachmentTimeout      = 30 * time.Second
	defaultInboxEvents            = 256
	defaultInboxBytes             = 1 << 20
	defaultMaxMemory              = 4 << 20
	defaultMaxRooms               = 10_000
	defaultMaxNamespaces          = 100
	defaultMaxDepth               = packet.MaxDepth       // 512
	defaultMaxAttachments         = packet.MaxAttachments // 10, of ParserJSON
	defaultMaxBinaries            = msgpack.MaxBinaries   // 1000, MaxAttachments of other parsers
	defaultUnknownEventsPerMinute = 1000
	defaultMaxPendingHandshakes   = 10_000
	defaultMaxPendingPerAddress   = 1000
	defaultMaxDynamicNamespaces   = 10_000
	defaultMaxRoomEvents          = 10_000
	defaultShutdownBatch          = 250
	defaultShutdownPause          = 20 * time.Millisecond
	defaultAnswerTimeout          = 5 * time.Second // the requestsTimeout of the official adapters
	defaultMaxServerRequests      = 10_000
	defaultMemoryBusQueue         = 100_000 // of MemoryBus.MaxQueue
	defaultMemoryLogEvents        = 10_000
	defaultMemoryLogBytes         = 64 << 20
	defaultRecoveryDuration       = 2 * time.Minute
	defaultRecoveryPackets        = 10_000
	defaultRecoveryBytes          = 16 << 20
	defaultRecoverySessions       = 10_000
	defaultHandoverTimeout        = 5 * time.Second
)

// mostDepth is what the JSON decoder takes, less what a Bus puts around it.
const mostDepth = 9_990

// CORS says which other Origins may use the server, and with Credentials.
type CORS = engineio.CORS

// A Refusal is an error of AllowRequest: Status, RetryAfter and Message.
type Refusal = engineio.Refusal

// Options configure a Server. In numbers 0 means the default and a negative value no limit; what
// happens beyond each limit is in docs/guide/limits.md.
type Options struct {
	Path            string // of all requests; default "/socket.io/"
	NoTrailingSlash bool   // also take it without the last slash; a router has to send both

	ConnectTimeout    time.Duration // without a namespace; default 45 s
	PingInterval      time.Duration // between two heartbeats; default 25 s
	PingTimeout       time.Duration // for the answer to one, else ReasonPingTimeout; default 20 s
	UpgradeTimeout    time.Duration // from polling to WebSocket, else it stays; default 10 s
	WriteTimeout      time.Duration // of one write; default 10 s
	BodyTimeout       time.Duration // of a whole request body, of a client file; default 30 s
	AttachmentTimeout time.Duration // else ReasonAttachmentTimeout; default 30 s

	MaxPayload              int64 // bytes of a message with attachments; default 1,000,000
	MaxQueue                int   // bytes that wait to be sent, else ReasonSlow; default 1 MiB
	MaxHandshake            int   // bytes of URL and headers, and of each auth; default 32 KiB
	InboxEvents, InboxBytes int   // wait for handlers, else reading pauses; default 256, 1 MiB
	MaxMemory               int   // bytes for one client; default 4 MiB, or as other limits need
	MaxRooms                int   // of a socket, else Join returns ErrTooManyRooms; default 10,000
	MaxNamespaces           int   // of a connection, else connect_error; default 100
	MaxDepth                int   // of arrays and objects, else CodeTooDeep; default 512
	MaxAttachments          int   // else CodeTooManyAttachments; default 10, of other Parsers 1000
	NoAttachments           bool  // clients may send none
	UnknownEventsPerMinute  int   // that nobody handles, else ReasonUnknownEvents; default 1000
	EventsPerSecond         int   // and at once; else CodeRateLimited, far more: the end
	BytesPerSecond          int   // the same
	MaxPendingHandshakes    int   // in no namespace, else the oldest goes, or 503; default 10,000
	MaxPendingPerAddress    int   // these of one ClientAddress, else 429; default 1000
	MaxDynamicNamespaces    int   // that clients made, else connect_error; default 10,000
	KeepEmptyNamespaces     bool  // these too, when the last socket has left
	MaxRoomEvents           int   // that wait for OnRoom, else RoomsLost; default 10,000

	Parser                     Parser   // the same as the clients'; default ParserJSON
	Transports                 []string // "polling", "websocket"; default both
	DisableUpgrades            bool     // stay on the transport of the beginning
	AllowEIO3                  bool     // admit clients of Socket.IO 1 and 2
	DisableHTTPCompression     bool     // of polling answers and client files
	HTTPCompressionThreshold   int      // bytes of an answer; default 1024; negative: always
	PerMessageDeflate          bool     // offer compression on WebSocket
	PerMessageDeflateThreshold int      // bytes of a message; default 1024; negative: always
	NoClient                   bool     // don't serve the JavaScript client below Path
	ClientFiles                fs.FS    // that client; default: its CDN

	Cookie            *http.Cookie                        // its value becomes the connection's id
	CORS              *CORS                               // answers preflights, adds headers
	ClientAddress     func(*http.Request) string          // see engineio.TrustProxies
	AllowRequest      func(*http.Request) error           // its error refuses, such as a *Refusal
	GenerateID        func(*http.Request) (string, error) // of connections: unguessable, unique
	Middleware        []func(http.Handler) http.Handler   // not of client files; first is outermost
	InitialHeaders    func(http.Header, *http.Request)    // of the answer to a handshake
	Headers           func(http.Header, *http.Request)    // of every answer
	OnConnectionError func(*engineio.ConnectionError)     // refused requests, ends without a socket

	// ConnContext makes the parent of all contexts of a connection, which is closed when that ends.
	ConnContext func(context.Context, *http.Request) context.Context
	// EncodeError makes the ack of a handler's error. Default {"error":{"code","message"}}.
	EncodeError func(ctx context.Context, s *Socket, err error) any
	// OnError gets what no client sees in full; for broken packets event is "". Default: Logger.
	OnError func(ctx context.Context, s *Socket, event string, err error)

	Recovery             *RecoveryOptions // nil: off
	ShutdownEvent        string           // is sent to all sockets by Shutdown first
	ShutdownBatch        int              // connections that Shutdown closes at a time; default 250
	ShutdownPause        time.Duration    // between two batches; default 20 ms
	Bus                  Bus              // to the other servers of a cluster; nil: it is alone
	ServerName           string           // unique in the cluster; default: 16 random digits
	ForwardSessions      bool             // over the Bus: any server takes any request of a session
	AnswerTimeout        time.Duration    // of other servers, when ctx has no deadline; default 5 s
	MaxServerRequests    int              // of others at work, else an error; default 10,000
	Observer             *Observer        // for metrics
	ReleaseMemory        bool             // to the system, after a thousand handshakes or more
	DisableAdaptiveFlush bool             // else broadcasts wait up to 1 ms to share a write
	Logger               *slog.Logger     // default slog.Default()
}
