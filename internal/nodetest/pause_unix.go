//go:build unix

package nodetest

import (
	"os"
	"syscall"
	"testing"
)

// Pause stops a process as if its machine hung; Resume lets it go on.
func Pause(t testing.TB, p *os.Process) { t.Helper(); signal(t, p, syscall.SIGSTOP) }

// Resume ends a Pause.
func Resume(t testing.TB, p *os.Process) { t.Helper(); signal(t, p, syscall.SIGCONT) }

func signal(t testing.TB, p *os.Process, s syscall.Signal) {
	t.Helper()
	if err := p.Signal(s); err != nil {
		t.Fatal(err)
	}
}
