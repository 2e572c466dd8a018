package main

// checks are those that every client program tells about, in the order in which it does them. A
// program that leaves one out has failed it.
var checks = []string{
	"connect",         // the first event of the server arrives, and both sides know the same id
	"transport",       // the session runs over the transport that was asked for, in the end
	"auth",            // what the client says of itself arrives
	"event",           // arguments of every JSON kind go there and come back
	"unicode",         // texts of two, three and four bytes a character
	"ack",             // the server answers the client
	"question",        // the client answers the server
	"binary",          // bytes in objects and arrays, and without any, in an event
	"binary ack",      // the same in an answer of the server
	"binary question", // and in an answer of the client
	"empty binary",    // bytes of length 0
	"large text",      // 100 KB
	"large binary",    // 100 KB
	"namespace",       // a second one on the same connection, with events of its own
	"room",            // a broadcast reaches the others in the room, not its sender
	"refused",         // the error of a middleware arrives with its message and data
	"leave",           // the server learns that the client has left
	"kick",            // the client learns that the server ended it
	"stay away",       // and doesn't come back by itself
	"kick whole",      // the client learns it in all namespaces when the server ends the connection
	"restart",         // the server is killed and starts again: the client comes back by itself
	"idle",            // several heartbeats without anything else
}
