// Package cluster is what the buses of all brokers have in common: the queue towards the broker,
// the connection that begins anew, the servers that are there, what is lost while it is away, and
// the order in which a server gets what came. What is said on the wire, and how a broker is
// reached, is its Line.
//
// # How it works
//
// One goroutine begins sessions: a time in which the broker can be reached. In it a writer takes
// what waits, many messages at once, and the Line's readers put what comes into the inbox. When one
// of them fails the session ends, and the next one begins after a pause with jitter. One more
// goroutine, which outlives sessions, hands on what is in the inbox, one message at a time.
//
// Servers of this project tell each other that they are there: hello, beat and bye, on a channel of
// all and on one of each server. Answers to each other go to the latter.
//
// # Concurrency
//
// Methods of Bus and Session are called from any goroutine. Those of a Line too; those of a Link
// are called by one goroutine at a time, but Present also by the one that watches. The lock is held
// for memory alone.
package cluster
