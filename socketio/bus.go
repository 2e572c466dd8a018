package socketio

import (
	"context"
	"log/slog"
	"time"
)

// A Bus connects the servers of a cluster: what is done to a Target happens on all of them. It carries what the adapters
// of the official server carry. Package bustest tests a bus. Its methods are called from any goroutine.
//
// A message arrives once, or not at all when the broker or the server is away; never twice, and never behind a later
// one of its sender. It may be late. The server drops answers that are late, that nobody was asked for or that came
// already, messages for others and its own, and, with a warning, those of an unknown kind.
//
// While the broker is away, methods that need it return an error at once, and what is kept for it is bounded. Servers
// that can't be reached are told as BusLeft, and are Peers again when they can. All goes on by itself.
type Bus interface {
	// Start is called once and begins the delivery. Stop ends it: for the others the server has left then.
	Start(s BusServer) (stop func())
	// Publish sends m to the other servers, or to m.To alone, in the order of the calls of Publish and Ask. It waits
	// neither for them nor for the broker. M isn't changed any more. A panic counts as an error.
	Publish(m *BusMessage) error
	// Ask is Publish for a question and returns the servers that will answer it. For each of them Receive gets an
	// answer or BusLeft, unless it takes too long. Servers whose names the broker doesn't tell are empty strings, and
	// as many answers without From count. An error tells of servers that couldn't be asked; those returned were.
	Ask(ctx context.Context, m *BusMessage) (asked []string, err error)
	// Peers returns the names of the other servers that are there, as far as the broker tells them. What is published
	// from then on reaches them.
	Peers(ctx context.Context) ([]string, error)
}

// A BusServer is what a Bus has to know of the server that it connects.
type BusServer struct {
	Name string // unique in the cluster
	// Receive takes what other servers publish: that of one server in order and one at a time. It doesn't block. The
	// message belongs to it.
	Receive func(*BusMessage)
	Logger  *slog.Logger
}

// A BusMessage is what one server tells the others. Which fields are used depends on the kind. What encoding/json makes of it can be
// read back, with Args, attachments, handshakes and the values of Keys.
type BusMessage struct {
	Kind      BusKind
	From      string // the server that sends it; the one that is meant by BusLeft
	To        string // the only one that it is for: the asker of an answer; empty: all
	Namespace string
	Request   string // 16 hexadecimal digits that belong together with the answers; empty when none is wanted

	// The sockets that are meant: those of Rooms, or all without any, but not those of Except.
	Rooms, Except      []string
	Latest, NoCompress bool   // of the event
	Slot               string // the key of Latest

	Event   string        // of BusEmit, BusServerEmit
	Args    Args          // of them, and the answer in BusAck, BusServerAnswer
	Timeout time.Duration // how long the asker will wait; 0: not told
	Change  []string      // the rooms of BusJoin, BusLeave
	Whole   bool          // of BusDisconnect: the connection too
	Count   int           // of BusCount
	Sockets []SocketInfo  // of BusSockets
	Failure string        // the answer is this error
}

// BusKind is what a BusMessage is about.
type BusKind uint8

const (
	BusEmit         BusKind = iota + 1 // an event; with Request it wants BusCount and then as many BusAck
	BusJoin                            // enter rooms
	BusLeave                           // leave rooms
	BusDisconnect                      // end the sockets
	BusFetch                           // list the sockets: wants BusSockets
	BusSockets                         // an answer
	BusServerEmit                      // an event for the servers themselves; with Request it wants BusServerAnswer
	BusServerAnswer                    // an answer
	BusCount                           // how many sockets of this server are asked, or meant by BusLen
	BusAck                             // what one of them answered
	BusLen                             // count the sockets: wants BusCount
	BusLeft                            // the bus says: From has stopped, died or can't be reached, and what it sent has been delivered
)
