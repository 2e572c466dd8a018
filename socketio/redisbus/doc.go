// Package redisbus connects the servers of a cluster by Redis, which may hold servers of Node:
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	io := socketio.New(socketio.Options{Bus: redisbus.New(client, redisbus.Options{})})
//
// It speaks what @socket.io/redis-adapter 8 speaks with its default options (classic pub/sub, not
// sharded), and hears @socket.io/redis-emitter 5. An Emitter does what that one does.
//
// # What holds
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
package redisbus
