// Package socketio is a Socket.IO server: it speaks with every official client, typed where Go is typed.
//
// # A chat in one file
//
// Events are described once, as package variables, and used on both ends:
//
//	var (
//		Hello  = socketio.NewEvent[string]("hello")        // 1:1 and N:N, no reply
//		Send   = socketio.NewCall[Line, Receipt]("send")   // a request, answered by the ack
//		Posted = socketio.NewEvent[Line]("posted")
//		User   = socketio.NewKey[string]("user")           // state of a socket, with its type
//	)
//
//	type Line struct {
//		Room string `json:"room"`
//		Text string `json:"text"`
//	}
//
//	type Receipt struct {
//		ID int `json:"id"`
//	}
//
//	func main() {
//		io := socketio.New(socketio.Options{})
//		ns := io.Of("/")
//
//		ns.Use(func(ctx context.Context, s *socketio.Socket) error { // before the connection
//			var auth struct{ Name string `json:"name"` }
//			if err := s.Auth(&auth); err != nil || auth.Name == "" {
//				return &socketio.Error{Message: "who are you?"} // connect_error in the browser
//			}
//			User.Set(s, auth.Name)
//			return nil
//		})
//		ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
//			return Hello.Emit(s, "welcome") // to this client
//		})
//		Hello.Handle(ns, func(ctx context.Context, s *socketio.Socket, text string) error {
//			return Hello.Emit(ns, text) // to everybody
//		})
//		Send.Handle(ns, func(ctx context.Context, s *socketio.Socket, l Line) (Receipt, error) {
//			if err := s.Join(l.Room); err != nil {
//				return Receipt{}, err
//			}
//			return Receipt{ID: 1}, Posted.Emit(s.To(l.Room), l) // to the others in the room
//		})
//
//		mux := http.NewServeMux()
//		mux.Handle("/socket.io/", io)
//		mux.Handle("/", http.FileServer(http.Dir("static")))
//		log.Fatal(http.ListenAndServe(":3000", mux))
//	}
//
// In the browser, with <script src="/socket.io/socket.io.js"></script>:
//
//	const socket = io({ auth: { name: "kim" } });
//	socket.on("hello", (text) => show(text));
//	socket.emit("hello", "hi all");
//	const { id } = await socket.emitWithAck("send", { room: "a", text: "hi" });
//
// There is a short form, On(ns, "typing", func(ctx, s, on bool) error), and an untyped one: s.Emit("x", a, b),
// ns.Emit("x", a, b), On[Args]. A struct whose Events method registers handlers is a Gateway; Namespace.Mount takes it.
//
// # Who gets it
//
//	s                              this client
//	ns                             all clients of the namespace
//	ns.To("a", "b")                everybody in room a or b, once
//	ns.To(id)                      the client with that id
//	s.To("a"), s.Broadcast()       the same without the sender
//	ns.To("a").Except("b", id)     without room b and without that client
//	ns.Volatile(), ns.Latest(key)  everybody, but a newer one takes the place of one that still waits
//
// These are immutable values; they can be kept and shared. They don't only take events:
//
//	for id, r := range Send.AskAll(ctx, ns.To("a"), line) { … }   // ask all, with the answers as they come
//	infos, err := ns.To("a").FetchSockets(ctx)                    // ids, rooms, handshakes, values of Keys
//	n, err := ns.To("a").Count(ctx)                               // Len asks no other server
//	err = ns.To("a").SocketsJoin("b")                             // and SocketsLeave, DisconnectSockets
//
// With Options.Bus all of that reaches the other servers of a cluster too; Local keeps it in this one. Namespace.ServerSideEmit
// and ServerSideAsk speak to the other servers themselves. Namespace.OnRoom is told when rooms come, change and go, Server.OnNamespace of each
// namespace, Namespace.OnAny of every event that comes and OnAnyOutgoing of every one that goes.
//
// # Broken connections
//
// With Options.Recovery a client whose connection broke comes back as the same socket: with its id, its rooms, the values of its
// Keys, and the events that it missed, which arrive before its connect event. Socket.Recovery tells. Middleware has accepted it before
// and isn't asked again unless RunMiddlewareOnRecovery is set. OnDisconnect and OnConnect run as for any other socket, the old one's OnDisconnect
// first.
//
// # Limits
//
// Everything that a client can make grow has a limit in Options. MaxQueue bounds what waits for a slow reader, who is closed when it is
// full; Volatile and Latest don't fill it, because only the newest of such events waits. MaxMemory bounds all else
// that a connection holds because of what its client sent: the clients of a server can make it hold their number
// times MaxMemory, MaxQueue and twice MaxPayload together. EventsPerSecond and BytesPerSecond are off by default.
//
// # Contract
//
//	from which goroutine may I call it?   any exported method, from any
//	order of one socket's events          wire order, one handler at a time; Event.Concurrent opts out
//	across sockets                        concurrent
//	does Emit block?                      never: nil = queued, ErrSlow = the queue is full and the connection is being closed,
//	                                      ErrClosed; Socket.Drain waits
//	does a broadcast fail?                nil when it was encoded; slow members are closed
//	order on the wire                     what one goroutine emitted to one socket arrives in that order, acks and
//	                                      disconnect included
//	a handler's ctx                       outlives the client: it ends when the handler returns, with what Options.ConnContext
//	                                      returned, which is its parent, or when the server is closed and waits no longer
//	Socket.Context                        ends with the socket
//	a handler fails as its ctx has ended  Options.OnError, also when the client has left
//	a handler panics                      recovered, logged with its stack, error ack, the connection stays
//	a hook, an observer or an error does  logged with its stack; nothing of the application's ends the process
//	a payload that doesn't decode         error ack and Options.OnError; never a panic, never a disconnect
//	a broken packet                       Options.OnError, and the connection is closed
//	Server.Shutdown                       waits for handlers, their acks, what is queued, and OnDisconnect; a *ShutdownError tells what
//	                                      it had to leave
//	waiting for other servers             ends with ctx, or after Options.AnswerTimeout when that has no deadline
//	a mistake of the program              panics where it was written, or is an error of the call; what only clients show is a
//	                                      warning, once a minute
//	memory of a connection                at most MaxMemory, MaxQueue and twice MaxPayload, besides what handlers keep
//	memory after disconnect               none: no room, ack, queue or timer outlives the socket
//	an empty dynamic namespace            goes, unless Server.Of made it; Options.KeepEmptyNamespaces keeps it
//
// Events that a client sent before it left are still handled, and then OnDisconnect runs: it is the last call for a
// socket. Only handlers of Concurrent events, which wait for nothing, may still be running then. Events that wait when
// the server itself disconnects the socket are dropped.
//
// # What it does
//
// Options.Observer is told of connections, sockets, events with their times, reasons, upgrades and heartbeats; package sioprom turns that
// into metrics. Server.Count, BufferedBytes and Dropped and Namespace.Len can be asked at any time.
//
// # Payloads
//
// A payload is the event's first argument. None is no argument, a struct that embeds Tuple names several, Args is whatever came.
// []byte anywhere in a payload travels as binary. What is missing or null is the zero value. Tag the fields of structs: names match
// case-sensitively. A []byte that was emitted must not be changed afterwards.
//
// Tags and methods for JSON are those of encoding/json, and so are time.Duration, in nanoseconds, and json.Number. Other than there a nil
// slice is [] and a nil map {}, NaN is null, an array of bytes is base64, omitempty keeps 0 and false (use omitzero),
// and an integer takes 5.0. What can't travel panics where the event is described. The guide has all differences in a
// table. A json.RawMessage, or another type that reads its JSON itself, can't hold binary; take Args or any to pass
// on what came.
//
// With ParserMsgpack, packets have the form of socket.io-msgpack-parser instead of JSON; for handlers nothing changes.
//
// # Errors
//
// What a handler returns as *Error becomes the ack {"error":{"code","message"}} (Options.EncodeError chooses the form). Anything else
// is logged and shown as an internal error. A client that asks an On handler for an ack gets an empty one after nil. An
// event that nobody handles is ignored and never acknowledged.
//
// # Design
//
// Reading a connection never runs a handler: it settles acks and control packets at once and puts events into the
// socket's inbox, which a worker empties in order. So a handler may Ask its own socket, and one that never returns
// holds up its own socket only. An inbox is bounded; a full one pauses the reading of its connection.
//
// A broadcast is encoded once; its receivers share the message. A quiet socket owns no goroutine, channel, map, timer or context.
package socketio
