package chat

// callings are how the members of a room are called, to call newcomers otherwise.
type callings struct {
	names map[int]int    // members by generated name
	nicks map[string]int // members by nickname, folded
}

func newCallings() callings { return callings{names: map[int]int{}, nicks: map[string]int{}} }

// add counts the names of a member; n is negative when it is called so no more.
func (c callings) add(id Identity, n int) {
	if c.names[id.NameIdx] += n; c.names[id.NameIdx] == 0 {
		delete(c.names, id.NameIdx)
	}
	if id.Nickname == "" {
		return
	}
	nick := fold(id.Nickname)
	if c.nicks[nick] += n; c.nicks[nick] == 0 {
		delete(c.nicks, nick)
	}
}

// free is the first generated name from idx on that nobody bears.
func (c callings) free(idx int) (free int, ok bool) {
	for i := range names {
		if free := (max(idx, 0) + i) % names; !c.has(free) {
			return free, true
		}
	}
	return idx, false
}

func (c callings) has(idx int) bool {
	if c.names[idx] > 0 {
		return true
	}
	if len(c.nicks) == 0 {
		return false
	}
	return c.nicks[fold(GeneratedName(idx, "ko"))] > 0 || c.nicks[fold(GeneratedName(idx, "en"))] > 0
}

// nameFor is the generated name of a newcomer; mu is held. A room that has seen more people than
// there are names gives out those of people who have no seat.
func (r *room) nameFor(idx int) int {
	free, ok := r.called.free(idx)
	if !ok {
		present := newCallings()
		for _, s := range r.seats {
			present.add(s.member.Identity, 1)
		}
		free, _ = present.free(idx)
	}
	return free
}
