package socketio

import "slices"

// A Key names a piece of state that sockets carry, with its type. Make it once, as a package variable. The state ends with its
// socket. All methods may be called from any goroutine.
type Key[T any] struct{ id *keyID }

type keyID struct{ name string }

// NewKey makes a key. The name is for people, and for SocketInfo.Data, where of two keys with one name only one has its value.
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

// Delete removes what Set stored.
func (k Key[T]) Delete(s *Socket) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.extra != nil {
		s.extra.values = slices.DeleteFunc(s.extra.values, func(e entry) bool { return e.key == k.id })
	}
}

type entry struct {
	key   *keyID
	value any
}
