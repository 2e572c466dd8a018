package chat

// callings are how the members of a room are called, to call newcomers otherwise.
type callings struct {
	names map[int]int    // members by generated name, which they may go back to
	nicks map[string]int // members by nickname, see alike
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
	nick := alike(id.Nickname)
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
	keys, _ := generatedKeys()
	return c.nicks[keys[idx][0]] > 0 || c.nicks[keys[idx][1]] > 0
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

// mayBear tells whether a member, or a newcomer with the id, may have a nickname; mu is held. Who
// has a seat keeps its nickname for itself. Generated names are given for good, so those of people
// who were here are none for others.
func (r *room) mayBear(id, nickname string) bool {
	if nickname == "" {
		return true
	}
	key := alike(nickname)
	if holder, ok := r.held[key]; ok && holder != id {
		return false
	}
	_, at := generatedKeys()
	idx, generated := at[key]
	if !generated {
		return true
	}
	n := r.called.names[idx]
	if m := r.knows(id); m != nil && m.NameIdx == idx {
		n--
	}
	return n == 0
}

// bear keeps a nickname for who has a seat, or is about to; mu is held.
func (r *room) bear(id, nickname string) {
	if nickname == "" {
		return
	}
	if r.held == nil {
		r.held = map[string]string{}
	}
	r.held[alike(nickname)] = id
}

// release lets others have the nickname; mu is held.
func (r *room) release(id, nickname string) {
	if key := alike(nickname); nickname != "" && r.held[key] == id {
		delete(r.held, key)
	}
}
