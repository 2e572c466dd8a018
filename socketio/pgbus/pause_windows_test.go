package pgbus_test

import "testing"

func pause(t testing.TB, _ int) { t.Skip("nothing pauses a process here") }

func resume(testing.TB, int) {}
