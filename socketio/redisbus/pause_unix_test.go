//go:build unix

package redisbus_test

import (
	"os"
	"syscall"
	"testing"
)

// pause stops a process as if its machine hung; resume lets it go on.
func pause(t testing.TB, p *os.Process) { signal(t, p, syscall.SIGSTOP) }

func resume(t testing.TB, p *os.Process) { signal(t, p, syscall.SIGCONT) }

func signal(t testing.TB, p *os.Process, s os.Signal) {
	t.Helper()
	if err := p.Signal(s); err != nil {
		t.Fatal(err)
	}
}
