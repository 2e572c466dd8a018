package chat_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/chat/sqlite/sqlitetest"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// kit is a House on a fresh database, with short cuts.
type kit struct {
	*testing.T
	*chat.House
	o    chat.Options
	path string
	log  *bytes.Buffer
}

// inside runs a test with virtual time.
func inside(t *testing.T, l chat.Limits, test func(*kit)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chat.db")
	l.CloseGrace = cmp.Or(l.CloseGrace, -1) // most tests want an end at once
	synctest.Test(t, func(t *testing.T) {
		sqlitetest.Prepare(t, path)
		log := &bytes.Buffer{}
		k := &kit{T: t, path: path, log: log, o: chat.Options{Limits: l, Secret: []byte("secret"),
			Files: &files{}, Logger: slog.New(slog.NewTextHandler(log, nil))}}
		k.start()
		defer func() {
			k.check(k.Close())
			if log.Len() > 0 {
				k.Errorf("log:\n%s", log)
			}
		}()
		test(k)
	})
}

func (k *kit) start() {
	k.Helper()
	store, err := sqlite.Open(k.Context(), k.path, sqlite.Options{Durability: sqlite.Normal})
	k.check(err)
	k.o.Store = store
	k.House, err = chat.Open(k.Context(), k.o)
	k.check(err)
}

func (k *kit) check(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// fails checks the code of an error.
func (k *kit) fails(err error, code chat.Code) {
	k.Helper()
	if chat.CodeOf(err) != code {
		k.Errorf("error %v, want %s", err, code)
	}
}

func (k *kit) visitor() chat.Visitor {
	k.Helper()
	_, id, err := k.NewSession(k.Context(), "ko", "")
	k.check(err)
	return chat.Visitor{Identity: id}
}

// from is a new visitor from a network.
func (k *kit) from(network string) chat.Visitor {
	k.Helper()
	v := k.visitor()
	v.From = network
	return v
}

func (k *kit) room(id chat.Visitor, q chat.NewRoom) string {
	k.Helper()
	if q.Title == "" {
		q.Title = "마당"
	}
	r, _, err := k.CreateRoom(k.Context(), id, q)
	k.check(err)
	return r.ID
}

func (k *kit) join(id chat.Visitor, room, conn string) chat.Joined {
	k.Helper()
	j, err := k.Join(k.Context(), id, chat.JoinRequest{Room: room, Conn: conn})
	k.check(err)
	return j
}

func (k *kit) send(id chat.Visitor, room, text string) chat.Message {
	k.Helper()
	m, _, err := k.Send(k.Context(), id, chat.Post{Room: room, Text: text})
	k.check(err)
	return m
}

// events collects what a stream brings.
type events struct {
	mu  sync.Mutex
	all []chat.Event // guarded by mu
}

func (e *events) add(v chat.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, v)
}

// take returns what has come, once everything has.
func (e *events) take() []chat.Event {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	all := e.all
	e.all = nil
	return all
}

func kinds(events []chat.Event) []chat.EventKind {
	var kinds []chat.EventKind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (k *kit) watch(name string) *events {
	synctest.Wait() // what happened before has been told
	e := &events{}
	k.Subscribe(name, e.add)
	return e
}

// saw checks the kinds of the events that have come.
func (k *kit) saw(e *events, want ...chat.EventKind) []chat.Event {
	k.Helper()
	got := e.take()
	if !slices.Equal(kinds(got), want) {
		k.Errorf("events %v, want %v", kinds(got), want)
	}
	return got
}

// files remembers what is removed.
type files struct {
	mu      sync.Mutex
	stored  map[string]time.Time // guarded by mu; when they were last changed
	removed []string             // guarded by mu
	free    int64                // 0 = unknown
	stuck   string               // guarded by mu; can't be removed
}

func (f *files) Names(visit func(string, time.Time) error) error {
	f.mu.Lock()
	stored := maps.Clone(f.stored)
	f.mu.Unlock()
	for name, changed := range stored {
		if err := visit(name, changed); err != nil {
			return err
		}
	}
	return nil
}

func (f *files) put(stored map[string]time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stored = stored
}

func (f *files) stick(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stuck = name
}

func (f *files) Free() (int64, bool) { return f.free, f.free > 0 }

func (f *files) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if name == f.stuck {
		return errors.New("stuck")
	}
	f.removed = append(f.removed, name)
	delete(f.stored, name)
	return nil
}

func (f *files) gone() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	gone := f.removed
	f.removed = nil
	return gone
}

func image(n int) chat.Media {
	return chat.Media{Name: fmt.Sprintf("%032x.gif", n), MIME: "image/gif", W: 2, H: 1, Frames: 1, Bytes: 30}
}

func TestSession(t *testing.T) {
	inside(t, chat.Limits{SessionSweep: 30 * 24 * time.Hour}, func(k *kit) {
		token, id, err := k.NewSession(k.Context(), "en", "")
		k.check(err)
		if id.Name("ko") == id.Name("en") || id.Name("ko") == "" {
			t.Errorf("names %q, %q", id.Name("ko"), id.Name("en"))
		}
		for _, bad := range []string{"", "x", token[1:], id.ID, token[:len(token)-2] + "AA"} {
			_, err := k.Identity(k.Context(), bad)
			k.fails(err, chat.Unauthorized)
		}
		time.Sleep(time.Second)
		_, err = k.Identity(k.Context(), token) // the cookie came back
		k.check(err)
		for range 3 { // 300 days, seen every 100
			time.Sleep(100 * 24 * time.Hour)
			got, err := k.Identity(k.Context(), token)
			k.check(err)
			if got != id {
				t.Errorf("got %+v, want %+v", got, id)
			}
		}
		time.Sleep(180*24*time.Hour + time.Second)
		_, err = k.Identity(k.Context(), token)
		k.fails(err, chat.Unauthorized)
	})
}

// A session that never came back is deleted after a day, one that expired in the end, unless a room
// knows it.
func TestSessionsAreSwept(t *testing.T) {
	inside(t, chat.Limits{UnvisitedGrace: 400 * 24 * time.Hour, SessionLife: 72 * time.Hour}, func(k *kit) {
		make := func() (string, chat.Identity) {
			token, id, err := k.NewSession(k.Context(), "ko", "")
			k.check(err)
			return token, id
		}
		kept := func(token string) bool {
			b, err := base64.RawURLEncoding.DecodeString(token)
			k.check(err)
			_, err = k.o.Store.Session(k.Context(), sha256.Sum256(b))
			return err == nil
		}
		back, _ := make()
		owner, id := make()
		k.room(chat.Visitor{Identity: id}, chat.NewRoom{})
		var unused []string
		for range 300 {
			token, _ := make()
			unused = append(unused, token)
		}
		time.Sleep(time.Second)
		_, err := k.Identity(k.Context(), back)
		k.check(err)
		time.Sleep(23 * time.Hour)
		if !kept(unused[0]) {
			t.Error("gone within a day")
		}
		time.Sleep(2 * time.Hour)
		for _, token := range unused {
			if kept(token) {
				t.Fatal("a session that never came back is kept")
			}
		}
		if !kept(back) || !kept(owner) {
			t.Error("a session in use is gone")
		}
		time.Sleep(72 * time.Hour)
		if kept(back) {
			t.Error("an expired session is kept")
		}
		if !kept(owner) {
			t.Error("the owner of a room is gone")
		}
	})
}

func TestSessionsPerAddress(t *testing.T) {
	inside(t, chat.Limits{SessionsPerMinute: 3}, func(k *kit) {
		for _, from := range []string{"192.0.2.1", "192.0.2.2"} {
			for range 3 {
				_, _, err := k.NewSession(k.Context(), "ko", from)
				k.check(err)
			}
			_, _, err := k.NewSession(k.Context(), "ko", from)
			k.fails(err, chat.RateLimited)
		}
		time.Sleep(20 * time.Second)
		_, _, err := k.NewSession(k.Context(), "ko", "192.0.2.1")
		k.check(err)
	})
}

func TestNames(t *testing.T) {
	ko, animalsKo := chat.Words("ko")
	en, animalsEn := chat.Words("en")
	if len(ko) < 40 || len(animalsKo) < 60 || len(ko) != len(en) || len(animalsKo) != len(animalsEn) {
		t.Fatalf("%d, %d adjectives, %d, %d animals", len(ko), len(en), len(animalsKo), len(animalsEn))
	}
	for _, words := range [][]string{ko, en, animalsKo, animalsEn} {
		if n := len(slices.Compact(slices.Sorted(slices.Values(words)))); n != len(words) {
			t.Errorf("%d of %d words are different", n, len(words))
		}
	}
	if a, b := chat.GeneratedName(0, "ko"), chat.GeneratedName(0, "en"); a != "졸린 수달" || b != "Sleepy Otter" {
		t.Errorf("%s / %s", a, b)
	}
	if got := chat.GeneratedName(len(ko)+1, "en"); got != en[1]+" "+animalsEn[1] {
		t.Error(got)
	}
}

func TestCreateRoom(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		lobby := k.watch(chat.Lobby)
		id := k.visitor()
		q := chat.NewRoom{CID: "c1", Title: "  점심\n 뭐 먹지? ", Password: "열려라 참깨"}
		r, dup, err := k.CreateRoom(k.Context(), id, q)
		k.check(err)
		if dup || r.Title != "점심 뭐 먹지?" || r.Max != 10 || !r.Locked || !r.Listed || r.OwnerID != id.ID || r.Owner == "" || len(r.ID) != 22 {
			t.Errorf("room %+v", r)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				again, dup, err := k.CreateRoom(context.Background(), id, q)
				if err != nil || !dup || again != r {
					t.Errorf("again: %+v, dup %v, %v", again, dup, err)
				}
			})
		}
		wg.Wait()
		hidden := k.room(id, chat.NewRoom{Unlisted: true})
		if e := k.saw(lobby, chat.EventOpened); e[0].Room != r {
			t.Errorf("lobby: %+v", e)
		}
		if rooms := k.list(chat.LobbyQuery{}).Rooms; len(rooms) != 1 || rooms[0] != r {
			t.Errorf("rooms %+v", rooms)
		}
		if v, err := k.Room(hidden); err != nil || v.Listed {
			t.Errorf("hidden room %+v, %v", v, err)
		}
		for range 3 {
			k.room(id, chat.NewRoom{})
		}
		_, _, err = k.CreateRoom(k.Context(), id, chat.NewRoom{Title: "sixth"})
		k.fails(err, chat.TooManyRooms)
		k.check(k.CloseRoom(k.Context(), id, r.ID))
		_, _, err = k.CreateRoom(k.Context(), id, q)
		k.fails(err, chat.Closed)
		k.room(id, chat.NewRoom{Title: "instead"})
	})
}

func TestCreateRoomRules(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		id := k.visitor()
		for _, c := range []struct {
			q    chat.NewRoom
			code chat.Code
		}{
			{chat.NewRoom{}, chat.BadTitle},
			{chat.NewRoom{Title: " \u200b\u3164\n"}, chat.BadTitle},
			{chat.NewRoom{Title: string(make([]byte, 1<<20))}, chat.BadTitle},
			{chat.NewRoom{Title: "\xff"}, chat.BadTitle},
			{chat.NewRoom{Title: fmt.Sprintf("%051d", 0)}, chat.BadTitle},
			{chat.NewRoom{Title: "a", Max: 1}, chat.BadMax},
			{chat.NewRoom{Title: "a", Max: -1}, chat.BadMax},
			{chat.NewRoom{Title: "a", Max: 1001}, chat.BadMax},
			{chat.NewRoom{Title: "a", Password: "abc"}, chat.BadPassword},
			{chat.NewRoom{Title: "a", Password: fmt.Sprintf("%065d", 0)}, chat.BadPassword},
			{chat.NewRoom{Title: "a", CID: "a b"}, chat.BadRequest},
			{chat.NewRoom{Title: "a", CID: "sys:1"}, chat.BadRequest},
		} {
			_, _, err := k.CreateRoom(k.Context(), id, c.q)
			k.fails(err, c.code)
		}
	})
}

func TestLobbyIsTold(t *testing.T) {
	inside(t, chat.Limits{SendPerSecond: -1}, func(k *kit) {
		id := k.visitor()
		room := k.room(id, chat.NewRoom{})
		k.join(id, room, "a")
		time.Sleep(2 * time.Second)
		lobby := k.watch(chat.Lobby)
		for range 30 { // three seconds
			k.send(id, room, "x")
			time.Sleep(100 * time.Millisecond)
		}
		if n := len(lobby.take()); n != 3 && n != 4 {
			t.Errorf("%d updates in three seconds", n)
		}
		time.Sleep(time.Second)
		lobby.take()
		last := k.send(id, room, "y")
		time.Sleep(time.Second)
		if e := k.saw(lobby, chat.EventUpdated); !e[0].Room.Active.Equal(last.Created) || e[0].Room.Count != 1 {
			t.Errorf("update %+v", e[0].Room)
		}
		k.check(k.CloseRoom(k.Context(), id, room))
		k.saw(lobby, chat.EventClosed)
	})
}

func TestLogHasNoSecret(t *testing.T) {
	hash := chat.PassHash("$argon2id$secret")
	r := chat.RoomRecord{PassHash: hash}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "hash", hash, "room", r)
	}
	fmt.Fprintf(io.MultiWriter(&log), "%v %+v %#v %s %q %v", r, r, r, hash, hash, []chat.PassHash{hash})
	if bytes.Contains(log.Bytes(), []byte("argon2id")) {
		t.Errorf("%s", log.Bytes())
	}
}
