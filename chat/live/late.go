package live

import "github.com/madang-chat/madang/chat"

// late are changes of rooms that were too many for their time. Of each room the latest is kept.
type late struct {
	rooms   []string // in the order that they came to wait; some may be gone
	changes map[string]chat.Event
}

func (l *late) any() bool { return len(l.changes) > 0 }

func (l *late) put(e chat.Event) {
	if _, waits := l.changes[e.Room.ID]; !waits {
		l.rooms = append(l.rooms, e.Room.ID)
	}
	if l.changes == nil {
		l.changes = map[string]chat.Event{}
	}
	l.changes[e.Room.ID] = e
}

// drop forgets a room that is gone.
func (l *late) drop(room string) { delete(l.changes, room) }

// next is the change of the room that waits longest; there must be any.
func (l *late) next() chat.Event {
	for {
		room := l.rooms[0]
		l.rooms = l.rooms[1:]
		if e, ok := l.changes[room]; ok {
			delete(l.changes, room)
			if len(l.changes) == 0 {
				l.rooms = nil
			}
			return e
		}
	}
}
