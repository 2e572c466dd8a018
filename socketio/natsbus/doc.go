// Package natsbus connects the servers of a cluster by NATS:
//
//	conn, err := nats.Connect("nats://localhost:4222", nats.MaxReconnects(-1))
//	io := socketio.New(socketio.Options{Bus: natsbus.New(conn, natsbus.Options{})})
//
// Servers of Node have nothing like it: these are of this package alone.
//
// # Who gets what
//
// Each server hears the subjects of its namespaces and of the rooms that have members, so an event
// for one room reaches the servers that need it. One for several rooms goes to all servers of the
// namespace, so that it comes once; one for a socket's id does, as a room of every id would cost
// NATS more. So do events for a room for 30 seconds behind a SocketsJoin: those who enter by it may
// not hear the room's subject yet, and a server that is further behind misses them. Questions go to
// all servers.
//
// A client that middleware has put into a room is connected when NATS has confirmed the subject. Of
// a room that is joined later nothing is missed soon after Join. Between servers of NATS the news
// of a subject takes a moment more.
//
// # What holds
//
// Messages are sent in the order in which they were published, as many at once as there are, and
// come in that order: one goroutine reads all subscriptions. NATS keeps nothing and confirms
// nothing. A ping behind each batch says that it has been taken; what isn't confirmed when a
// connection breaks is counted as lost and isn't sent again, though it may come later.
//
// While NATS is away, events for the sockets of the own server go on. Events, joins, leaves and
// ends for others wait, up to Options.MaxQueue, and are sent when NATS and the servers that were
// there are back, or two seconds later. Volatile events and answers don't wait, and questions
// fail at once. What was lost is told to Observer.BusLost, once; that others were missed, too.
//
// Servers tell each other that they are there, every Options.Heartbeat. A server that says nothing
// for four heartbeats has left, or one whose subject nobody hears, which NATS says at once.
//
// A server for which 32 MiB wait is away until it has caught up, and is told that it missed
// something. What is larger than NATS takes goes in pieces.
//
// # The connection
//
// It stays the caller's, who closes it when the server is closed. It may serve other things, and
// several buses of different subjects. It has no nats.NoEcho, and nats.MaxReconnects(-1), else it
// is closed for good when NATS is away for long. Its user may publish and subscribe to socket.io.>:
// what NATS refuses is an error of Health.
//
// # Recovery
//
// A StreamBus keeps events in a stream of JetStream, and sessions in a bucket. JetStream hands on
// what it keeps in its order, which all servers share, so they hear it as they hear the rest: there
// are no consumers. They hear all of a namespace then, as a client may come back to any of its
// rooms and must miss nothing. Whatever isn't an answer goes by the stream, so that nothing
// overtakes. A server that was away reads what it missed, before what is new: its clients, which
// stayed connected, miss nothing that is kept. Where JetStream doesn't answer within a second
// events go on, and aren't recovered. It needs nats-server 2.11, and for its user also $JS.API.>,
// $KV.> and _INBOX.>.
//
// # Subjects
//
// Behind Options.Subject stand .servers and .server.<name> for heartbeats, .nobody.<run> for what
// NATS says of those who aren't there, .to.<name> for answers, .all, .in.<namespace>, and
// .room.<namespace>.<room>; of a StreamBus .log and .ev. In names ".", "*", ">", "%", "=", "$" and
// spaces are written as %2E and so on; long ones are a hash.
package natsbus
