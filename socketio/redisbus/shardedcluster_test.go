package redisbus_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// Channels lie on all servers of a Redis Cluster, also when they move to another one.
func TestShardedChannelsMove(t *testing.T) {
	t.Parallel()
	nodes, addresses := startRedisCluster(t)
	var all []*single
	for _, name := range []string{"a", "b"} {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses})
		t.Cleanup(func() { client.Close() })
		s := &single{bus: redisbus.NewSharded(client, redisbus.ShardedOptions{})}
		s.Server = siotest.NewServer(t, socketio.Options{Bus: s.bus, ServerName: name})
		s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
		all = append(all, s)
	}
	a, b := all[0], all[1]
	nodetest.Knows(t, a, "b")
	nodetest.Knows(t, b, "a")
	so, _ := b.Of("/").Socket(b.client.ID())
	rooms := make([]string, 30)
	for i := range rooms {
		rooms[i] = fmt.Sprint("room ", i)
	}
	if err := so.Join(rooms...); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses})
	t.Cleanup(func() { client.Close() })
	heard := func() bool {
		for _, channel := range append([]string{"socket.io#/#", "socket.io-madang#"}, channelsOf(rooms)...) {
			master, err := client.MasterForKey(t.Context(), channel)
			if err != nil {
				return false
			}
			counts, err := master.PubSubShardNumSub(t.Context(), channel).Result()
			want := int64(2)
			if strings.HasPrefix(channel, "socket.io#/#room") {
				want = 1
			}
			if err != nil || counts[channel] != want {
				client.ReloadState(t.Context())
				return false
			}
		}
		return true
	}
	nodetest.Until(t, "all rooms are heard", heard)
	const count = 20
	say := func(from int) {
		t.Helper()
		for _, room := range rooms {
			for i := range count {
				if err := a.Of("/").To(room).Emit(room, from+i); err != nil {
					t.Fatal(err)
				}
			}
		}
		next := make(map[string]int)
		for range len(rooms) * count {
			e := b.client.Next()
			var n int
			if err := e.Args.Decode(0, &n); err != nil || n != from+next[e.Name] {
				t.Fatalf("%s: %d came instead of %d, %v", e.Name, n, from+next[e.Name], err)
			}
			next[e.Name]++
		}
	}
	say(0)
	for _, channel := range []string{"socket.io#/#", "socket.io#/#room 1#", "socket.io-madang#"} {
		move(t, nodes, channel)
	}
	nodetest.Until(t, "both are back", func() bool {
		return a.bus.Health() == nil && b.bus.Health() == nil && heard()
	})
	nodetest.Knows(t, a, "b")
	nodetest.Knows(t, b, "a")
	say(1000)
	if n, err := a.Of("/").CountSockets(t.Context()); n != 2 || err != nil {
		t.Error(n, err)
	}
	e := redisbus.NewShardedEmitter(client, redisbus.ShardedOptions{})
	for _, err := range []error{e.To("room 1").Emit("one"), e.To("room 2", "room 3").Emit("two"), e.Emit("all")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got := []string{b.client.Next().Name, b.client.Next().Name, b.client.Next().Name}
	if slices.Sort(got); !slices.Equal(got, []string{"all", "one", "two"}) {
		t.Errorf("%q came", got)
	}
}

func channelsOf(rooms []string) (list []string) {
	for _, room := range rooms {
		list = append(list, "socket.io#/#"+room+"#")
	}
	return list
}

// move gives the slot of a channel to another node.
func move(t *testing.T, nodes []*broker, channel string) {
	t.Helper()
	var clients []*redis.Client
	var ids []string
	from := -1
	for i, b := range nodes {
		c, _ := b.client(t)
		id, err := c.Do(t.Context(), "cluster", "myid").Text()
		if err != nil {
			t.Fatal(err)
		}
		if c.Do(t.Context(), "spublish", channel, "").Err() == nil {
			from = i
		}
		clients, ids = append(clients, c), append(ids, id)
	}
	if from < 0 {
		t.Fatalf("no node has %q", channel)
	}
	to := (from + 1) % len(nodes)
	// What it says of its slots counts more than what others say.
	if err := clients[to].Do(t.Context(), "cluster", "bumpepoch").Err(); err != nil {
		t.Fatal(err)
	}
	slot, err := clients[0].ClusterKeySlot(t.Context(), channel).Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		at   int
		args []any
	}{
		{to, []any{"importing", ids[from]}}, {from, []any{"migrating", ids[to]}}, {to, []any{"node", ids[to]}}, {from, []any{"node", ids[to]}},
		{(from + 2) % len(nodes), []any{"node", ids[to]}},
	} {
		if err := clients[step.at].Do(t.Context(), append([]any{"cluster", "setslot", slot}, step.args...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// An older Redis doesn't have it, and Health says so.
func TestShardedNeedsRedis7(t *testing.T) {
	t.Parallel()
	b := startRedis(t, "--rename-command", "ssubscribe", "")
	client, _ := b.client(t)
	bus := redisbus.NewSharded(client, redisbus.ShardedOptions{})
	siotest.NewServer(t, socketio.Options{Bus: bus, ServerName: "a"})
	nodetest.Until(t, "it says so", func() bool {
		err := bus.Health()
		return err != nil && strings.Contains(err.Error(), "Redis 7")
	})
}

// What is for a client comes to its server alone when each has a channel.
func TestPrivateChannels(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	client, _ := b.client(t)
	o := redisbus.ShardedOptions{Mode: redisbus.DynamicPrivate}
	var clients []*siotest.Client
	var buses []*redisbus.Bus
	for _, name := range []string{"a", "b"} {
		buses = append(buses, redisbus.NewSharded(client, o))
		s := siotest.NewServer(t, socketio.Options{Bus: buses[len(buses)-1], ServerName: name})
		until(t, "it is there", func() bool { return buses[len(buses)-1].Health() == nil })
		clients = append(clients, siotest.Dial(t, s, "/", siotest.Options{Patience: patience}))
	}
	others := buses[1].Stats().Received
	e := redisbus.NewShardedEmitter(client, o)
	for i := range 100 {
		if err := e.To(clients[0].ID()).Emit("for a", i); err != nil {
			t.Fatal(err)
		}
		clients[0].Expect("for a", i)
	}
	if err := e.Emit("for all"); err != nil {
		t.Fatal(err)
	}
	clients[1].Expect("for all")
	if got := buses[1].Stats().Received - others; got > 10 {
		t.Errorf("%d messages came to the other server", got)
	}
	channel := "socket.io#/#" + clients[0].ID() + "#"
	clients[0].Disconnect()
	until(t, "nobody hears the channel", func() bool {
		counts, err := client.PubSubShardNumSub(context.Background(), channel).Result()
		return err == nil && counts[channel] == 0
	})
}

// Messages that are for rooms of others cost nothing.
func TestShardedInterest(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	client, _ := b.client(t)
	bus := redisbus.NewSharded(client, redisbus.ShardedOptions{})
	s := siotest.NewServer(t, socketio.Options{Bus: bus, ServerName: "a"})
	c := siotest.Dial(t, s, "/", siotest.Options{Patience: patience})
	e := redisbus.NewShardedEmitter(client, redisbus.ShardedOptions{})
	nodetest.Until(t, "it is there", func() bool { return bus.Health() == nil })
	so, _ := s.Of("/").Socket(c.ID())
	heard := func(room string, want int64) {
		t.Helper()
		channel := "socket.io#/#" + room + "#"
		nodetest.Until(t, fmt.Sprint(room, " has ", want), func() bool {
			counts, err := client.PubSubShardNumSub(context.Background(), channel).Result()
			return err == nil && counts[channel] == want
		})
	}
	twenty := "한국어가 스무 글자인 방의 이름입니다"
	if n := len([]rune(twenty)); n != 20 {
		t.Fatal(n)
	}
	for _, room := range []string{"mine", "a", twenty} {
		if err := so.Join(room); err != nil {
			t.Fatal(err)
		}
	}
	heard("mine", 1)
	heard("a", 1) // the channel of answers to this server is the same
	heard(twenty, 0)
	for i := range 100 {
		if err := e.To(fmt.Sprint("other ", i)).Emit("nobody"); err != nil {
			t.Fatal(err)
		}
	}
	received := bus.Stats().Received
	for _, room := range []string{"mine", "a", twenty, c.ID()} {
		if err := e.To(room).Emit("one"); err != nil {
			t.Fatal(err)
		}
		c.Expect("one")
	}
	if got := bus.Stats().Received - received; got > 4 {
		t.Errorf("%d messages came for 4", got)
	}
	so.Leave("mine", "a")
	heard("mine", 0)
	heard("a", 1)
	if err := e.To("a").SocketsJoin("elsewhere"); err != nil {
		t.Fatal(err)
	}
}
