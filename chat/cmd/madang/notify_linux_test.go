package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// A service manager that takes nothing any more keeps the program from nothing.
func TestManagerThatReadsNothing(t *testing.T) {
	dir, err := os.MkdirTemp("", "madang-") // whose path is short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "notify")
	l, err := net.ListenPacket("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for {
		if err := tellManager(socket, "STATUS="); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	m, log := start(t, t.TempDir())
	before := time.Now()
	notify(m.Log, daemon.SdNotifyReady)
	if err := m.Close(); err != nil || time.Since(before) > patience {
		t.Errorf("%v after %v", err, time.Since(before))
	}
	if n := strings.Count(log.String(), "the service manager can't be told"); n != 2 {
		t.Errorf("%d lines: %s", n, log)
	}
}
