package nodetest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// FreePort is a port of loopback that nobody listens on. It is below those that systems give to
// connections by themselves (from 32768 on Linux, from 49152 elsewhere): a server that comes back
// to it, or comes late, finds it free.
func FreePort(t testing.TB) int {
	t.Helper()
	const first, n = 20_000, 12_000
	var err error
	for range 100 {
		port := first + rand.N(n)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatalf("find a free port: %v", err)
	return 0
}
