package chat

import "time"

// arrivals counts newcomers in a window that slides: those of the present part of time, and as much
// of the part before as the window still covers. They are taken to have come evenly.
type arrivals struct {
	since       time.Time
	now, before int
}

func (a *arrivals) add(at time.Time, window time.Duration) {
	a.slide(at, window)
	a.now++
}

// count is how many there were in the window that ends at a moment.
func (a *arrivals) count(at time.Time, window time.Duration) int {
	a.slide(at, window)
	left := 1 - at.Sub(a.since).Seconds()/window.Seconds()
	return a.now + int(float64(a.before)*left)
}

func (a *arrivals) slide(at time.Time, window time.Duration) {
	switch gone := at.Sub(a.since); {
	case gone < window:
	case gone < 2*window:
		a.since, a.before, a.now = a.since.Add(window), a.now, 0
	default:
		*a = arrivals{since: at}
	}
}

// crowdSize is how many people a room has for each time that its limits of newcomers count: where
// two hundred are, fifty more are no raid.
const crowdSize = 40

// scale is by how much a limit of newcomers is larger for a room with those who were there before
// the window; mu is held.
func (r *room) scale(newcomers int) float64 {
	return max(1, float64(len(r.seats)-newcomers)/crowdSize)
}

// arrived counts a newcomer who took a seat, and lets those who may lock the door know when there
// are many; r.mu is held.
func (h *House) arrived(r *room, who Visitor) {
	at := time.Now()
	delete(r.vouched.until, who.ID)
	h.proofs.arrived(at, h.limits.NewcomerWindow)
	r.arrivals.add(at, h.limits.NewcomerWindow)
	n := r.arrivals.count(at, h.limits.NewcomerWindow)
	most := float64(h.limits.RoomNewcomers) * r.scale(n)
	if h.limits.RoomNewcomers < 0 || float64(n) <= most || at.Sub(r.warned) < h.limits.NewcomerWindow {
		return
	}
	var to []string
	for _, s := range r.order {
		if r.mayLock(s.member.ID) {
			to = append(to, s.member.ID)
		}
	}
	if len(to) > 0 {
		r.warned = at
		r.stream.put(item{event: Event{Kind: EventCrowded, Room: r.view(), Count: n, To: to}})
	}
}
