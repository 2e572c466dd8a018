package chat

import (
	"fmt"
	"testing"
)

// A room may see more people than there are names: those who are here differ still.
func TestNamesRunOut(t *testing.T) {
	r := &room{people: newPeople(), seats: map[string]*seat{}}
	for i := range names {
		r.called.add(Identity{NameIdx: i}, 1)
	}
	for i := range 500 {
		idx := r.nameFor(7)
		if idx != 7+i {
			t.Fatalf("newcomer %d is called %d", i, idx)
		}
		m := &Member{Identity: Identity{ID: fmt.Sprint(i), NameIdx: idx}}
		r.called.add(m.Identity, 1)
		r.seats[m.ID] = &seat{member: m}
	}
}
