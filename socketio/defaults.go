package socketio

import (
	"fmt"
	"log/slog"
	"math"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
)

func (o Options) withDefaults() Options {
	if o.Path == "" {
		o.Path = defaultPath
	}
	if o.Parser == nil {
		o.Parser = ParserJSON
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = defaultConnectTimeout
	}
	limit(&o.MaxHandshake, engineio.DefaultMaxHandshake)
	limit(&o.InboxEvents, defaultInboxEvents)
	limit(&o.InboxBytes, defaultInboxBytes)
	if o.AttachmentTimeout == 0 {
		o.AttachmentTimeout = defaultAttachmentTimeout
	}
	limit(&o.MaxRooms, defaultMaxRooms)
	limit(&o.MaxMemory, o.memory())
	limit(&o.MaxNamespaces, defaultMaxNamespaces)
	limit(&o.MaxDynamicNamespaces, defaultMaxDynamicNamespaces)
	limit(&o.MaxDepth, defaultMaxDepth)
	o.MaxDepth = min(o.MaxDepth, mostDepth)
	attachments := defaultMaxAttachments
	if !o.speaksJSON() {
		attachments = defaultMaxBinaries
	}
	limit(&o.MaxAttachments, attachments)
	limit(&o.UnknownEventsPerMinute, defaultUnknownEventsPerMinute)
	limit(&o.MaxPendingHandshakes, defaultMaxPendingHandshakes)
	limit(&o.MaxPendingPerAddress, defaultMaxPendingPerAddress)
	limit(&o.ShutdownBatch, defaultShutdownBatch)
	limit(&o.MaxRoomEvents, defaultMaxRoomEvents)
	o.MaxRoomEvents = max(o.MaxRoomEvents, 2) // what happens to one room at a time
	limit(&o.MaxServerRequests, defaultMaxServerRequests)
	if o.ServerName == "" {
		o.ServerName = newName()
	}
	if o.AnswerTimeout == 0 {
		o.AnswerTimeout = defaultAnswerTimeout
	}
	if o.ShutdownPause == 0 {
		o.ShutdownPause = defaultShutdownPause
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
	o.Logger = calm.Logger(o.Logger)
	if o.OnError == nil {
		o.OnError = logError(o.Logger)
	}
	if o.Bus != nil {
		o.Bus = &calmBus{bus: o.Bus, log: o.Logger}
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

func (o *Options) speaksJSON() bool { return o.Parser == ParserJSON }

// maxEmitted is how many attachments clients take. One who raises the limit here has raised it
// there; the parser of msgpack has none.
func (o *Options) maxEmitted() int {
	if !o.speaksJSON() {
		return math.MaxInt
	}
	return max(o.MaxAttachments, defaultMaxAttachments)
}

// check panics about what can't work.
func (o *Options) check() {
	if o.ForwardSessions && o.GenerateID != nil {
		panic("socketio: ForwardSessions makes the ids of connections itself: GenerateID can't")
	}
	if o.ShutdownEvent != "" {
		if err := checkEvent(o.ShutdownEvent); err != nil {
			panic(fmt.Sprintf("socketio: ShutdownEvent is %q: %v", o.ShutdownEvent, err))
		}
	}
}

// queueSize is MaxQueue as the engine understands it.
func queueSize(o *Options) int {
	size := o.MaxQueue
	limit(&size, engineio.DefaultMaxQueue)
	return size
}

// shortIDs reports whether ids of sockets may be shorter than idLength: those of old clients are
// made of the application's ids.
func (o *Options) shortIDs() bool { return o.AllowEIO3 && o.GenerateID != nil }

func (o *Options) engine() engineio.Options {
	return engineio.Options{
		Path: o.Path, NoTrailingSlash: o.NoTrailingSlash,
		PingInterval: o.PingInterval, PingTimeout: o.PingTimeout, UpgradeTimeout: o.UpgradeTimeout, WriteTimeout: o.WriteTimeout,
		MaxPayload: o.MaxPayload, MaxQueue: o.MaxQueue, MaxHandshake: o.MaxHandshake, MaxPending: o.MaxPendingHandshakes,
		MaxPendingPerAddress: o.MaxPendingPerAddress, ClientAddress: o.ClientAddress, BodyTimeout: o.BodyTimeout,
		Transports: o.Transports, DisableUpgrades: o.DisableUpgrades, AllowEIO3: o.AllowEIO3,
		DisableHTTPCompression: o.DisableHTTPCompression, HTTPCompressionThreshold: o.HTTPCompressionThreshold,
		PerMessageDeflate: o.PerMessageDeflate, PerMessageDeflateThreshold: o.PerMessageDeflateThreshold,
		Cookie: o.Cookie, CORS: o.CORS, AllowRequest: o.allow(), ConnContext: o.ConnContext, Middleware: o.Middleware,
		GenerateID: o.generateID(), InitialHeaders: o.InitialHeaders, Headers: o.Headers, OnConnectionError: o.OnConnectionError,
		ReleaseMemory: o.ReleaseMemory, DisableAdaptiveFlush: o.DisableAdaptiveFlush, Logger: o.Logger,
	}
}

// memory is the default of MaxMemory: what other limits allow must be possible.
func (o *Options) memory() int {
	payload := payloadSize(o)
	if max(payload, o.InboxBytes, o.MaxRooms) > math.MaxInt/1024 {
		return math.MaxInt
	}
	return max(defaultMaxMemory, 2*(payload+o.InboxBytes), 400*o.MaxRooms)
}

// payloadSize is MaxPayload as the engine understands it.
func payloadSize(o *Options) int {
	size := int(min(o.MaxPayload, math.MaxInt))
	limit(&size, engineio.DefaultMaxPayload)
	return size
}

// limits are those of a packet.
func (o *Options) limits() PacketLimits {
	return PacketLimits{o.MaxDepth, o.MaxAttachments, payloadSize(o)}
}
