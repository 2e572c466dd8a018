// Package raid treats the program as a stranger does: it is built, started in a process of its own
// on loopback, and met over HTTP and WebSocket alone. A raid does to it what one address, or fifty,
// can think of, while twenty people in a room go on talking; see docs/chat/raid.md.
//
// The tests speak with a small client of their own, not with the library's.
package raid

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) {
	if order := os.Getenv("RAIDERS"); order != "" {
		os.Exit(obey(order))
	}
	leak.Main(m)
}

// patience is for what comes soon on any machine.
const patience = time.Minute

// Addresses of loopback, by who comes from them: "127.0.0." and a number from 2, 201, and so on.
const (
	raiders  = "127.0.0."
	people   = "127.0.1."
	visitors = "127.0.2."
	guests   = "127.0.3."
)

// loopback skips the test where not all of 127.0.0.0/8 is this machine.
func loopback(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: only on Linux all of 127.0.0.0/8 is this machine, and /proc tells of others")
	}
}

// length is how long a raid lasts: five seconds, or what RAID says.
func length(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("RAID")
	if text == "" {
		return 5 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// strict tells that the numbers of this machine count: nothing else runs on it.
func strict() bool { return os.Getenv("RAID_STRICT") != "" }
