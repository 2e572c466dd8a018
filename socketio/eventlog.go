package socketio

import (
	"context"
	"time"
)

// An EventLog is a Bus that keeps events. When it is a SessionStore too, Recovery brings clients
// back to any server. Package bustest says all that it does.
type EventLog interface {
	// Since returns at most n events of a namespace behind an offset, in order, or ErrOffset.
	Since(ctx context.Context, namespace, offset string, n int) ([]*BusMessage, error)
}

// A SessionStore keeps the sessions of clients that are away, for all servers.
type SessionStore interface {
	SaveSession(ctx context.Context, namespace string, s *BusSession, keep time.Duration) error
	// TakeSession gives a session to one caller; nil: there is none.
	TakeSession(ctx context.Context, namespace, pid string) (*BusSession, error)
}

// A BusSession is what a client comes back to. Its JSON can be read back.
type BusSession struct {
	PID, SID string          // the client's secret, and the id of its socket
	Rooms    []string        // the SID is one of them
	Data     map[string]Args // one value each: of its Keys, by their names
}
