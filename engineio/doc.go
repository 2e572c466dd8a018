// Package engineio is a server of the Engine.IO protocol, revisions 4 and 3: sessions of messages over HTTP
// long-polling and WebSocket, the upgrade from one to the other, and heartbeats.
//
// Most programs use package socketio, which stands on this one.
//
// # Design
//
// A Socket is a session; it outlives its transport. What is sent is appended to the socket's bounded queue, encoded
// once however many sockets it goes to, and written by a few goroutines that serve all sockets. On Linux an event loop reads all
// WebSockets over plain TCP; with TLS in the process, with compression and on other systems each one has a goroutine for reading. Nothing else belongs to a quiet
// connection: no goroutine for writing, no timer, no request, no buffer of the HTTP server.
//
// # Concurrency
//
// All methods may be called from any goroutine. The methods of a socket's Receiver are called one at a time.
// Locks are taken in the order Server.mu, Socket.mu, then those of the internal packages; no
// lock is held while the receiver or an option's function runs.
package engineio
