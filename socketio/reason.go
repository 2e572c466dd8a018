package socketio

// A Reason tells why a socket ended.
type Reason string

const (
	// Somebody wanted the end.
	ReasonClientDisconnect Reason = "client namespace disconnect" // the client left the namespace
	ReasonServerDisconnect Reason = "server namespace disconnect" // Disconnect, CloseConnection
	ReasonShutdown         Reason = "server shutting down"        // Server.Close, Server.Shutdown
	ReasonContextEnded     Reason = "context ended"               // that of Options.ConnContext
	// The connection broke.
	ReasonPingTimeout    Reason = "ping timeout"    // the client didn't answer a heartbeat
	ReasonTransportClose Reason = "transport close" // its page or the connection was closed
	ReasonTransportError Reason = "transport error"
	ReasonTakenOver      Reason = "taken over" // it came back on another connection: Recovery
	// The client broke the protocol.
	ReasonParseError        Reason = "parse error"         // no Engine.IO packet
	ReasonForcedClose       Reason = "forced close"        // no Socket.IO packet, or a wrong one
	ReasonForcedServerClose Reason = "forced server close" // the same, on polling
	// The client exceeded a limit.
	ReasonSlow              Reason = "slow consumer"           // Options.MaxQueue
	ReasonAttachmentTimeout Reason = "attachment timeout"      // Options.AttachmentTimeout
	ReasonUnknownEvents     Reason = "too many unknown events" // Options.UnknownEventsPerMinute
	ReasonInboxFull         Reason = "inbox full"              // it flooded a socket in an Ask
)

// Recoverable reports whether Recovery may continue the socket.
func (r Reason) Recoverable() bool {
	switch r {
	case ReasonTransportClose, ReasonTransportError, ReasonPingTimeout, ReasonForcedClose, ReasonForcedServerClose,
		ReasonShutdown, ReasonSlow, ReasonTakenOver, ReasonAttachmentTimeout:
		return true
	}
	return false
}
