package nodetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// Patience is how long a broker or a server may take for anything.
const Patience = 90 * time.Second

// Until waits until f returns true.
func Until(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %v: %s", Patience, what)
		}
	}
}

// A Peer is a server that knows others.
type Peer interface {
	Name() string
	Peers(context.Context) ([]string, error)
}

// Knows waits until a server has these peers.
func Knows(t testing.TB, p Peer, names ...string) {
	t.Helper()
	Until(t, fmt.Sprintf("%s knows %q", p.Name(), names), func() bool {
		peers, err := p.Peers(t.Context())
		return err == nil && slices.Equal(peers, names)
	})
}

// Receive waits for what is told.
func Receive(t testing.TB, c chan string) string {
	t.Helper()
	select {
	case got := <-c:
		return got
	case <-time.After(Patience):
		t.Fatal("nothing is told")
		return ""
	}
}
