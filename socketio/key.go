package socketio

// A Key names a piece of state that sockets carry, with its type. Make it once, as a package variable. The state ends with its
// socket. All methods may be called from any goroutine.
type Key[T any] struct{ id *keyID }

type keyID struct{ name string }

// NewKey makes a key. The name is for people, and for SocketInfo.Data.
func NewKey[T any](name string) Key[T] { return Key[T]{&keyID{name}} }

// String returns the name.
func (k Key[T]) String() string { return k.id.name }

// Set stores v with the socket.
func (k Key[T]) Set(s *Socket, v T) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	x := s.extend()
	for i := range x.values {
		if x.values[i].key == k.id {
			x.values[i].value = v
			return
		}
	}
	x.values = append(x.values, entry{k.id, v})
}

// Get returns what Set stored last.
func (k Key[T]) Get(s *Socket) (v T, ok bool) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.extra == nil {
		return v, false
	}
	for _, e := range s.extra.values {
		if e.key == k.id {
			v, _ = e.value.(T) // a nil interface stays nil
			return v, true
		}
	}
	return v, false
}

type entry struct {
	key   *keyID
	value any
}
