//go:build unix

package pgbus_test

import (
	"syscall"
	"testing"
)

func pause(t testing.TB, pid int) { signal(t, pid, syscall.SIGSTOP) }

func resume(t testing.TB, pid int) { signal(t, pid, syscall.SIGCONT) }

func signal(t testing.TB, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}
