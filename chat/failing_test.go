package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// weak is a store that fails to write while it is full.
type weak struct {
	chat.Store
	full     atomic.Bool
	removing atomic.Int32 // attempts to remove a room
	slow     atomic.Int64 // nanoseconds that one takes
}

var errFull = errors.New("the disk is full")

func (s *weak) Append(ctx context.Context, e chat.Entry, committed func(chat.Message)) (chat.Message, bool, error) {
	if s.full.Load() {
		return chat.Message{}, false, errFull
	}
	return s.Store.Append(ctx, e, committed)
}

func (s *weak) RemoveRoom(ctx context.Context, id string) ([]string, error) {
	s.removing.Add(1)
	time.Sleep(time.Duration(s.slow.Load()))
	if s.full.Load() {
		return nil, errFull
	}
	return s.Store.RemoveRoom(ctx, id)
}

func (s *weak) TouchSessions(ctx context.Context, seen []chat.Seen) error {
	if s.full.Load() {
		return errFull
	}
	return s.Store.TouchSessions(ctx, seen)
}

// weaken opens the House again on a store that may fail.
func (k *kit) weaken() *weak {
	k.Helper()
	k.check(k.Close())
	store, err := sqlite.Open(k.Context(), k.path, sqlite.Options{Durability: sqlite.Normal})
	k.check(err)
	s := &weak{Store: store}
	k.o.Store = s
	k.House, err = chat.Open(k.Context(), k.o)
	k.check(err)
	synctest.Wait() // the sweep at the start is done: the store may be changed
	return s
}

// A full disk fills no log with what time and visitors bring, nor is it tried all the time.
func TestR13FullDiskHasFewLines(t *testing.T) {
	inside(t, chat.Limits{RoomsPerIdentity: -1, CreatesPerAddress: -1}, func(k *kit) {
		defer k.log.Reset()
		s := k.weaken()
		const rooms = 50
		var tokens []string
		for i := range rooms {
			token, id, err := k.NewSession(k.Context(), "ko", "")
			k.check(err)
			tokens = append(tokens, token)
			who := chat.Visitor{Identity: id}
			room := k.room(who, chat.NewRoom{Life: chat.UntilEmpty})
			k.join(who, room, "a")
			if i%2 == 0 {
				k.Gone(who, room, "a")
			} else {
				k.check(k.Leave(k.Context(), who, room, "a"))
			}
		}
		s.full.Store(true)
		for range 60 {
			time.Sleep(time.Minute)
			for _, token := range tokens {
				_, err := k.Identity(k.Context(), token)
				k.check(err)
			}
		}
		if n := s.removing.Load(); n > 10*rooms {
			t.Errorf("%d attempts to remove %d rooms within an hour", n, rooms)
		}
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(k.log.String()), "\n")
		kinds := map[string]int{}
		for _, line := range lines {
			_, msg, _ := strings.Cut(line, "msg=")
			msg, _, _ = strings.Cut(msg, " room=")
			msg, _, _ = strings.Cut(msg, " session=")
			kinds[msg]++
			if !strings.Contains(line, "level=WARN") {
				t.Error(line)
			}
		}
		for kind, n := range kinds {
			if n > 61 {
				t.Errorf("%d lines of %s", n, kind)
			}
		}
		if len(kinds) != 3 {
			t.Errorf("lines of %v", kinds)
		}

		s.full.Store(false)
		time.Sleep(17 * time.Minute)
		if k.open() != 0 {
			t.Errorf("%d rooms are there though the disk has space", k.open())
		}
	})
}

// open counts the listed rooms.
func (k *kit) open() int {
	k.Helper()
	p, err := k.Lobby(chat.Visitor{}, chat.LobbyQuery{})
	k.check(err)
	return p.Total
}

// A seat whose grace ends while its owner fails to close the room is freed afterwards.
func TestSeatOfRoomThatStaysIsFreed(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		defer k.log.Reset()
		s := k.weaken()
		owner, guest, other := k.visitor(), k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{Life: chat.UntilEmpty})
		k.join(guest, room, "a")
		k.join(other, room, "a")
		k.Gone(guest, room, "a")
		time.Sleep(25 * time.Second)
		s.slow.Store(int64(10 * time.Second))
		s.full.Store(true)
		k.fails(k.CloseRoom(k.Context(), owner, room), chat.Unavailable)
		s.full.Store(false)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if r, err := k.Room(room); err != nil || r.Count != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		k.Gone(other, room, "a")
		time.Sleep(3 * time.Minute)
		_, err := k.Room(room)
		k.fails(err, chat.NoSuchRoom)
	})
}

// What a room knows of passwords ends with them.
func TestGrantsAreForgotten(t *testing.T) {
	inside(t, chat.Limits{GrantLife: time.Hour}, func(k *kit) {
		k.HashCheaply()
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Password: "open sesame"})
		k.join(owner, room, "a")
		for hour := range 4 {
			for i := range 900 {
				who := chat.Visitor{Identity: chat.Identity{ID: fmt.Sprint(hour, "-", i)}}
				_, err := k.Enter(k.Context(), who, room, "open sesame")
				k.check(err)
			}
			time.Sleep(time.Hour)
		}
		if n := k.Grants(room); n > 1100 {
			t.Errorf("%d grants are remembered, 900 at most were good at a time", n)
		}
	})
}
