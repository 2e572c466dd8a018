// Package pgbus connects the servers of a cluster by PostgreSQL, which may hold servers of Node:
//
//	pool, err := pgxpool.New(ctx, "postgres://localhost/app")
//	io := socketio.New(socketio.Options{Bus: pgbus.New(pool, pgbus.Options{})})
//
// It speaks what @socket.io/postgres-adapter 0.5 speaks with its default options, and hears
// @socket.io/postgres-emitter 0.1, which that adapter doesn't. An Emitter is heard by both; over a
// transaction it speaks when that is committed.
//
// # What holds
//
// Messages are sent in the order in which they were published, as many at once as there are, in one
// transaction. PostgreSQL keeps nothing: who doesn't listen while something is published doesn't
// get it. A message that may have been sent when a connection broke isn't sent again.
//
// While PostgreSQL is away, events for the sockets of the own server go on. Events, joins, leaves
// and ends for others wait, up to Options.MaxQueue, and are sent when PostgreSQL and the servers
// that were there are back, or two seconds later. Volatile events and answers don't wait, and
// questions fail at once. What was lost is told to Observer.BusLost, once; that others were missed,
// too.
//
// # Who is there
//
// Servers of this package tell each other that they are there, every Options.Heartbeat, and look
// whether the others are still connected. A server that says nothing for four heartbeats, or isn't
// connected, has left. So has a server of Node that says nothing for ten seconds. Node's have an id
// of their own for each namespace, by which a *MissingServersError names them.
//
// # PostgreSQL
//
// Version 12 or later. A bus has one connection that listens, made as the pool makes its own, and
// takes others from the pool to send and to read. LISTEN needs a session: PgBouncer in transaction
// mode has none. Then the pool may go over it, and Options.Listen to PostgreSQL itself; Health says
// so when nothing comes. All servers reach one database, not a standby.
//
// A message goes as a notification. One that has binary or more than 7,999 bytes lies in a table,
// for half a minute, which is made when it isn't there: the bus needs INSERT, SELECT and DELETE on
// it, and to make it CREATE on the schema.
//
// A server that takes nothing for half a minute listens no more, until it does: what it doesn't
// take PostgreSQL keeps, in a queue of 8 GB that all databases share, and refuses all notifications
// when that is full. The pool stays the caller's: close it when the server is closed.
//
// Beside those of Node there are the channels socket.io-madang of heartbeats, socket.io-madang-all
// of questions, and one socket.io-madang-of#<name> of each server. A channel whose name would have
// more than 63 bytes has a digest for a name: Node's servers can't say anything there.
//
// # Recovery
//
// A RecoveringBus keeps events and the sessions of clients that are away in two more tables, so
// that clients come back to any server. Who writes an event holds an advisory lock until it is
// committed, so all events have one order. Those of Node's servers, and of servers with New, aren't
// kept.
package pgbus
