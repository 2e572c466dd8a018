// Package socketio is a Socket.IO server: it speaks with every official client, typed where Go is
// typed. The guide is in docs/guide; this page says what holds.
//
// # A chat in one file
//
// Events are described once, as package variables, and used on both ends:
//
//	var (
//		Hello  = socketio.NewEvent[string]("hello")        // no reply
//		Send   = socketio.NewCall[Line, Receipt]("send")   // a request, answered by the ack
//		Posted = socketio.NewEvent[Line]("posted")
//		User   = socketio.NewKey[string]("user")           // state of a socket, with its type
//	)
//
//	func main() {
//		io := socketio.New(socketio.Options{})
//		ns := io.Of("/")
//		ns.Use(func(ctx context.Context, s *socketio.Socket) error { // before the connection
//			var auth struct{ Name string `json:"name"` }
//			if err := s.Auth(&auth); err != nil || auth.Name == "" {
//				return &socketio.Error{Message: "who are you?"} // connect_error in the browser
//			}
//			User.Set(s, auth.Name)
//			return nil
//		})
//		Hello.Handle(ns, func(ctx context.Context, s *socketio.Socket, text string) error {
//			return Hello.Emit(ns, User.Of(s)+": "+text) // to everybody
//		})
//		Send.Handle(ns, func(ctx context.Context, s *socketio.Socket, l Line) (Receipt, error) {
//			if err := s.Join(l.Room); err != nil {
//				return Receipt{}, err
//			}
//			return Receipt{ID: 1}, Posted.Emit(s.To(l.Room), l) // to the others in the room
//		})
//		mux := http.NewServeMux()
//		mux.Handle("/socket.io/", io)
//		mux.Handle("/", http.FileServer(http.Dir("static")))
//		log.Fatal(http.ListenAndServe(":3000", mux))
//	}
//
// There is a short form, On(ns, "typing", func(ctx, s, on bool) error), and an untyped one:
// s.Emit("x", a, b), ns.Emit("x", a, b), On[Args].
//
// # Who gets it
//
//	s                              this client
//	ns                             all clients of the namespace
//	ns.To("a", "b")                everybody in room a or b, once
//	ns.To(id)                      the client with that id
//	s.To("a"), s.Broadcast()       the same without the sender
//	ns.To("a").Except("b", id)     without room b and without that client
//	ns.Volatile(), ns.Latest(key)  everybody; a newer one takes the place of one that waits
//	ns.Local()                     those of this server; else Options.Bus reaches all of a cluster
//
// # Contract
//
//	from which goroutine?         any exported method, from any
//	order of a socket's events    that of the wire, one handler at a time; Event.Concurrent opts out
//	across sockets                concurrent
//	does Emit block?              never: nil = queued, ErrSlow = the queue is full and the connection
//	                              is being closed, ErrClosed; Socket.Drain waits
//	does a broadcast fail?        nil when it was encoded; slow members are closed
//	order on the wire             what one goroutine emits to one socket arrives in that order, acks
//	                              and disconnect included
//	a handler's ctx               outlives the client: it ends with the handler, with its parent from
//	                              Options.ConnContext, or when Shutdown runs out of patience
//	Socket.Context                ends with the socket
//	a handler panics              logged with its stack, error ack, the connection stays; no hook or
//	                              value of the application ends the process
//	a payload that doesn't fit    error ack and Options.OnError; never a panic, never a disconnect
//	a broken packet               Options.OnError, and the connection is closed
//	a mistake of the program      panics where it was written or is the error of a call; what only
//	                              clients show is a warning, once a minute
//	memory of a connection        at most MaxMemory, MaxQueue and twice MaxPayload
//	memory after disconnect       none: no room, ack, queue or timer outlives the socket
//
// Events that a client sent before it left are still handled, then OnDisconnect runs: it is the last
// call for a socket, but for handlers of Concurrent events. Events that wait when the server itself
// disconnects the socket are dropped.
//
// # Payloads
//
// A payload is the event's first argument; None is no argument, Tuple names several, Args is
// whatever came. []byte anywhere in it travels as binary and must not be changed afterwards. What is
// missing or null is the zero value. Tag the fields of structs: names match case-sensitively. Tags
// and methods for JSON are those of encoding/json; the guide has a table of what differs.
//
// # Errors
//
// What a handler returns as *Error becomes the ack {"error":{"code","message"}}. Anything else is
// logged and shown as an internal error. A client that asks an On handler for an ack gets an empty
// one after nil. An event that nobody handles is ignored and never acknowledged.
//
// # Design
//
// Reading a connection never runs a handler: it settles acks and control packets at once and puts
// events into the socket's inbox, which a worker empties in order. So a handler may Ask its own
// socket, and one that never returns holds up its own socket only. An inbox is bounded; a full one
// pauses the reading of its connection. A broadcast is encoded once; its receivers share the
// message. A quiet socket owns no goroutine, channel, map, timer or context.
//
// Locks are taken in this order: a history's, a room's shard, a connection's, a namespace's; none
// is held while the application is called or a connection is written.
package socketio
