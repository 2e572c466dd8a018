package redisbus_test

import (
	"os"
	"testing"
)

func pause(t testing.TB, _ *os.Process) { t.Skip("nothing pauses a process here") }

func resume(testing.TB, *os.Process) {}
