package live_test

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/chat/sqlite/sqlitetest"
)

// secret is the password of every locked room in these tests.
const secret = "correct horse"

// A rig is a House with its door behind HTTP, for one test.
type rig struct {
	t     testing.TB
	house *chat.House
	door  *live.Door
	url   string
	log   *logged

	clients  []*client
	clientOf func(http.Header) *http.Client // nil = the usual one
}

// logged is what was logged.
func (r *rig) clientFor(header http.Header) *http.Client {
	if r.clientOf == nil {
		return nil
	}
	return r.clientOf(header)
}

type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logged) wants(t *testing.T, text string) {
	t.Helper()
	if s := l.String(); !strings.Contains(s, text) {
		t.Errorf("the log lacks %q:\n%s", text, s)
	}
}

// forget empties the log: what it holds was wanted.
func (l *logged) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}

// quick are limits without rates, with any number of sockets, and with time for a slow machine.
func quick() chat.Limits {
	return chat.Limits{SendPerSecond: -1, AddressSendsPerSecond: -1, RoomPerSecond: -1, Rooms: -1, RoomsPerIdentity: -1,
		CreatesPerAddress: -1, AddressRoomDay: -1, AddressReadsPerSecond: -1, JoinsPerMinute: -1, AddressJoinsPerMinute: -1, RoomJoinsPerMinute: -1, RoomNewcomersFree: -1, NewcomersFree: -1, HistoryPerSecond: -1,
		ListsPerSecond: -1, EventsPerSecond: -1, AddressEventsPerSecond: -1, SocketsPerIdentity: -1, SocketsPerAddress: -1, HandshakesPerSecond: -1,
		SearchTime: time.Minute}
}

func start(t testing.TB, limits chat.Limits, o live.Options) *rig {
	t.Helper()
	return startOn(t, t.TempDir(), limits, o, asIs)
}

func asIs(s chat.Store) chat.Store { return s }

// startOn starts on the data of a folder, with a store that wrap may put something around.
func startOn(t testing.TB, dir string, limits chat.Limits, o live.Options, wrap func(chat.Store) chat.Store) *rig {
	t.Helper()
	r := &rig{t: t, log: new(logged)}
	logger := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	path := filepath.Join(dir, "chat.db")
	sqlitetest.Prepare(t, path)
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	limits.CloseGrace = cmp.Or(limits.CloseGrace, -1) // most tests want an end at once
	r.house, err = chat.Open(t.Context(), chat.Options{
		Store: wrap(store), Secret: []byte("the same after a restart"), Logger: logger, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	o.House, o.Logger = r.house, logger
	r.door = live.New(o)
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", r.door)
	h := httptest.NewServer(mux)
	r.url = h.URL
	t.Cleanup(func() {
		if err := r.door.Close(); err != nil {
			t.Error("close the door:", err)
		}
		h.CloseClientConnections()
		h.Close()
		if err := r.house.Close(); err != nil {
			t.Error("close the house:", err)
		}
		if text := r.log.String(); text != "" && !t.Failed() {
			t.Errorf("logged:\n%s", text)
		}
	})
	return r
}

// A person is a session.
type person struct {
	chat.Visitor
	rig   *rig
	token string
}

func (r *rig) person() *person {
	r.t.Helper()
	token, id, err := r.house.NewSession(context.Background(), "ko", "")
	if err != nil {
		r.t.Fatal(err)
	}
	return &person{chat.Visitor{Identity: id}, r, token}
}

// dial opens a connection in the name of a person, as a page of the server does.
func (p *person) dial(cookies ...string) *client {
	p.rig.t.Helper()
	h := http.Header{"Origin": {p.rig.url}, "Cookie": {"sid=" + p.token}}
	for _, c := range cookies {
		h.Add("Cookie", c)
	}
	return p.rig.dial(h)
}

// tab is a connection in /chat.
func (p *person) tab(cookies ...string) *client {
	p.rig.t.Helper()
	c := p.dial(cookies...)
	if in := c.connect("/chat"); in.kind != '0' {
		p.rig.t.Fatalf("/chat: %s", in.text)
	}
	return c
}

// lobby is a connection in /room that has its list.
func (p *person) lobby() (*client, object) {
	p.rig.t.Helper()
	c := p.dial()
	if in := c.connect("/room"); in.kind != '0' {
		p.rig.t.Fatalf("/room: %s", in.text)
	}
	return c, c.event("roomList")
}

// room makes a room.
func (p *person) room(q chat.NewRoom) string {
	p.rig.t.Helper()
	if q.Title == "" {
		q.Title = "우리 방"
	}
	room, _, err := p.rig.house.CreateRoom(context.Background(), p.Visitor, q)
	if err != nil {
		p.rig.t.Fatal(err)
	}
	return room.ID
}

// say sends a message past all sockets, as the other door does.
func (p *person) say(room, text string) chat.Message {
	p.rig.t.Helper()
	m, _, err := p.rig.house.Send(context.Background(), p.Visitor, chat.Post{Room: room, Text: text})
	if err != nil {
		p.rig.t.Error("send:", err)
	}
	return m
}

// told waits until all events of a room, or of the lobby, have been handed to the sockets.
func (r *rig) told(room string) {
	r.t.Helper()
	done := make(chan struct{})
	r.house.InOrder(room, func() { close(done) })
	<-done
}

// settle makes sure that a client of /chat has got all events of a room that were on their way.
func (r *rig) settle(room string, c *client) {
	r.t.Helper()
	r.told(room)
	c.ask("/chat", "history", object{"room": room, "limit": 1})
}
