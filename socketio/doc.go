// Package socketio is a Socket.IO server: it speaks with every official client, typed where Go is
// typed. The guide is in docs/guide; this page says what holds.
//
// Events are described once, as package variables, and used on both ends:
//
//	var (
//		Hello = socketio.NewEvent[string]("hello")     // no reply
//		Enter = socketio.NewCall[string, int]("enter") // a request, answered by the ack
//	)
//
//	func main() {
//		io := socketio.New(socketio.Options{})
//		ns := io.Of("/")
//		Hello.Handle(ns, func(ctx context.Context, s *socketio.Socket, text string) error {
//			return Hello.Emit(s.Broadcast(), text) // to the others
//		})
//		Enter.Handle(ns, func(ctx context.Context, s *socketio.Socket, room string) (int, error) {
//			err := s.Join(room)
//			return ns.To(room).CountLocalSockets(), err
//		})
//		http.Handle("/socket.io/", io)
//		log.Fatal(http.ListenAndServe(":3000", nil))
//	}
//
// # Contract
//
//	from which goroutine?         any exported method, from any
//	order of a socket's events    that of the wire, one handler at a time; Event.Concurrent opts out
//	across sockets                concurrent
//	does Emit block?              never: nil = queued, ErrSlow = queue full, closing; Drain waits
//	does a broadcast fail?        nil when it was encoded and the Bus took it; slow ones are closed
//	order on the wire             what one goroutine emits to one socket arrives in that order, acks
//	                              and disconnect included
//	a handler's ctx               outlives the client: it ends with the handler, with its parent from
//	                              Options.ConnContext, or when Shutdown runs out of patience
//	a handler panics              logged with its stack, error ack, the connection stays; no hook or
//	                              value of the application ends the process
//	a payload that doesn't fit    error ack and Options.OnError; never a panic, never a disconnect
//	a broken packet               Options.OnError, and the connection is closed
//	a mistake of the program      panics where it was written or is the error of a call; what only
//	                              clients show is a warning, once a minute
//	memory of a connection        at most MaxMemory, MaxQueue and twice MaxPayload
//	memory after disconnect       none: no room, ack, queue or timer outlives the socket
//	events of one that has left   handled, then OnDisconnect, as the last call but for Concurrent
//	                              events; dropped when the server itself disconnects it
//
// # Payloads and errors
//
// A payload is the event's first argument; None is no argument, Tuple names several, Args is
// whatever came. []byte anywhere in it travels as binary and must not be changed afterwards. What
// is missing or null is the zero value. Names of fields match case-sensitively; what else differs
// from encoding/json is in docs/guide/events-and-acks.md.
//
// What a handler returns as *Error becomes the ack {"error":{"code","message"}}; anything else is
// logged and shown as an internal error. An event that nobody handles is ignored and never
// acknowledged.
package socketio

// Reading a connection never runs a handler: it settles acks and control packets at once and puts
// events into the socket's inbox, which a worker empties in order. So a handler may Ask its own
// socket, and one that never returns holds up its own socket only. An inbox is bounded; a full one
// pauses the reading of its connection. A broadcast is encoded once; its receivers share the
// message. A quiet socket owns no goroutine, channel, map, timer or context.
//
// Locks are taken in this order: the server's, a history's or a sequence's, a room's shard, a
// connection's, a namespace's. None is held while the application is called; a connection is
// written under them only when its queue is full, and then as much as the kernel takes at once.
//
// The way of an event: package poll reads, ws.Decoder.Feed takes frames apart, engineio's
// Socket.message packets, conn.Message decodes them, conn.receive settles them or has Socket.accept
// put them into the inbox. A worker takes the socket, Socket.runEvent calls the handler, and
// Socket.answer encodes what it returns, queues it (engineio's SendPacket) and has it written
// (Flush). What goes to many is encoded by Target.emit, queued for each by engineio's Send, and
// written by its flusher.
