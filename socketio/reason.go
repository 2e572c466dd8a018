package socketio

import "github.com/madang-chat/madang/engineio"

// A Reason tells why a socket ended. Except for the last six constants these are the official server's words.
type Reason string

const (
	ReasonClientDisconnect  Reason = "client namespace disconnect" // the client left the namespace
	ReasonServerDisconnect  Reason = "server namespace disconnect" // Socket.Disconnect
	ReasonShutdown          Reason = "server shutting down"        // Server.Close, Server.Shutdown
	ReasonPingTimeout       Reason = Reason(engineio.ReasonPingTimeout)
	ReasonTransportClose    Reason = Reason(engineio.ReasonTransportClose)
	ReasonTransportError    Reason = Reason(engineio.ReasonTransportError)
	ReasonParseError        Reason = Reason(engineio.ReasonParseError)   // no Engine.IO packet
	ReasonForcedClose       Reason = Reason(engineio.ReasonForcedClose)  // the client broke the protocol
	ReasonForcedServerClose Reason = "forced server close"               // the same on a transport that can't close at once
	ReasonSlow              Reason = Reason(engineio.ReasonSlow)         // the client read too slowly
	ReasonContextEnded      Reason = Reason(engineio.ReasonContextEnded) // the application ended what Options.ConnContext returned; see context.Cause
	ReasonTakenOver         Reason = "taken over"                        // the client came back on another connection; see Options.Recovery
	ReasonUnknownEvents     Reason = "too many unknown events"           // see Options.MaxUnknownEvents
	ReasonInboxFull         Reason = "inbox full"                        // the client flooded a socket that waits in Ask
	ReasonAttachmentTimeout Reason = "attachment timeout"                // announced attachments didn't come; see Options.AttachmentTimeout
)
