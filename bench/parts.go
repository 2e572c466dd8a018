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

// A chatCost is a part of what a message costs. A stack counts for the first part that any function
// of it belongs to.
type chatCost struct {
	name  string
	marks []string // pieces of names of functions
}

// arrivals are no part of a message, but in the profile.
const arrivals = "arrivals"

var chatCosts = []chatCost{
	{arrivals, []string{"/chat/httpapi.", "/chat/live.(*rooms).join", "/chat.(*House).Join"}},
	{"commit", []string{"/chat/sqlite.", "modernc.org/"}},
	{"fan-out", []string{"/chat/live.(*rooms).tell", "/chat.(*listeners).call", "/internal/outbox.(*Flusher)", "/engineio.(*Socket).flush"}},
	{"domain", []string{"/chat.", "/chat/live.", "/chat/wire."}},
	{"socket", []string{"/engineio.", "/socketio.", "/internal/"}},
}

// rest is what belongs to no part: the garbage collector and the scheduler.
const rest = "runtime"

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
	spent := split(out)
	var all time.Duration
	for name, d := range spent {
		if name != arrivals {
			all += d
		}
	}
	var found []finding
	for _, name := range append(costNames(), rest) {
		share := 100 * spent[name].Seconds() / max(all, 1).Seconds()
		found = append(found, finding{workload{unit: "% " + name, smaller: true}, sample{Figure: share}})
	}
	return found, nil
}

func costNames() (names []string) {
	for _, c := range chatCosts[1:] {
		names = append(names, c.name)
	}
	return names
}

// split adds up the stacks of `go tool pprof -traces` by part.
func split(traces []byte) map[string]time.Duration {
	spent := map[string]time.Duration{}
	var value time.Duration
	part := len(chatCosts)
	end := func() {
		switch {
		case value == 0:
		case part < len(chatCosts):
			spent[chatCosts[part].name] += value
		default:
			spent[rest] += value
		}
		value, part = 0, len(chatCosts)
	}
	lines := bufio.NewScanner(bytes.NewReader(traces))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "-----") {
			end()
			continue
		}
		name := strings.TrimSpace(lines.Text())
		if first, function, ok := strings.Cut(name, "   "); ok && value == 0 {
			d, err := time.ParseDuration(first)
			if err != nil {
				continue // the head
			}
			value, name = d, strings.TrimSpace(function)
		}
		if value > 0 {
			part = min(part, partOf(name))
		}
	}
	end()
	return spent
}

// partOf is the place in chatCosts of the first part that a function belongs to.
func partOf(function string) int {
	for i, c := range chatCosts {
		for _, mark := range c.marks {
			if strings.Contains(function, mark) {
				return i
			}
		}
	}
	return len(chatCosts)
}
