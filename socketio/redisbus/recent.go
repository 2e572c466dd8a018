package redisbus

import (
	"sync"
	"time"

	"github.com/madang-chat/madang/socketio"
)

const (
	recentTime  = time.Minute
	mostRecents = 10_000
)

// recent are rooms into which this server has just sent sockets of others. Those may not yet listen
// to the channel of the room, so what is for it goes to the whole namespace meanwhile.
type recent struct {
	mu    sync.Mutex
	until map[[2]string]time.Time // by namespace and room; guarded by mu
	all   time.Time               // so long they are too many to be told apart; guarded by mu
	swept time.Time               // guarded by mu
}

// room is the one whose channel m goes to, if it has one. It notes what m changes.
func (r *recent) room(m *socketio.BusMessage, mode Mode) []string {
	if mode == Static {
		return nil
	}
	if m.Kind == socketio.BusJoin {
		r.note(m.Namespace, m.Change, time.Now())
	}
	if m.Kind != socketio.BusEmit || m.Request != "" || len(m.Rooms) != 1 || !mode.has(m.Namespace, m.Rooms[0]) {
		return nil
	}
	if r.has(m.Namespace, m.Rooms[0], time.Now()) {
		return nil
	}
	return m.Rooms
}

func (r *recent) note(namespace string, rooms []string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.swept) > recentTime {
		r.swept = now
		for key, end := range r.until {
			if now.After(end) {
				delete(r.until, key)
			}
		}
	}
	if r.until == nil {
		r.until = make(map[[2]string]time.Time)
	}
	for _, room := range rooms {
		if len(r.until) < mostRecents {
			r.until[[2]string{namespace, room}] = now.Add(recentTime)
		} else {
			r.all = now.Add(recentTime)
		}
	}
}

func (r *recent) has(namespace, room string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.all) || now.Before(r.until[[2]string{namespace, room}])
}
