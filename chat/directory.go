package chat

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// LobbyQuery asks for a part of the list of rooms.
type LobbyQuery struct {
	Title string // part of the titles, in whatever case; "" = all rooms
	After string // LobbyPage.Next of the part before; "" = the first
	Limit int    // 0, or more than Limits.LobbyPage = Limits.LobbyPage
}

// LobbyPage is a part of the list of rooms: those with people in them, then those that sleep; of
// both the last active first.
type LobbyPage struct {
	Rooms []Room
	Total int    // of rooms that match, in all parts
	Next  string // for the part behind this one; "" = there is none
}

// Lobby reads the list of listed rooms. A room is there, or gone, as soon as the call that opened
// or closed it has returned; it is as the last event of the lobby told it, and stands where it
// stood two Limits.LobbyPause ago at most. A room that moves while the parts are read is in one of
// them at most. It fails with BadRequest or, beyond Limits.ListsPerSecond, RateLimited. What a door
// tells unasked is read for the zero Visitor, whom nobody counts.
func (h *House) Lobby(who Visitor, q LobbyQuery) (LobbyPage, error) {
	if err := h.rates.take(h.rates.visitor(&h.rates.lists, who)...); err != nil {
		return LobbyPage{}, err
	}
	after, err := parseCursor(q.After)
	if err != nil {
		return LobbyPage{}, err
	}
	if q.Limit < 0 {
		return LobbyPage{}, failField(BadRequest, "limit", "limit isn't negative")
	}
	if len(q.Title) > h.limits.TitleBytes {
		return LobbyPage{}, failField(BadRequest, "title", "no title is so long")
	}
	limit := q.Limit
	if limit == 0 || limit > h.limits.LobbyPage {
		limit = h.limits.LobbyPage
	}
	rows := h.directory.sorted()
	if part := fold(strings.TrimSpace(q.Title)); part != "" {
		rows = slices.Collect(func(yield func(*row) bool) {
			for _, r := range rows {
				if r.title.contains(part) && !yield(r) {
					return
				}
			}
		})
	}
	p := LobbyPage{Total: len(rows)}
	if q.After != "" {
		i, found := slices.BinarySearchFunc(rows, after, (*row).compare)
		if found {
			i++
		}
		rows = rows[i:]
	}
	if len(rows) > limit {
		rows = rows[:limit]
		p.Next = cursorOf(rows[limit-1])
	}
	p.Rooms = h.directory.latest(rows)
	return p, nil
}

// OwnRooms lists the rooms that who owns, unlisted ones too, in the order of the list.
func (h *House) OwnRooms(who Visitor) []Room {
	h.mu.RLock()
	var own []*room
	for id := range h.owners[who.ID] {
		if r := h.rooms[id]; r != nil {
			own = append(own, r)
		}
	}
	h.mu.RUnlock()
	var rooms []Room
	for _, r := range own {
		r.mu.Lock()
		if !r.closed {
			rooms = append(rooms, h.row(r))
		}
		r.mu.Unlock()
	}
	slices.SortFunc(rooms, func(a, b Room) int { return (&row{Room: a}).compare(&row{Room: b}) })
	return rooms
}

// directory is what the lobby shows, kept sorted. It is made of the lobby's events, so that neither
// reading nor sorting needs a room's lock.
type directory struct {
	pause time.Duration

	mu     sync.Mutex
	listed map[string]*row // guarded by mu; by room
	fresh  map[string]*row // guarded by mu; of listed, those that aren't in rows yet
	rows   []*row          // guarded by mu; sorted; neither the slice nor its rows change
	due    bool            // guarded by mu; rooms were opened or closed since rows was made
	made   time.Time       // guarded by mu; when rows was
}

// row is a room of the list.
type row struct {
	Room
	title searched
	old   bool // guarded by the directory's mu; it has no place in the next rows
}

func newDirectory(pause time.Duration) *directory {
	return &directory{pause: pause, listed: map[string]*row{}, fresh: map[string]*row{}}
}

// compare orders rows: those with people in them first, then the last active.
func (r *row) compare(o *row) int {
	return cmp.Or(cmp.Compare(r.asleep(), o.asleep()), o.Active.Compare(r.Active), cmp.Compare(o.ID, r.ID))
}

// asleep is 1 when nobody is in the room, else 0.
func (r *row) asleep() int {
	if r.Count == 0 {
		return 1
	}
	return 0
}

// put adds a room, or what has become of it.
func (d *directory) put(v Room) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.fresh[v.ID]; r != nil {
		if r.Title != v.Title {
			r.title = searchedTitle(v.Title)
		}
		r.Room = v
		return
	}
	r := &row{Room: v}
	if was := d.listed[v.ID]; was != nil {
		was.old = true
		r.title = was.title
		if was.Title != v.Title {
			r.title = searchedTitle(v.Title)
		}
	} else {
		r.title = searchedTitle(v.Title)
		d.due = true
	}
	d.listed[v.ID], d.fresh[v.ID] = r, r
}

// drop takes a room away.
func (d *directory) drop(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.listed[id]; r != nil {
		r.old = true
		d.due = true
		delete(d.listed, id)
		delete(d.fresh, id)
	}
}

// sorted returns all rows, which nobody changes. They are merged anew when a room has come or gone,
// for other changes once in a pause.
func (d *directory) sorted() []*row {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.due && (len(d.fresh) == 0 || time.Since(d.made) < d.pause) {
		return d.rows
	}
	fresh := slices.SortedFunc(maps.Values(d.fresh), (*row).compare)
	rows := make([]*row, 0, len(d.listed))
	for _, r := range d.rows {
		if r.old {
			continue
		}
		for len(fresh) > 0 && fresh[0].compare(r) < 0 {
			rows = append(rows, fresh[0])
			fresh = fresh[1:]
		}
		rows = append(rows, r)
	}
	d.rows = append(rows, fresh...)
	clear(d.fresh)
	d.due, d.made = false, time.Now()
	return d.rows
}

// latest describes the rooms of rows as the last events told them: who reads a list hears of none
// of those any more. What is gone meanwhile is as it was; an event tells that.
func (d *directory) latest(rows []*row) []Room {
	d.mu.Lock()
	defer d.mu.Unlock()
	rooms := make([]Room, len(rows))
	for i, r := range rows {
		if l := d.listed[r.ID]; l != nil {
			r = l
		}
		rooms[i] = r.Room
	}
	return rooms
}

// cursorOf names a place in the list that stays when the room moves: whether it sleeps, its time
// and its id.
func cursorOf(r *row) string {
	b := binary.BigEndian.AppendUint64([]byte{byte(r.asleep())}, uint64(r.Active.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(b, r.ID...))
}

func parseCursor(s string) (*row, error) {
	if s == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 9 || len(b) > 64 || b[0] > 1 {
		return nil, failField(BadRequest, "after", "after is what another part of the list told")
	}
	active := time.UnixMilli(int64(binary.BigEndian.Uint64(b[1:])))
	return &row{Room: Room{ID: string(b[9:]), Active: active, Count: 1 - int(b[0])}}, nil
}
