// Package live is the Socket.IO door of the chat: it lets browsers into a [chat.House] and tells
// them what happens there. The other door, HTTP, meets it only in the House: what is posted there
// reaches the sockets here.
//
// # Namespaces
//
// /room is the lobby: the list of rooms as it changes. /chat is inside rooms: join, leave, chat,
// history, and the events of the rooms that the socket has joined. A visitor is who the session
// cookie says; without one both refuse. Every acknowledgement is {"ok":true, …} or
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
// # Concurrency
//
// Handlers of one socket run one at a time; events of a room come from one goroutine of the House
// at a time. What both touch is in visits and visit, under their mutexes; nothing is written to the
// network and no other code's function is called under them. Nothing here owns a goroutine.
package live
