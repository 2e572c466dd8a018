package natsbus_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/natsbus"
)

var discard = slog.New(slog.DiscardHandler)

// What other programs say on the subjects is skipped, counted, and costs one warning.
func TestForeignPrograms(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	s := b.server(t, "a", natsbus.Options{})
	conn, _ := b.connect(t)
	healthy(t, s)
	run := "0123456789abcdef"
	bad := 0
	for _, subject := range []string{"servers", "server.a", "all", "to.a", "in./"} {
		for _, text := range []string{
			"", "{", "garbage", `{"Kind":1}`, "1" + run, "1" + run + "{}\n[]", "2" + run + `{"k":1,"n":"/","e":"x"}` + "\n[]",
			"1" + run + `{"k":12,"f":"a"}` + "\n[]", "1" + run + `{"k":1,"n":"/","e":"x","b":[-1]}` + "\n[]",
			"1" + run + `{"k":1,"n":"/","e":"x","b":[99]}` + "\n[]", "1" + run + `{"k":1,"n":"/","e":"x"}` + "\n[",
			"1" + run + "+1 0 99999999999\nx", "1" + run + "+1 0 0\n", "1" + run + "+x\n", "1" + run + "+1 0 2\nxxx",
		} {
			must(t, conn.Publish("socket.io."+subject, []byte(text)))
			bad++
		}
	}
	// What a server of a later version may say costs as little.
	must(t, conn.Publish("socket.io.in./", []byte("1"+run+`{"k":200,"n":"/","later":true}`+"\n[]")))
	must(t, conn.Publish("socket.io.in./", []byte("1"+run+`{"k":1,"n":"/","e":"later","later":true}`+"\n[1]")))
	must(t, natsbus.NewEmitter(conn, natsbus.Options{}).Emit("end"))
	s.client.Expect("later", 1)
	s.client.Expect("end")
	if got := s.bus.Stats().Skipped; got != uint64(bad) {
		t.Errorf("%d of %d were counted", got, bad)
	}
	if s.lines("level=WARN") > 2 || s.lines("level=ERROR") != 0 {
		t.Errorf("the log:\n%s", s.log)
	}
}

// What is larger than NATS takes comes in pieces, between the others.
func TestLargeMessages(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{MaxPayload: 1000, MaxPending: 64 << 20})
	s1, s2 := b.server(t, "a", natsbus.Options{}), b.server(t, "b", natsbus.Options{})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	for _, size := range []int{10, 900, 1000, 1001, 5000, 100_000} {
		text, binary := strings.Repeat("x", size), []byte(strings.Repeat("y", size/2))
		must(t, s1.Of("/").Emit("small", size))
		must(t, s1.Of("/").To(s2.client.ID()).Emit("large", text, binary))
		must(t, s1.Of("/").Emit("small", size))
		s2.client.Expect("small", size)
		s2.client.Expect("large", text, binary)
		s2.client.Expect("small", size)
	}
	// With what NATS takes by default.
	big := startNATS(t, server.Options{})
	s3, s4 := big.server(t, "a", natsbus.Options{}), big.server(t, "b", natsbus.Options{})
	nodetest.Knows(t, s3, "b")
	for _, size := range []int{1 << 20, 5 << 20} {
		must(t, s3.Of("/").To(s4.client.ID()).Emit("large", make([]byte, size)))
		s4.client.Expect("large", make([]byte, size))
	}
	err := s1.Of("/").Emit("too large", strings.Repeat("x", 8<<20))
	if err == nil || !strings.Contains(err.Error(), "MaxMessage") {
		t.Error(err)
	}
	conn, _ := b.connect(t)
	if err := natsbus.NewEmitter(conn, natsbus.Options{MaxMessage: 100}).Emit("x", strings.Repeat("x", 100)); err == nil {
		t.Error("the limit of an emitter isn't kept")
	}
	must(t, natsbus.NewEmitter(conn, natsbus.Options{}).Emit("large", strings.Repeat("x", 100_000)))
	s2.client.Expect("large", strings.Repeat("x", 100_000))
	if s2.bus.Stats().Skipped != 0 {
		t.Error(s2.bus.Stats())
	}
}

func TestEmitter(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	s := b.server(t, "a", natsbus.Options{Subject: "my.app"})
	healthy(t, s)
	conn, _ := b.connect(t)
	e := natsbus.NewEmitter(conn, natsbus.Options{Subject: "my.app"})
	for i := range 10 {
		must(t, e.To(s.client.ID()).SocketsJoin(fmt.Sprint("r", i)))
		must(t, e.To(fmt.Sprint("r", i)).Emit("n", i))
		s.client.Expect("n", i)
	}
	must(t, natsbus.NewEmitter(conn, natsbus.Options{}).Emit("elsewhere"))
	must(t, e.Emit("end"))
	s.client.Expect("end")
	conn.Close()
	if err := e.Emit("x"); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Error(err)
	}
}

func TestMisuse(t *testing.T) {
	b := startNATS(t, server.Options{})
	conn, _ := b.connect(t)
	quiet, _ := b.connect(t, nats.NoEcho())
	for name, f := range map[string]func(){
		"no connection":  func() { natsbus.New(nil, natsbus.Options{}) },
		"no echo":        func() { natsbus.New(quiet, natsbus.Options{}) },
		"an empty token": func() { natsbus.New(conn, natsbus.Options{Subject: "a..b"}) },
		"a wildcard":     func() { natsbus.NewEmitter(conn, natsbus.Options{Subject: "a.*"}) },
		"the name of emitters": func() {
			natsbus.New(conn, natsbus.Options{}).Start(socketio.BusServer{Name: "emitter", Receive: func(*socketio.BusMessage) {}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was accepted")
				}
			}()
			f()
		})
	}
}

// Of three servers of NATS one dies, and its clients go to another one.
func TestClusterOfNATS(t *testing.T) {
	t.Parallel()
	first := startNATS(t, server.Options{ServerName: "n0", Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: server.RANDOM_PORT}})
	route := &url.URL{Scheme: "nats", Host: first.running.ClusterAddr().String()}
	brokers := []*broker{first}
	for _, name := range []string{"n1", "n2"} {
		brokers = append(brokers, startNATS(t, server.Options{ServerName: name, Routes: []*url.URL{route}, Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: server.RANDOM_PORT}}))
	}
	for _, b := range brokers {
		nodetest.Until(t, "the brokers know each other", func() bool { return b.running.NumRoutes() >= 2 })
	}
	s1, s2, s3 := brokers[1].server(t, "a", natsbus.Options{}), brokers[2].server(t, "b", natsbus.Options{}), brokers[0].server(t, "c", natsbus.Options{})
	nodetest.Knows(t, s1, "b", "c")
	nodetest.Knows(t, s2, "a", "c")
	nodetest.Knows(t, s3, "a", "b")
	for i := range 200 {
		must(t, s1.Of("/").To(s2.client.ID()).Emit("one", i))
		must(t, s1.Of("/").Emit("all", i))
	}
	for i := range 200 {
		s2.client.Expect("one", i)
		s2.client.Expect("all", i)
		s3.client.Expect("all", i)
		s1.client.Expect("all", i)
	}
	brokers[1].stop()
	nodetest.Until(t, "its client is elsewhere", func() bool { return s1.bus.Stats().Reconnects > 0 })
	nodetest.Knows(t, s1, "b", "c")
	nodetest.Knows(t, s2, "a", "c")
	must(t, s2.Of("/").Emit("end"))
	s1.client.Expect("end")
	if n, err := s3.Of("/").CountSockets(t.Context()); n != 3 || err != nil {
		t.Error(n, err)
	}
}
