// Package engineio is a server of the Engine.IO protocol, revisions 4 and 3: sessions of messages
// over HTTP long-polling and WebSocket, the upgrade from one to the other, and heartbeats.
//
// Most programs use package socketio, which stands on this one.
//
// # Design
//
// A Socket is a session; it outlives its transport. What is sent is appended to the socket's
// bounded queue, encoded once however many sockets it goes to, and written by a few goroutines that
// serve all sockets. On Linux an event loop reads all WebSockets over plain TCP; with TLS in the
// process, with compression and on other systems each one has a goroutine for reading. Nothing else
// belongs to a quiet connection: no goroutine for writing, no timer, no request, no buffer of the
// HTTP server.
//
// # Behind middleware
//
// A WebSocket gets through every ResponseWriter with a method Hijack or Unwrap, also through one
// that holds the status back. The headers that middleware sets, before or in its WriteHeader, are
// part of the answer. The first subprotocol that a client offers is chosen, unless Options.Headers
// sets another. Polling requests are answered before a deadline of the HTTP server or of their
// context that can't be lifted. What stands in the way is told to Options.Logger, as a warning that
// says what to do.
//
// # Concurrency
//
// All methods may be called from any goroutine. The methods of a socket's Receiver are called one
// at a time. Locks are taken in the order Server.mu, Socket.mu, then those of the internal
// packages; no lock is held while the receiver or an option's function runs.
package engineio
