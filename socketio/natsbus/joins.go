package natsbus

import (
	"sync"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// joins are the rooms that sockets of other servers were told to enter a short while ago. Those
// servers may not hear the subject of the room yet, so what is for it goes to the namespace.
type joins struct {
	mu    sync.Mutex
	until map[cluster.Need]time.Time // guarded by mu
	any   time.Time                  // until when all rooms are meant; guarded by mu
}

const (
	joinTime  = 30 * time.Second // a server may be that slow
	mostJoins = 10_000
)

func roomsOf(m *socketio.BusMessage) (rooms []cluster.Need) {
	for _, room := range m.Change {
		rooms = append(rooms, cluster.Need{Namespace: m.Namespace, Room: room})
	}
	return rooms
}

func (j *joins) note(rooms []cluster.Need) {
	if len(rooms) == 0 {
		return
	}
	now := time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.until)+len(rooms) > mostJoins {
		for room, until := range j.until {
			if until.Before(now) {
				delete(j.until, room)
			}
		}
	}
	if len(j.until)+len(rooms) > mostJoins {
		j.any = now.Add(joinTime)
		clear(j.until)
		return
	}
	if j.until == nil {
		j.until = make(map[cluster.Need]time.Time)
	}
	for _, room := range rooms {
		j.until[room] = now.Add(joinTime)
	}
}

func (j *joins) recent(room cluster.Need) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.until) == 0 && j.any.IsZero() {
		return false
	}
	now := time.Now()
	return now.Before(j.any) || now.Before(j.until[room])
}
