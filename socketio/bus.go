package socketio

import (
	"context"
	"log/slog"
	"time"
)

// A Bus connects servers from any goroutine; package bustest says all it does.
type Bus interface {
	// Start is called once and begins the delivery. Stop ends it: the server has left then.
	Start(s BusServer) (stop func())
	// Publish sends m, which isn't changed any more, to the others or to m.To, in order.
	Publish(m *BusMessage) error
	// Ask publishes a question, and returns who will answer; "" is a name that nobody knows.
	Ask(ctx context.Context, m *BusMessage) (asked []string, err error)
	// Peers returns the names of the others. What is published from then on reaches them.
	Peers(ctx context.Context) ([]string, error)
}

// A BusServer is what a Bus has to know of the server that it connects.
type BusServer struct {
	Name    string            // unique in the cluster
	Receive func(*BusMessage) // owns what it gets: of one server in order, one at a time
	Logger  *slog.Logger
	Needs   func(rooms, ids bool, fn func(namespace, room string, needed bool) (heard <-chan struct{}))
}

// A BusMessage is what servers tell each other. Its JSON can be read back.
type BusMessage struct {
	Kind               BusKind
	From, To           string // who sends it, or has left; the only one that it is for; empty: all
	Namespace          string
	Request            string        // 16 hexadecimal digits, the same in answers; empty: none
	Rooms, Except      []string      // the sockets of Rooms, or all, but not those of Except
	Latest, NoCompress bool          // of the event
	Slot               string        // the key of Latest
	Event              string        // of BusEmit, BusServerEmit
	Args               Args          // of them, and the answer in BusAck, BusServerAnswer
	Timeout            time.Duration // how long the asker will wait; 0: not told
	Change             []string      // the rooms of BusJoin, BusLeave
	Whole              bool          // of BusDisconnect: the connection too
	Count              int           // of BusCount
	Sockets            []SocketInfo  // of BusSockets
	Failure            string        // the answer is this error
	Offset             string        // of an event that an EventLog keeps
	Number             uint64        // not 0: the sender's EventLog hands this event back to it
}

// BusKind is what a BusMessage is about.
type BusKind uint8

const (
	BusEmit         BusKind = iota + 1 // an event; with Request it wants BusCount, then BusAcks
	BusJoin                            // enter rooms
	BusLeave                           // leave rooms
	BusDisconnect                      // end the sockets
	BusFetch                           // list the sockets: wants BusSockets
	BusSockets                         // an answer
	BusServerEmit                      // for the servers; with Request it wants BusServerAnswer
	BusServerAnswer                    // an answer
	BusCount                           // how many sockets of this server are asked, or counted
	BusAck                             // what one of them answered
	BusLen                             // count the sockets: wants BusCount
	BusLeft                            // by the bus: all of From is delivered, it has gone
	BusLost                            // by the bus, for an Observer: Count and Failure
	BusClaim                           // who has the client with the PID Event? wants BusCount
	BusTunnel                          // of a forwarded request: Event, Count, Args, Failure
)

// BusStats are what the buses of the subpackages tell of themselves, since Start.
type BusStats struct {
	Published, Received, SentBytes, ReceivedBytes uint64        // messages, and their bytes
	Lost, Skipped, Reconnects                     uint64        // not sent; unreadable
	Peers, QueuedBytes                            int           // servers of ours; what waits
	Lag                                           time.Duration // of the last heartbeat, to itself
	Up                                            bool          // the broker can be reached
}
