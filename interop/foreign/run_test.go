package main

import (
	"errors"
	"slices"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestLinesOfPrograms(t *testing.T) {
	for line, want := range map[string]result{
		"ok binary ack":                       {"binary ack", passed, ""},
		"ok leave: late":                      {"leave", passed, "late"},
		"FAIL event: got: a, want: b":         {"event", failed, "got: a, want: b"},
		"none auth: its protocol has no auth": {"auth", absent, "its protocol has no auth"},
	} {
		if got, ok := parse(line); !ok || got != want {
			t.Errorf("%q: got %v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"", "kill", "okay event", "[WARN] ok event"} {
		if got, ok := parse(line); ok {
			t.Errorf("%q: got %v", line, got)
		}
	}
}

// A program that is silent of a check, invents one or ends badly has failed.
func TestNothingIsLeftOut(t *testing.T) {
	said := map[string]result{}
	for _, check := range checks {
		said[check] = result{check, passed, ""}
	}
	delete(said, "idle")
	said["idel"] = result{"idel", passed, ""}
	var bad []string
	for _, r := range complete(said, errors.New("exit status 1")) {
		if r.verdict != passed {
			bad = append(bad, r.check)
		}
	}
	if want := []string{"idle", "idel", "the run"}; !slices.Equal(bad, want) {
		t.Errorf("failed: %q, want %q", bad, want)
	}
}
