package peer_test

import (
	"sync"
	"testing"

	"github.com/madang-chat/madang/internal/peer"
)

func TestKeys(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true},
		{"2001:db8::1", "2001:DB8:0:0:1::", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"::1", "127.0.0.1", false},
		{"", "", true},
		{"", "unknown", false},
		{"unknown", "unknown", true},
		{"192.0.2.1:80", "192.0.2.1", true}, // as some proxies write it, and RemoteAddr
		{"[2001:db8::1]:80", "2001:db8::2", true},
		{"[2001:db8::1]", "2001:db8::2", true},
		{" 192.0.2.1\t", "192.0.2.1", true},
		{"192.0.2.1:x", "192.0.2.1", false},
		{"0.0.0.0", "", false},
	}
	for _, test := range tests {
		if got := peer.KeyOf(test.a) == peer.KeyOf(test.b); got != test.same {
			t.Errorf("%q and %q are the same: %v", test.a, test.b, got)
		}
	}
}

func TestLimit(t *testing.T) {
	l := peer.NewLimit(2)
	a, b := peer.KeyOf("192.0.2.1"), peer.KeyOf("192.0.2.2")
	first, second := l.Enter(a), l.Enter(a)
	if first == nil || second == nil || l.Enter(a) != nil {
		t.Fatal("an address doesn't hold exactly two")
	}
	if l.Enter(b) == nil {
		t.Fatal("another address is refused")
	}
	first()
	if l.Enter(a) == nil || l.Enter(a) != nil {
		t.Fatal("a place that was left isn't free once")
	}
}

func TestLimitForgetsWhoHasLeft(t *testing.T) {
	l := peer.NewLimit(100)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for range 100 {
				if leave := l.Enter(peer.KeyOf(string(rune('a' + i%5)))); leave != nil {
					leave()
				}
			}
		})
	}
	wg.Wait()
	if n := l.Len(); n != 0 {
		t.Errorf("%d addresses are left", n)
	}
	if peer.NewLimit(0).Enter(peer.KeyOf("a")) != nil {
		t.Error("none may enter, one did")
	}
}
