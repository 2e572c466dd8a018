package socketio

// A Reason tells why a socket ended.
type Reason string

// Somebody wanted the end.
const (
	ReasonClientDisconnect Reason = "client namespace disconnect" // the client left the namespace
	ReasonServerDisconnect Reason = "server namespace disconnect" // Socket.Disconnect, CloseConnection
	ReasonShutdown         Reason = "server shutting down"        // Server.Close, Server.Shutdown
	ReasonContextEnded     Reason = "context ended"               // what Options.ConnContext returned; see context.Cause
)

// The connection broke.
const (
	ReasonPingTimeout    Reason = "ping timeout"    // the client didn't answer a heartbeat
	ReasonTransportClose Reason = "transport close" // its page was left, or it closed the connection
	ReasonTransportError Reason = "transport error"
	ReasonTakenOver      Reason = "taken over" // the client came back on another connection; see Options.Recovery
)

// The client broke the protocol.
const (
	ReasonParseError        Reason = "parse error"         // no Engine.IO packet
	ReasonForcedClose       Reason = "forced close"        // no Socket.IO packet, or one that doesn't fit
	ReasonForcedServerClose Reason = "forced server close" // the same on a transport that can't close at once
)

// The client exceeded a limit.
const (
	ReasonSlow              Reason = "slow consumer"           // Options.MaxQueue: it read too slowly
	ReasonAttachmentTimeout Reason = "attachment timeout"      // Options.AttachmentTimeout: what it announced didn't come
	ReasonUnknownEvents     Reason = "too many unknown events" // Options.UnknownEventsPerMinute
	ReasonInboxFull         Reason = "inbox full"              // it flooded a socket that waits in Ask
)

// Recoverable reports whether a client whose socket ended for that reason may continue it: nobody wanted the end. See
// Options.Recovery.
func (r Reason) Recoverable() bool {
	switch r {
	case ReasonTransportClose, ReasonTransportError, ReasonPingTimeout, ReasonForcedClose, ReasonForcedServerClose,
		ReasonShutdown, ReasonSlow, ReasonTakenOver, ReasonAttachmentTimeout:
		return true
	}
	return false
}
