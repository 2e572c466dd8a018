// Package live is the Socket.IO door of the chat: it lets browsers into a [chat.House] and tells
// them what happens there. The other door, HTTP, meets it only in the House: what is posted there
// reaches the sockets here.
//
// # Namespaces
//
// /room is the lobby: the list of rooms in parts, and as it changes. /chat is inside rooms: join,
// leave, chat, history, and the events of the rooms that the socket has joined. A visitor is who
// the session cookie says; without one both refuse. Every acknowledgement is {"ok":true, …} or
// {"ok":false,"error":{…}} with a message in the visitor's language; an event that fails and wants
// none gets a notice.
//
// # Who hears what
//
// One listener for all rooms of the House emits each event once to the Socket.IO room named by the
// room's id. Messages go to the sockets of their own sender apart, because those get the cid too,
// by which a page knows its message: they share a second Socket.IO room, made of session and room.
//
// # Joining without a hole
//
// A join subscribes first, then takes the seat and reads the room, and answers. Behind the answer
// the socket gets what came after the snapshot, and every rev from there on exactly once and in
// order. A second join of the same socket begins anew. See visit.
//
// # The list of rooms
//
// The lobby's events are broadcast, each encoded once, to the sockets that have got their list. A
// list is read and encoded in its socket's own goroutine and holds no lock; what happens meanwhile
// is kept and told behind it, perhaps twice: newRoom, updateRoom and removeRoom mean the same then.
// See look. A room that was opened or closed is always told; of changes of rooms there are at most
// Limits.LobbyPage in Limits.LobbyPause, however many rooms are busy, and what is beyond is left
// out: a page that wants to be sure asks for its list again.
//
// # Who may connect, and who is sent away
//
// A handshake passes the gate: first what costs nothing (the origin, Limits.HandshakesPerSecond,
// the number of connections), then the visitor is looked up; where an address is locked out that
// comes first, as those it has had before go on. Who is turned away there gets the error object
// with its status and Retry-After. A few connections more than there may be get in to be told in a
// connect_error, which browsers show to pages also over WebSocket, and end a second later. Each
// connection has a place from its handshake to its end, see places.
//
// Every refusal that is told passes Door.counted, but that of a foreign page, which isn't its
// visitor's. When one locks the visitor out, that is the answer; all events behind it have the same
// one, and a second later the visitor's connections end. Events beyond Limits.EventsPerSecond that
// want no answer are dropped by the Socket.IO server, uncounted.
//
// # The log
//
// What clients do wrong is no warning: the Socket.IO server's are lowered to INFO. A store that
// fails is told once a minute. ERROR is for panics and for errors that nobody expected.
//
// # Concurrency
//
// Handlers of one socket run one at a time; events of a room come from one goroutine of the House
// at a time. What both touch is in visits, visit and look, under their mutexes; nothing is written
// to the network and no other code's function is called under them. Nothing here owns a goroutine;
// a timer ends a connection that was told to go.
package live
