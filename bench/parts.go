package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A chatCost is a part of what a message costs. A stack counts for the first part that a function
// of it belongs to, from the innermost function outwards.
type chatCost struct {
	name  string
	marks []string // pieces of names of functions
}

var chatCosts = []chatCost{
	{"commit", []string{"modernc.org/", "/chat/sqlite."}},
	{"fan-out", []string{"/chat/live.(*rooms).tell", "/socketio.(*Namespace).emit", "/socketio.(*room)", "/internal/outbox."}},
	{"socket", []string{"/engineio.", "/socketio.", "/internal/"}},
	{"domain", []string{"/chat.", "/chat/live.", "/chat/wire."}},
}

// runParts measures where the time of a full hall goes.
func runParts(ctx context.Context, h *house, s settings) ([]finding, error) {
	dir, err := os.MkdirTemp("", "bench-profile")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	profiled, err := openHouse(ctx, h.peer, "PROFILE="+dir)
	if err != nil {
		return nil, err
	}
	_, err = runHall(ctx, profiled, s)
	profiled.end()
	os.RemoveAll(profiled.dir)
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-traces", h.peer.command[0], filepath.Join(dir, "server-.pprof")).Output()
	if err != nil {
		return nil, fmt.Errorf("read the profile: %w", err)
	}
	var found []finding
	spent := split(out)
	var all time.Duration
	for _, d := range spent {
		all += d
	}
	for _, name := range append([]string{"rest"}, costNames()...) {
		share := 100 * spent[name].Seconds() / max(all, 1).Seconds()
		found = append(found, finding{workload{unit: "% " + name, smaller: true}, sample{Figure: share}})
	}
	return found, nil
}

func costNames() (names []string) {
	for _, c := range chatCosts {
		names = append(names, c.name)
	}
	return names
}

// split adds up the stacks of `go tool pprof -traces` by part; "rest" is what belongs to none.
func split(traces []byte) map[string]time.Duration {
	spent := map[string]time.Duration{}
	var value time.Duration
	part := ""
	end := func() {
		if value > 0 {
			if part == "" {
				part = "rest"
			}
			spent[part] += value
		}
		value, part = 0, ""
	}
	lines := bufio.NewScanner(bytes.NewReader(traces))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "-----") {
			end()
			continue
		}
		name := strings.TrimSpace(lines.Text())
		if first, rest, ok := strings.Cut(name, "   "); ok && value == 0 {
			d, err := time.ParseDuration(first)
			if err != nil {
				continue // the head
			}
			value, name = d, strings.TrimSpace(rest)
		}
		if value > 0 && part == "" {
			part = partOf(name)
		}
	}
	end()
	return spent
}

func partOf(function string) string {
	for _, c := range chatCosts {
		for _, mark := range c.marks {
			if strings.Contains(function, mark) {
				return c.name
			}
		}
	}
	return ""
}
