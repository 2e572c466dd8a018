package live_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// Whoever is banned has no connection a second later and gets none, and others see the seat free.
func TestBanEndsConnections(t *testing.T) { inside(t, quick(), testBanEndsConnections) }

func testBanEndsConnections(t *testing.T, r *rig) {
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	a, b, other := kim.tab(), kim.tab(), lee.tab()
	lobby, _ := kim.lobby()
	for _, c := range []*client{a, b, other} {
		c.must("/chat", "join", object{"room": room})
	}
	ban := chat.Ban{Session: kim.ID}
	if visitors, connections, all := r.door.Connected(ban.Lockout()); visitors != 1 || connections != 3 || all != 2 {
		t.Errorf("%d visitors of %d, %d connections", visitors, all, connections)
	}
	began := time.Now()
	if _, err := r.house.Ban(t.Context(), ban); err != nil {
		t.Fatal(err)
	}
	other.event("exit")
	for _, c := range []*client{a, b, lobby} {
		c.gone()
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	status, _, e := r.shake("", kim.header())
	if status != http.StatusForbidden || e["code"] != "BANNED" || e["message"] != "이 서버를 이용할 수 없어요." || e["retryable"] != false {
		t.Errorf("status %d, %v", status, e)
	}
	other.must("/chat", "chat", object{"room": room, "chat": "quiet at last"})
	if visitors, connections, all := r.door.Connected(ban.Lockout()); visitors != 0 || connections != 0 || all != 1 {
		t.Errorf("%d visitors of %d, %d connections", visitors, all, connections)
	}
	for _, b := range r.house.Bans() {
		if err := r.house.LiftBan(t.Context(), b.ID); err != nil {
			t.Error(err)
		}
	}
	kim.tab().must("/chat", "join", object{"room": room})
}

// A connection that opens while its visitor is banned is refused or ends.
func TestBanDuringHandshakes(t *testing.T) {
	r := start(t, quick(), live.Options{})
	people := make([]*person, 20)
	for i := range people {
		people[i] = r.person()
	}
	var all sync.WaitGroup
	for i, p := range people {
		h := http.Header{"Origin": {r.url}, "Cookie": {"sid=" + p.token}}
		all.Go(func() {
			for range 5 {
				w := httptest.NewRecorder()
				q := httptest.NewRequest("GET", "/socket.io/?EIO=4&transport=polling", nil)
				q.RemoteAddr, q.Header, q.Host = fmt.Sprintf("203.0.113.%d:5000", i), h, r.url[len("http://"):]
				r.door.ServeHTTP(w, q)
				if w.Code != http.StatusOK && w.Code != http.StatusForbidden {
					t.Errorf("status %d %s", w.Code, w.Body)
				}
			}
		})
		all.Go(func() {
			whom := p.ID
			if i%2 == 0 {
				whom = fmt.Sprintf("203.0.113.%d", i)
			}
			b, err := chat.ParseBanned(whom)
			if err == nil {
				_, err = r.house.Ban(t.Context(), b)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	r.empty()
}

// A room that isn't listed any more leaves the list at once, goes on for those in it, and comes
// back.
func TestUnlistedRoomLeavesTheLobby(t *testing.T) {
	r := start(t, quick(), live.Options{})
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	c.must("/chat", "join", object{"room": room})
	lobby, _ := lee.lobby()
	change := func(listed bool) {
		t.Helper()
		if _, err := r.house.AlterRoom(t.Context(), room, chat.RoomChange{Listed: &listed}); err != nil {
			t.Fatal(err)
		}
	}
	change(false)
	lobby.event("removeRoom")
	c.must("/chat", "chat", object{"room": room, "chat": "still here"})
	lee.tab().must("/chat", "join", object{"room": room})
	change(true)
	if back := lobby.event("newRoom"); back["_id"] != room || back["count"] != 2.0 {
		t.Errorf("%v", back)
	}
	if err := r.house.ShutRoom(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	if closed := c.event("roomClosed"); closed["reason"] != "operator" || closed["room"] != room {
		t.Errorf("%v", closed)
	}
	lobby.event("removeRoom")
}

// lookedUp counts the sessions that a store is asked for.
type lookedUp struct {
	chat.Store
	n atomic.Int32
}

func (s *lookedUp) Session(ctx context.Context, hash [32]byte) (chat.Session, error) {
	s.n.Add(1)
	return s.Store.Session(ctx, hash)
}

// Nothing is looked up for who comes from a banned address, whatever it brings.
func TestBannedAddressCostsNoQuery(t *testing.T) {
	store := &lookedUp{}
	r := startOn(t, t.TempDir(), quick(), live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
	shake := func(want int) {
		t.Helper()
		w := httptest.NewRecorder()
		q := httptest.NewRequest("GET", "/socket.io/?EIO=4&transport=polling", nil)
		q.RemoteAddr = "203.0.113.9:5000"
		q.Header.Set("Origin", "http://"+q.Host)
		q.Header.Set("Cookie", "sid="+strings.ToUpper(rand.Text())+"AAAAAAAAAAAAAAAAA")
		if r.door.ServeHTTP(w, q); w.Code != want {
			t.Fatalf("status %d %s", w.Code, w.Body)
		}
	}
	shake(http.StatusOK)
	if store.n.Load() == 0 {
		t.Fatal("no session was looked for")
	}
	b, err := chat.ParseBanned("203.0.113.0/24")
	if err == nil {
		_, err = r.house.Ban(t.Context(), b)
	}
	if err != nil {
		t.Fatal(err)
	}
	store.n.Store(0)
	for range 50 {
		shake(http.StatusForbidden)
	}
	if n := store.n.Load(); n > 0 {
		t.Errorf("%d queries", n)
	}
}
