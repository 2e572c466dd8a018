package redisbus_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/mixedtest"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A client goes from a server of Node to one of ours and back, and misses nothing on the way.
func TestMixedRecovery(t *testing.T) {
	t.Parallel()
	nodetest.Need(t, nodetest.Redis, nodetest.Node, nodetest.Packages)
	b := startRedis(t)
	node := func(name string) *mixedtest.Node {
		return mixedtest.StartNode(t, name, adapter, "redis://"+b.address(), key, "streams", "recovery")
	}
	n1, n2 := node("n1"), node("n2")
	user := socketio.NewKey[string]("user")
	photo, extra := socketio.NewKey[[]byte]("photo"), socketio.NewKey[int]("extra")
	type ourServer struct {
		*socketio.Server
		url string
	}
	serve := func(name string) ourServer {
		client, _ := b.client(t)
		bus := redisbus.NewStreams(client, streamsOptions())
		s := siotest.NewServer(t, socketio.Options{Bus: bus, ServerName: name, Recovery: &socketio.RecoveryOptions{}})
		s.Of("/").Use(func(_ context.Context, s *socketio.Socket) error {
			user.Set(s, name)
			return s.Join("all", name)
		})
		web := httptest.NewServer(s)
		t.Cleanup(web.Close)
		nodetest.Until(t, name+" is there", func() bool { return bus.Health() == nil })
		return ourServer{s, web.URL}
	}
	store, _ := b.client(t)
	g1, g2 := serve("g1"), serve("g2")
	nodetest.Knows(t, g1, "g2")
	n1.Do("connect", nil, nil) // to itself
	var id string
	type connected struct {
		ID        string
		Recovered bool
	}
	next := 0
	say := func() {
		t.Helper()
		next++
		n2.Do("emit", mixedtest.Query{"args": []any{"node", next}, "rooms": []string{"all"}}, nil)
		if err := g2.Of("/").To("all").Emit("go", next); err != nil {
			t.Fatal(err)
		}
	}
	heard := 0
	// What two servers say may come in any order, what one says in its own.
	hear := func() {
		t.Helper()
		at := map[string]int{"go": heard, "node": heard}
		for range 2 * (next - heard) {
			args := n1.Event()
			name := fmt.Sprint(args[0])
			if at[name]++; len(args) != 3 || args[1] != float64(at[name]) {
				t.Fatalf("%v came, want %s %d", args, name, at[name])
			}
		}
		heard = next
	}
	say()
	hear()
	var list []struct{ ID string }
	n1.Do("data", nil, &list)
	id = list[0].ID
	for i, to := range []string{g1.url, g2.url, n2.URL, g1.url, n1.URL} {
		n1.Do("lose", nil, nil)
		n1.Gone()
		nodetest.Until(t, "the session is saved", func() bool {
			keys, err := store.Keys(t.Context(), "test:*").Result()
			return err == nil && len(keys) == 1
		})
		say()
		say()
		var c connected
		n1.Do("move", mixedtest.Query{"url": to}, &c)
		if !c.Recovered || c.ID != id {
			t.Fatalf("step %d: %+v, want %s recovered", i, c, id)
		}
		hear()
		say()
		hear()
		for _, g := range []ourServer{g1, g2} {
			if to != g.url {
				continue
			}
			so, ok := g.Of("/").Socket(id)
			if !ok || so.Recovery() != socketio.RecoveryFull {
				t.Fatalf("step %d: the socket isn't there, or not recovered", i)
			}
			if p, _ := photo.Get(so); string(p) != "\x01\x02" || !slices.Contains(so.Rooms(), "n1") {
				t.Errorf("step %d: photo %v, rooms %q", i, p, so.Rooms())
			}
			extra.Set(so, extra.Of(so)+1)
		}
		if to == n2.URL {
			var list []struct {
				ID    string
				Rooms []string
				Data  map[string]any
			}
			n2.Do("data", nil, &list)
			if len(list) != 1 || list[0].ID != id || !slices.Contains(list[0].Rooms, "n1") || list[0].Data["extra"] != 2.0 {
				t.Errorf("Node has %+v", list)
			}
		}
	}
}
