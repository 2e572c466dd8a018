package natsbus

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// What is entered while a link is closed, or behind that, doesn't stay on the connection.
func TestEnterBehindClose(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("NATS doesn't start")
	}
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	k := &link{line: &line{conn: conn}, in: make(chan *nats.Msg, 1), subs: make(map[string]*nats.Subscription)}
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; err == nil; i++ {
			if err = k.enter(k.in, fmt.Sprint("subject", i)); err == nil && i%3 == 0 {
				err = k.leave(fmt.Sprint("subject", i))
			}
		}
	})
	time.Sleep(5 * time.Millisecond)
	k.Close()
	all.Wait()
	if n := conn.NumSubscriptions(); n != 0 || !errors.Is(err, errBroke) {
		t.Errorf("%d subscriptions stay, %v", n, err)
	}
}
