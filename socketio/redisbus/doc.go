// Package redisbus connects the servers of a cluster by Redis, which may hold servers of Node:
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	io := socketio.New(socketio.Options{Bus: redisbus.New(client, redisbus.Options{})})
//
// New speaks what @socket.io/redis-adapter 8 speaks with its default options (classic pub/sub), and
// hears @socket.io/redis-emitter 5. NewSharded speaks what createShardedAdapter of that package
// does, and NewStreams what @socket.io/redis-streams-adapter 0.3 does. The three don't meet. Each
// has an emitter.
//
// # What holds
//
// This is said of New; what is different follows.
//
// Messages are sent in the order in which they were published, as many at once as there are. Redis
// keeps nothing: who isn't connected while something is published doesn't get it. A message that
// may have been sent when a connection broke isn't sent again.
//
// While Redis is away, events for the sockets of the own server go on. Events, joins, leaves and
// ends for others wait, up to Options.MaxQueue, and are sent when Redis and the servers that were
// there are back, or two seconds later. Volatile events and answers don't wait, and questions fail
// at once. What was lost is told to Observer.BusLost, once; that others were missed, too.
//
// # Who is there
//
// Servers of this package tell each other that they are there, every Options.Heartbeat, and ask
// Redis whether the others are still connected. A server that says nothing for four heartbeats, or
// isn't connected, has left. Servers of Node don't say who they are: Redis counts them, and where
// one doesn't answer, the *MissingServersError has an empty name.
//
// # Redis
//
// The client may be one of a single server, of Sentinel or of Redis Cluster, where all goes over
// one node, which Redis hands on to the others. A Ring is no cluster: New panics. The client stays
// the caller's: close it when the server is closed. Its user needs the commands PUBLISH, SUBSCRIBE,
// PSUBSCRIBE, UNSUBSCRIBE, PUBSUB and PING, for the channels socket.io*, and for the very patterns
// socket.io#* and socket.io-request#*, which Redis compares letter by letter.
//
// Beside those of Node there are the channels socket.io-madang#, of heartbeats, one
// socket.io-madang-of#<name># of each server, and socket.io-madang-in#<namespace>#, by which ours
// are told from those of Node. Requests have an additional key madang, and answers to each other
// are JSON behind an exclamation mark.
//
// # Sharded pub/sub
//
// A server hears the channels of its namespaces, of the rooms that it has members of, and its own.
// Whoever sends to one room publishes on that room's channel. A channel lies on one server of a
// Redis Cluster, to which there is a connection each; when it moves, all begins anew. Without a
// hash tag in the prefix, what is sent on different channels of a Redis Cluster has no order.
//
// A room that has just got its first member here is heard one answer of Redis later. What a server
// sends to rooms into which it has sent sockets goes to the whole namespace for a minute, as their
// servers may not hear the room yet.
//
// The commands are SPUBLISH, SSUBSCRIBE, SUNSUBSCRIBE, PUBSUB and PING. A question is said twice:
// on socket.io-madang-asked# for ours, as each of them answers, and to the namespace for Node's.
//
// # Streams
//
// Events, joins, leaves and ends are entries of a stream, which each server reads from where it has
// read to; the rest goes over pub/sub and is handed to the server behind what was in the streams
// when it came. Entries have an additional field madang, by which a server knows its own: one that
// may have been written when a connection broke is looked for, and written again when it isn't
// there. Before that the old connection is ended by CLIENT KILL, if the user of Redis may. So what
// waits while Redis is away, hangs, loads or has no memory comes once, and in order.
//
// A StreamsBus is a socketio.EventLog and a socketio.SessionStore. Offsets are the ids of entries,
// sessions are kept as those of Node, and clients go back and forth between both. A session has the
// name of its namespace, in which alone it is given back.
//
// The connections that read and write are made with the options of the client, but without its
// hooks. The commands are XADD, XREAD, XRANGE, XREVRANGE, SET, GETDEL, CLIENT and those of pub/sub.
package redisbus
