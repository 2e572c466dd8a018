package engineio

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/calm"
)

// Defaults of Options.
const (
	DefaultPath           = "/engine.io/"
	DefaultPingInterval   = 25 * time.Second
	DefaultPingTimeout    = 20 * time.Second
	DefaultUpgradeTimeout = 10 * time.Second
	DefaultWriteTimeout   = 10 * time.Second
	DefaultBodyTimeout    = 30 * time.Second
	DefaultMaxPayload     = 1_000_000
	DefaultMaxQueue       = 1 << 20
	DefaultMaxHandshake   = 32 << 10
	DefaultThreshold      = 1024
)

// Options configure a Server. The zero value is the documented default. In numbers 0 means the
// default and a negative value means no limit.
type Options struct {
	// Path is what the URLs of all requests begin with. Default "/engine.io/". A missing trailing
	// slash is added.
	Path string
	// NoTrailingSlash also accepts the path without its trailing slash, as clients with
	// addTrailingSlash: false send it. A router has to send both to the server.
	NoTrailingSlash bool

	// PingInterval is the time between a heartbeat and the next one. Default 25 s.
	PingInterval time.Duration
	// PingTimeout is how long a client may take to answer a heartbeat. Default 20 s. Revision 3
	// clients send the heartbeats themselves: they must do it within the sum of both.
	PingTimeout time.Duration
	// UpgradeTimeout is how long an upgrade of the transport may take. Default 10 s.
	UpgradeTimeout time.Duration
	// WriteTimeout is how long one write to a connection may take before the socket is closed as a
	// transport error. Default 10 s.
	WriteTimeout time.Duration
	// BodyTimeout is how long a client may take to send the whole body of one request, whatever the
	// http.Server says; beyond it the session ends as a transport error. Default 30 s: a megabyte
	// at 270 kbit/s, and about as long as heartbeats let a client send nothing but one body. Raise
	// it together with MaxPayload. A body that nobody wants is never waited for: the answer is sent
	// at once and the connection closed.
	BodyTimeout time.Duration

	// MaxPayload limits one message on WebSocket and one request body on polling, in bytes (the
	// maxHttpBufferSize of Node). It is told to the clients as maxPayload. Default 1,000,000.
	MaxPayload int64
	// MaxQueue limits what waits to be sent to one socket, in bytes; a message counts 128 bytes
	// more than it is long. A socket that exceeds it is closed with ReasonSlow. One message is
	// always admitted to an empty queue. Default 1 MiB.
	MaxQueue int
	// MaxHandshake limits the URL and the headers of the request that opens a session, in bytes
	// together: they are kept as long as the session. Default 32 KiB.
	MaxHandshake int
	// MaxPending limits the sessions that are being opened or for which Socket.Established hasn't
	// been called. A further handshake ends the oldest of them whose client hasn't sent anything
	// since, or is refused with Forbidden, status 503, when there is none. Default no limit.
	MaxPending int
	// MaxPendingPerAddress limits those of one ClientAddress, or of one /64 network of IPv6. A
	// further handshake is refused with Forbidden, status 429. Default no limit.
	MaxPendingPerAddress int
	// ClientAddress tells whose request a handshake is when proxies stand in front, such as
	// TrustProxies does; it becomes Handshake.Address. A port in it doesn't count. Default: the
	// host of RemoteAddr.
	ClientAddress func(*http.Request) string

	// Transports are those offered: "polling", "websocket". Default both. Another name makes New
	// panic.
	Transports []string
	// DisableUpgrades keeps a session on the transport it began with.
	DisableUpgrades bool
	// AllowEIO3 admits clients of Engine.IO revision 3 (Socket.IO 1.x and 2.x).
	AllowEIO3 bool

	// DisableHTTPCompression turns off gzip and deflate for polling answers. Where a middleware
	// says that it compresses, in Content-Encoding or Vary or by a writer that holds a compressor,
	// that is left to it anyway.
	DisableHTTPCompression bool
	// HTTPCompressionThreshold is the size in bytes from which polling answers are compressed.
	// Default 1024; negative: always.
	HTTPCompressionThreshold int
	// PerMessageDeflate offers compression on WebSocket, without context takeover. A connection
	// that uses it has a goroutine of its own.
	PerMessageDeflate bool
	// PerMessageDeflateThreshold is the size in bytes from which messages are compressed. Default
	// 1024; negative: always.
	PerMessageDeflateThreshold int

	// Cookie, when set, is sent with every handshake answer; its value becomes the session id. The
	// default name is "io", the default path "/". A name, path or domain that no browser takes
	// makes New panic.
	Cookie *http.Cookie
	// CORS, when set, answers preflights and adds the CORS headers to every answer.
	CORS *CORS
	// AllowRequest may refuse a handshake: its error's text reaches the client as message of code
	// 4, with status 403 on polling and 400 on WebSocket; a *Refusal chooses its status. It isn't
	// called for requests of a known session.
	AllowRequest func(*http.Request) error
	// ConnContext runs once for each handshake and returns the parent of every context of that
	// session: its values are in them, and when the application ends it, the session is closed with
	// ReasonContextEnded and context.Cause as error. One that has ended already refuses the
	// handshake with Forbidden. It may be a child of ctx, which is empty, or of the request's
	// context, which has the values of the middleware and doesn't end with the request here. Both
	// end when the session has ended.
	ConnContext func(context.Context, *http.Request) context.Context
	// Middleware wraps the handling of every request and upgrade; the first one is the outermost.
	// It may answer by itself, with any status. IsHandshake tells the requests that open a session.
	// A preflight doesn't get here with CORS, and the CORS headers are on all answers.
	Middleware []func(http.Handler) http.Handler
	// GenerateID makes the session ids. They must be unguessable and unique. An error refuses the
	// handshake. Default: 20 random characters.
	GenerateID func(*http.Request) (string, error)
	// Elsewhere, when set, is asked who has a session that isn't here: it returns a function that
	// connects to that server, whose ServeForwarded takes the connection, or nil, and the request
	// is refused with UnknownSID. A request is forwarded as it came, with its RemoteAddr:
	// Middleware, CORS and ClientAddress are the owner's. So are the answers, but for status 502
	// when it can't be reached. WebSockets go over the connection for as long as they last.
	Elsewhere func(sid string) (connect func(context.Context) (net.Conn, error))
	// InitialPacket, when not empty, is sent as a message right behind the open packet.
	InitialPacket string
	// InitialHeaders may add headers to the answer that opens a session.
	InitialHeaders func(http.Header, *http.Request)
	// Headers may add headers to every polling answer and to the 101 answer of a WebSocket.
	Headers func(http.Header, *http.Request)
	// OnConnectionError is told of every request that was refused. A panic in it is logged.
	OnConnectionError func(*ConnectionError)

	// Observer, when set, is told of what a Receiver isn't.
	Observer *Observer

	// ReleaseMemory hands memory back to the system when a thousand sessions or more have begun and
	// hardly any more do: what handshakes leave behind is half of what quiet clients take. It costs
	// a garbage collection, at most once a minute, and the next burst some page faults.
	ReleaseMemory bool
	// DisableAdaptiveFlush sends what is marked Later at once.
	DisableAdaptiveFlush bool
	// Logger gets debug messages, panics of the application, and warnings about mistakes of the
	// program around the server, each at most once a minute. When its handler panics, standard
	// error is told, once. Default: slog.Default().
	Logger *slog.Logger
}

// never is a time that no connection lasts. Clients add two of them up and give the sum to
// setTimeout, which takes at most 2^31-1 ms: 12 days each.
const never = 12 * 24 * time.Hour

func (o Options) withDefaults() Options {
	if o.Observer == nil {
		o.Observer = new(Observer)
	}
	o.check()
	if o.Path == "" {
		o.Path = DefaultPath
	}
	o.Path = "/" + strings.Trim(o.Path, "/") + "/"
	if o.Path == "//" {
		o.Path = "/"
	}
	setDefault(&o.PingInterval, DefaultPingInterval, never)
	setDefault(&o.PingTimeout, DefaultPingTimeout, never)
	setDefault(&o.UpgradeTimeout, DefaultUpgradeTimeout, never)
	setDefault(&o.WriteTimeout, DefaultWriteTimeout, never)
	setDefault(&o.BodyTimeout, DefaultBodyTimeout, never)
	setDefault(&o.MaxPayload, DefaultMaxPayload, 1<<53-1)
	setDefault(&o.MaxQueue, DefaultMaxQueue, math.MaxInt32)
	setDefault(&o.MaxHandshake, DefaultMaxHandshake, math.MaxInt)
	setDefault(&o.MaxPending, math.MaxInt, math.MaxInt)
	setDefault(&o.MaxPendingPerAddress, math.MaxInt, math.MaxInt)
	setDefault(&o.HTTPCompressionThreshold, DefaultThreshold, 0)
	setDefault(&o.PerMessageDeflateThreshold, DefaultThreshold, 0)
	if o.Transports == nil {
		o.Transports = []string{Polling, WebSocket}
	}
	for _, name := range o.Transports {
		if name != Polling && name != WebSocket {
			panic(fmt.Sprintf("engineio: unknown transport %q", name))
		}
	}
	if o.Cookie != nil {
		c := *o.Cookie
		if c.Name == "" {
			c.Name = "io"
		}
		if c.Path == "" {
			c.Path = "/"
		}
		// net/http leaves a bad cookie out, or the bad part of it, and says so in its log at most.
		c.Value = "id"
		if err := c.Valid(); err != nil {
			panic(fmt.Sprintf("engineio: Options.Cookie %q can't be sent: %v", c.Name, err))
		}
		o.Cookie = &c
	}
	if o.CORS != nil {
		o.CORS.check()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Logger = calm.Logger(o.Logger)
	return o
}

// setDefault replaces 0 by the default and a negative value by what stands for none.
func setDefault[T int | int64 | time.Duration](v *T, d, none T) {
	switch {
	case *v == 0:
		*v = d
	case *v < 0:
		*v = none
	}
}

// upgrades is the list that the open packet tells a client.
func (o *Options) upgrades(transport string) []string {
	if transport == Polling && !o.DisableUpgrades && slices.Contains(o.Transports, WebSocket) {
		return []string{WebSocket}
	}
	return []string{}
}
