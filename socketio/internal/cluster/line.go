package cluster

import (
	"context"

	"github.com/madang-chat/madang/socketio"
)

// A Line is the way over one broker: what its messages look like, and how it is reached.
type Line interface {
	// Encode makes a Frame of a message to all, or of an answer to a server that isn't of ours,
	// and nil of what nobody waits for. It returns ErrOurs for an answer to a server of ours.
	Encode(m *socketio.BusMessage) (*Frame, error)
	// Read makes a message of what came, and nil of what isn't for this server. It is called for
	// one arrival after the other.
	Read(a Arrival) (*socketio.BusMessage, error)
	// Direct is the channel on which the server of that name hears others of ours; that of an empty
	// name all of ours hear.
	Direct(name string) string
	// Open reaches the broker and asks for all that the server needs: those of s.Needs. What reads
	// is started by s.Go and ends with ctx.
	Open(ctx context.Context, s *Session) (Link, error)
}

// A Link is a connection to the broker, of one session.
type Link interface {
	// Send sends in order, as many at once as it can. It sets Err of what the broker refuses, and
	// returns an error when the connection has broken: what of the frames has none of Err, Done and
	// Again may be lost.
	Send(ctx context.Context, frames []*Frame) error
	// Follow begins to hear what the server needs more, and leaves what it needs less.
	Follow(ctx context.Context, enter, leave []Need) error
	// Present tells who is connected, of these names, and who else answers in these namespaces.
	Present(ctx context.Context, names, namespaces []string) (Presence, error)
	// Close ends what the context of Open doesn't.
	Close()
}

// A Parter is a Link that has more to say when the server leaves than ours tell each other.
type Parter interface{ Part() []*Frame }

// A Need is a namespace, or a room of one, of which the server needs to hear.
type Need struct{ Namespace, Room string }

// Presence is what a broker knows of who is there.
type Presence struct {
	Ours    int                 // how many of ours hear what is for all, this one too; 0: not known
	Gone    map[string]bool     // the names that have no connection, if that is known
	Foreign map[string][]string // by namespace: others that will answer; "" has no name
}

// A Frame is one message on its way to the broker.
type Frame struct {
	Channel string
	Payload []byte
	Value   any   // of the Line
	Keep    bool  // it may be sent later; set by Bus
	Err     error // the broker refused it
	Done    bool  // the broker has it, whatever broke then
	// it is sent in the next session, before what waits: the Link tells what has arrived
	Again bool

	own bool      // a heartbeat, which isn't counted
	ask *question // somebody waits for who will answer
}

func (f *Frame) size() int { return len(f.Channel) + len(f.Payload) + 100 }

// An Arrival is what came from the broker, or a message that is made here.
type Arrival struct {
	Channel string
	Payload []byte
	Value   any // of the Line
	Made    *socketio.BusMessage
}
