package socketio

import (
	"context"
	"reflect"
	"slices"
)

// A Key names state that sockets carry. Make it a package variable.
type Key[T any] struct{ id *keyID }

type keyID struct{ name string }

// NewKey makes a key. SocketInfo.Data has one value only of keys of one name.
func NewKey[T any](name string) Key[T] { return Key[T]{&keyID{name}} }

// With gives v to all sockets of a connection, from Options.ConnContext.
func (k Key[T]) With(ctx context.Context, v T) context.Context {
	given := slices.Clone(givenIn(ctx))
	if i := indexOf(given, k.id); i >= 0 {
		given[i].value = v
	} else {
		given = append(given, entry{k.id, v})
	}
	return context.WithValue(ctx, givenKey{}, given)
}

// Set stores v with the socket.
func (k Key[T]) Set(s *Socket, v T) { s.set(entry{k.id, v}) }

// Get returns what Set stored last, else what With gave to the connection.
func (k Key[T]) Get(s *Socket) (v T, ok bool) {
	value, ok := s.value(k.id)
	if a, stored := value.(stored); stored {
		return k.fetch(s, Args(a))
	}
	v, _ = value.(T) // a nil interface stays nil
	return v, ok
}

// Of is Get where the zero value means that there is none.
func (k Key[T]) Of(s *Socket) T {
	v, _ := k.Get(s)
	return v
}

// Delete removes what Set stored, and hides from this socket what With gave.
func (k Key[T]) Delete(s *Socket) {
	if indexOf(s.conn.given(), k.id) >= 0 {
		s.set(entry{k.id, deleted{}})
		return
	}
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.extra != nil {
		delete(s.extra.stored, k.id.name)
		s.extra.values = slices.DeleteFunc(s.extra.values, func(e entry) bool { return e.key == k.id })
	}
}

type entry struct {
	key   *keyID
	value any
}

// stored is the value of a Key as another server has saved it.
type stored Args

// fetch decodes a value, once.
func (k Key[T]) fetch(s *Socket, a Args) (v T, ok bool) {
	if planFor(reflect.TypeFor[T]()).decode(a, &v) != nil {
		var zero T
		return zero, false
	}
	s.fetched(entry{k.id, v})
	return v, true
}

// fetched puts a value in the place of its saved form, unless that has been deleted meanwhile.
func (s *Socket) fetched(e entry) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	x := s.extra
	if _, is := x.stored[e.key.name]; is && indexOf(x.values, e.key) < 0 {
		delete(x.stored, e.key.name)
		x.values = append(x.values, e)
	}
}

// deleted is the value of an entry that hides one of the connection's.
type deleted struct{}

// indexOf is the index of a key's entry, or -1.
func indexOf(list []entry, key *keyID) int {
	return slices.IndexFunc(list, func(e entry) bool { return e.key == key })
}

type givenKey struct{}

// givenIn is what With put into a context. It isn't changed.
func givenIn(ctx context.Context) []entry {
	list, _ := ctx.Value(givenKey{}).([]entry)
	return list
}

// given is what With gave to all sockets of the connection. It calls the application, whose context
// it asks.
func (c *conn) given() []entry { return givenIn(c.parent) }

func (s *Socket) set(e entry) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	x := s.extend()
	delete(x.stored, e.key.name)
	if i := indexOf(x.values, e.key); i >= 0 {
		x.values[i] = e
		return
	}
	x.values = append(x.values, e)
}

func (s *Socket) value(key *keyID) (any, bool) {
	s.conn.mu.Lock()
	if s.extra != nil {
		if i := indexOf(s.extra.values, key); i >= 0 {
			v := s.extra.values[i].value
			s.conn.mu.Unlock()
			if _, gone := v.(deleted); gone {
				return nil, false
			}
			return v, true
		}
		if v, ok := s.extra.stored[key.name]; ok {
			s.conn.mu.Unlock()
			return stored(v), true
		}
	}
	s.conn.mu.Unlock()
	given := s.conn.given()
	if i := indexOf(given, key); i >= 0 {
		return given[i].value, true
	}
	return nil, false
}

// data is the values of all Keys by their names.
func (s *Socket) data() map[string]any {
	data := make(map[string]any)
	var given []entry
	// A bus asks, outside of any handler that would recover.
	_ = try(func() error { given = s.conn.given(); return nil })
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	var own []entry
	if s.extra != nil {
		own = s.extra.values
	}
	for _, e := range given {
		if indexOf(own, e.key) < 0 {
			data[e.key.name] = e.value
		}
	}
	if s.extra != nil {
		for name, v := range s.extra.stored {
			data[name] = v
		}
	}
	for _, e := range own {
		if _, gone := e.value.(deleted); !gone {
			data[e.key.name] = e.value
		}
	}
	return data
}
