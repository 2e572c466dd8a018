package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// fullLife lets the disk be full from each write of a session's life on, and empties it again: what
// was acknowledged is there, what was refused isn't, no number is skipped, nothing is announced
// that isn't kept, and the refused steps succeed in the store that stayed open.
func fullLife(t *testing.T, k *kit) {
	next, neighbour := k.room()
	// What is free already would move the place where the disk is full.
	for pages := 0; ; pages++ {
		if pages == 200 {
			t.Fatal("a life never fits")
		}
		l := newLife(k, next, neighbour)
		k.check(k.full(k.Store, pages))
		var refused int
		l.amongNeighbours(func() { refused = l.live() })
		k.check(k.full(k.Store, -1))
		if again := l.live(); again > 0 {
			t.Fatalf("%d pages: %d steps are refused by a disk with room", pages, again)
		}
		l.end(pages)
		if pages%4 == 0 {
			k.check(k.Close())
			k.Store = k.open(t)
			l.compare("after reopening")
		}
		l.leaveNothing()
		if refused == 0 {
			return
		}
	}
}

// life is that of an owner and a guest in a room.
type life struct {
	*kit
	owner, guest chat.Session
	host, other  chat.Member
	room         string
	images       []string
	steps        []*step
	done         map[string]bool
	announced    []int64

	record   *chat.RoomRecord // what look found, nil = none
	messages []chat.Message

	next      string // the neighbours' room
	neighbour chat.Member
}

// step is one write. What it needs was acknowledged before, else it isn't tried.
type step struct {
	name, needs string
	do          func() error
	kept        func() bool
}

// long makes each row larger than what is free in a page.
var long = strings.Repeat("x", 3000)

func newLife(k *kit, next string, neighbour chat.Member) *life {
	l := &life{kit: k, done: map[string]bool{}, next: next, neighbour: neighbour}
	for _, who := range []struct {
		*chat.Session
		*chat.Member
	}{{&l.owner, &l.host}, {&l.guest, &l.other}} {
		*who.Session = k.newSession()
		who.Session.Nickname = long
		*who.Member = k.looks(who.Session.Identity)
	}
	record, first := k.record(l.host)
	record.Title, first.Title = long, long
	l.room = record.ID
	l.host.Role = chat.RoleOwner

	l.step("owner", "", func() error { return k.AddSession(k.Context(), l.owner) }, l.hasSession(&l.owner))
	l.step("guest", "", func() error { return k.AddSession(k.Context(), l.guest) }, l.hasSession(&l.guest))
	l.step("room", "owner", func() error {
		_, err := k.AddRoom(k.Context(), record, "make", first)
		return err
	}, func() bool {
		id, err := k.RoomMade(k.Context(), l.owner.ID, "make")
		l.unlessMissing(err)
		return id == l.room && l.record != nil
	})
	l.says("room", chat.Entry{Message: line(l.room, long, chat.LineJoin, l.host), Seat: chat.SeatTaken})
	join := chat.Entry{Message: line(l.room, long, chat.LineJoin, l.other), Seat: chat.SeatTaken}
	joined := l.says("room guest", join)
	l.says("room", text(l.room, "a", long, l.host))
	l.says(joined, text(l.room, "b", long, l.other))
	picture := picture(l.room, "c", l.other)
	picture.Message.Text = long
	l.images = filesOf(picture)
	l.says(joined, picture)
	l.step("touch", "guest", func() error {
		return k.TouchSessions(k.Context(), []chat.Seen{{Session: l.guest.ID, At: start.Add(time.Minute), Expires: l.guest.Expires}})
	}, func() bool {
		s, err := k.Session(k.Context(), l.guest.TokenHash)
		l.unlessMissing(err)
		return s.Seen.Equal(start.Add(time.Minute))
	})
	left := l.says(joined, chat.Entry{Message: line(l.room, long, chat.LineExit, l.other), Seat: chat.SeatFreed})
	l.says("room", text(l.room, "d", long, l.host))
	back := line(l.room, "back"+long, chat.LineJoin, l.other)
	l.says(left, chat.Entry{Message: back, Seat: chat.SeatTaken})
	return l
}

// amongNeighbours runs f while others write in a room of theirs. Their writes share transactions
// with those of f, and what is acknowledged to them is theirs too.
func (l *life) amongNeighbours(f func()) {
	l.Helper()
	const neighbours, each = 3, 3
	var sent [neighbours][each]chat.Entry
	var errs [neighbours][each]error
	for i := range sent {
		for j := range sent[i] {
			sent[i][j] = text(l.next, chat.NewID(), long, l.neighbour)
		}
	}
	var wg sync.WaitGroup
	for i := range sent {
		wg.Go(func() {
			for j, e := range sent[i] {
				_, _, errs[i][j] = l.Append(l.Context(), e, nil)
			}
		})
	}
	f()
	wg.Wait()
	there := l.all(l.next)
	l.isGapless(there, len(there))
	for i := range sent {
		for j, e := range sent[i] {
			kept := slices.ContainsFunc(there, func(m chat.Message) bool { return m.CID == e.Message.CID })
			if kept != (errs[i][j] == nil) {
				l.Fatalf("a neighbour's message is kept: %v, acknowledged: %v", kept, errs[i][j] == nil)
			}
		}
	}
}

func (l *life) step(name, needs string, do func() error, kept func() bool) {
	l.steps = append(l.steps, &step{name, needs, do, kept})
}

// says is the step of an entry; its name is the message's cid.
func (l *life) says(needs string, e chat.Entry) (name string) {
	cid := e.Message.CID
	l.step(cid, needs, func() error {
		_, dup, err := l.Append(l.Context(), e, func(m chat.Message) { l.announced = append(l.announced, m.Rev) })
		if dup {
			l.Errorf("%.20s is a duplicate", cid)
		}
		return err
	}, func() bool {
		return slices.ContainsFunc(l.messages, func(m chat.Message) bool { return m.CID == cid })
	})
	return cid
}

// live tries all steps that aren't done, and tells how many were refused.
func (l *life) live() (refused int) {
	l.Helper()
	for _, s := range l.steps {
		if l.done[s.name] || slices.ContainsFunc(strings.Fields(s.needs), func(n string) bool { return !l.done[n] }) {
			continue
		}
		if err := s.do(); err != nil {
			refused++
			l.compare(s.name)
		} else {
			l.done[s.name] = true
		}
	}
	l.compare("at the end")
	return refused
}

// compare looks whether the store holds what is done and nothing else.
func (l *life) compare(when string) {
	l.Helper()
	l.look()
	messages := 0
	for _, s := range l.steps {
		if kept := s.kept(); kept != l.done[s.name] {
			l.Fatalf("%.20s: %.20s is kept: %v, acknowledged: %v", when, s.name, kept, l.done[s.name])
		}
		if l.done[s.name] && (s.name == "room" || len(s.needs) > 0 && s.name != "touch") {
			messages++
		}
	}
	if l.done["room"] {
		l.isGapless(l.messages, messages)
		if rev := l.record.LastRev; rev != int64(messages) {
			l.Fatalf("%.20s: the room has rev %d of %d", when, rev, messages)
		}
	}
	for i, rev := range l.announced {
		if rev != int64(i+2) || i+2 > messages {
			l.Fatalf("%.20s: announced %v of %d", when, l.announced, messages)
		}
	}
	_, err := l.Media(l.Context(), l.images[0])
	l.unlessMissing(err)
	if (err == nil) != l.done["c"] {
		l.Fatalf("%.20s: the image is there: %v, acknowledged: %v", when, err == nil, l.done["c"])
	}
}

// end closes the room and removes the sessions while the disk is full, then when it isn't.
func (l *life) end(pages int) {
	l.Helper()
	l.check(l.full(l.Store, pages))
	extra := text(l.room, "e", strings.Repeat("x", 1<<20), l.host)
	if _, _, err := l.Append(l.Context(), extra, nil); err == nil {
		l.Fatal("the disk wasn't full")
	}
	l.compare("full again")
	files, err := l.RemoveRoom(l.Context(), l.room)
	l.check(l.full(l.Store, -1))
	if err != nil {
		l.compare("the room wasn't closed")
		files, err = l.RemoveRoom(l.Context(), l.room)
	}
	if l.check(err); !slices.Equal(sorted(files), sorted(l.images)) {
		l.Fatalf("files %v", files)
	}
	for _, s := range l.steps {
		l.done[s.name] = l.done[s.name] && (s.name == "owner" || s.name == "guest" || s.name == "touch")
	}
	l.announced = nil
	l.compare("closed")
}

// leaveNothing removes the sessions.
func (l *life) leaveNothing() {
	l.Helper()
	if n, err := l.RemoveSessions(l.Context(), start.Add(2*time.Hour), start, 10); err != nil || n != 2 {
		l.Fatalf("removed %d sessions, %v", n, err)
	}
	clear(l.done)
	l.compare("removed")
}

func (l *life) hasSession(s *chat.Session) func() bool {
	return func() bool {
		got, err := l.Session(l.Context(), s.TokenHash)
		l.unlessMissing(err)
		return err == nil && got.Nickname == s.Nickname
	}
}

// look reads the room.
func (l *life) look() {
	l.record, l.messages = nil, nil
	switch r, err := l.Room(l.Context(), l.room); {
	case errors.Is(err, chat.ErrNotFound):
	default:
		l.check(err)
		l.record, l.messages = &r, l.all(l.room)
	}
}

func (l *life) unlessMissing(err error) {
	l.Helper()
	if err != nil && !errors.Is(err, chat.ErrNotFound) {
		l.Fatal(err)
	}
}
