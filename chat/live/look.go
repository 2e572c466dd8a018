package live

import (
	"sync"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/socketio"
)

// A look is one socket's reading of the list. The list and what happens meanwhile come to the
// socket from different goroutines, so the events of that time are kept and told behind the list,
// once more where the socket is among the listeners already: then no list shows what is gone.
// Nobody waits for anybody else's look.
type look struct {
	*lobby
	socket *socketio.Socket
	stop   func() // ends the subscription

	mu   sync.Mutex
	kept []chat.Event // guarded by mu
}

// look begins to keep; the list is read afterwards.
func (l *lobby) look(s *socketio.Socket) *look {
	k := &look{lobby: l, socket: s}
	k.stop = l.house.Subscribe(chat.Lobby, k.keep)
	return k
}

func (k *look) keep(e chat.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = append(k.kept, e)
}

// done is called when the list has been queued.
func (k *look) done() { k.house.InOrder(chat.Lobby, k.join) }

// join is called between two events of the lobby.
func (k *look) join() {
	k.stop()
	k.mu.Lock()
	kept := k.kept
	k.kept = nil
	k.mu.Unlock()
	for _, e := range kept {
		k.tellOne(e, k.socket)
	}
	_ = k.socket.Join(listeners) // fails only when the socket has ended
}
