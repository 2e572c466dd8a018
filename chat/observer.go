package chat

// RefusedBan is told to [Observer].Refused in place of a limit: who was refused is banned.
const RefusedBan = "ban"

// An Observer is told what a House does, for metrics. Its functions are called from many
// goroutines, outside of all locks, and must not block; a nil one isn't called.
type Observer struct {
	Opened func()              // a room
	Closed func(reason string) // a room, see EventClosed
	// somebody took a seat; who returns to a kept one doesn't
	Joined func()
	// a seat was freed; those of a room that closes are told by Closed alone
	Left      func()
	Sent      func(kind Kind)   // a text or an image was kept
	Duplicate func()            // a message was sent again, and is kept already
	Resumed   func(changes int) // who returned got the changes since
	// who returned began anew: too much was missed, or other data
	Reset     func()
	Uploaded  func(bytes int64)                // an image was kept
	Refused   func(limit string)               // an answer told of a limit, see [AllLimits]
	LockedOut func(session bool, address bool) // who met too many limits
}

func (o *Observer) opened() {
	if o.Opened != nil {
		o.Opened()
	}
}

func (o *Observer) closed(reason string) {
	if o.Closed != nil {
		o.Closed(reason)
	}
}

func (o *Observer) joined() {
	if o.Joined != nil {
		o.Joined()
	}
}

func (o *Observer) left() {
	if o.Left != nil {
		o.Left()
	}
}

func (o *Observer) sent(m Message, dup bool) {
	switch {
	case dup && o.Duplicate != nil:
		o.Duplicate()
	case !dup && o.Sent != nil:
		o.Sent(m.Kind)
	}
}

// read is told what a client got that had read since.
func (o *Observer) read(since *Since, snap Snapshot) {
	switch {
	case since == nil:
	case snap.Reset && o.Reset != nil:
		o.Reset()
	case !snap.Reset && o.Resumed != nil:
		o.Resumed(len(snap.Messages))
	}
}

func (o *Observer) uploaded(bytes int64) {
	if o.Uploaded != nil {
		o.Uploaded(bytes)
	}
}

func (o *Observer) refused(limit string) {
	if o.Refused != nil {
		o.Refused(limit)
	}
}

func (o *Observer) lockedOut(session, address bool) {
	if (session || address) && o.LockedOut != nil {
		o.LockedOut(session, address)
	}
}
