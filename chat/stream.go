package chat

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/madang-chat/madang/internal/serial"
)

// EventKind is the kind of an event.
type EventKind int

// Kinds of events. Streams of rooms carry those before EventClosed and that, the lobby's
// EventClosed and what follows.
const (
	// a text or media message, or a line of ours without another kind
	EventPosted   EventKind = iota + 1
	EventJoined             // Message is the join line
	EventLeft               // Message is the exit line, or that of a removal
	EventDeleted            // Message is what is left of a message that was deleted
	EventReported           // something was reported to those of To
	EventOut                // Who has to go: its seat is free, and Why is why
	EventClosed             // the room is gone, Reason says why
	EventOpened             // a listed room was made, or a room is listed
	EventUnlisted           // a room isn't listed any more
	EventUpdated            // a listed room has changed
	// Count newcomers came within Limits.NewcomerWindow, for those in To alone
	EventCrowded
	EventChanged // the room itself was changed; of the room's stream
)

// Reasons of EventClosed.
const (
	ClosedByOwner    = "owner"
	ClosedEmpty      = "empty"
	ClosedQuiet      = "quiet" // its life has passed
	ClosedByOperator = "operator"
)

// Event is one change of a room.
type Event struct {
	Kind    EventKind
	Room    Room     // after the change
	Message *Message // EventPosted, EventJoined, EventLeft, EventDeleted; shared, don't change it
	Who     string   // EventOut: a session
	Why     error    // EventOut
	Reason  string   // EventClosed
	Count   int      // EventCrowded
	To      []string // EventReported, EventCrowded: sessions of those in charge
}

// Names of streams that aren't a room's.
const (
	Lobby     = ""  // EventOpened, EventUpdated, EventUnlisted and EventClosed of listed rooms
	EveryRoom = "*" // the events of all rooms; each room's in order
)

// stream calls listeners with one item at a time, in the order of put. The goroutine that does so
// is the House's and lives while there are items.
type stream struct {
	every *listeners // listeners of all rooms, or nil
	own   listeners
	queue serial.Queue[item]
}

// item is an event, or a function to run in between.
type item struct {
	event Event
	fn    func()
}

func (s *stream) put(it item) { s.queue.Add(0, s.handle, it) }

func (s *stream) handle(it item) {
	if it.fn != nil {
		it.fn()
		return
	}
	s.own.call(it.event)
	if s.every != nil {
		s.every.call(it.event)
	}
}

// listeners is a set of functions; call doesn't lock.
type listeners struct {
	mu  sync.Mutex                // serialises changes of all
	all atomic.Pointer[[]*listen] // never changed in place
}

type listen struct {
	fn      func(Event)
	stopped atomic.Bool
}

func (l *listeners) add(fn func(Event)) (stop func()) {
	n := &listen{fn: fn}
	l.change(func(all []*listen) []*listen { return append(all, n) })
	return func() {
		if !n.stopped.Swap(true) {
			l.change(func(all []*listen) []*listen {
				return slices.DeleteFunc(all, func(o *listen) bool { return o == n })
			})
		}
	}
}

func (l *listeners) change(f func([]*listen) []*listen) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*listen
	if p := l.all.Load(); p != nil {
		all = slices.Clone(*p)
	}
	all = f(all)
	l.all.Store(&all)
}

func (l *listeners) call(e Event) {
	if p := l.all.Load(); p != nil {
		for _, n := range *p {
			if !n.stopped.Load() {
				n.fn(e)
			}
		}
	}
}
