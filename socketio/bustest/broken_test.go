package bustest_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/bustest"
)

// faults are what is wrong with buses, and the tests that have to find it.
var faults = map[string][]string{
	"drops":          {"any server takes a request", "10,000 messages in order", "joins, emits and leaves in order"},
	"doubles":        {"10,000 messages in order", "what is delivered again"},
	"reorders":       {"any server takes a request", "10,000 messages in order", "joins, emits and leaves in order"},
	"waits":          {"a slow server holds up nobody"},
	"drops large":    {"1 MB and binary"},
	"drops binary":   {"1 MB and binary"},
	"forgets rooms":  {"events reach whom they are for", "names of any kind"},
	"tells no end":   {"a server dies while it is asked"},
	"keeps the dead": {"servers come and go", "a server is cut off and comes back"},
	"asks nobody":    {"late answers", "sockets of all servers", "questions to servers", "questions to all clients"},
	"stays away":     {"a server is cut off and comes back", "the broker is away"},
	"hides its end":  {"the broker is away"},
	"mixes answers":  {"many questions at once"},
	"overtakes":      {"joins, emits and leaves in order"},
	"sends again":    {"a server is cut off and comes back", "the broker is away"},
	"blocks":         {"a server is cut off and comes back", "the broker is away"},
	"leaks":          {"no goroutine is left"},
	"forgets flags":  {"a message comes whole"},
	"forgets Whole":  {"a message comes whole"},
	"leaves waiting": {"a server is cut off while it asks"},
}

const fault = "BUSTEST_FAULT"

// A suite that finds nothing is none. Each fault is run in a process of its own, which has to fail.
func TestBrokenBusesFail(t *testing.T) {
	for name, tests := range faults {
		for _, test := range tests {
			t.Run(name+": "+test, func(t *testing.T) {
				t.Parallel()
				c, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				pattern := "^TestBrokenBus$/cluster/" + strings.ReplaceAll(test, " ", "_")
				if name == "leaks" {
					pattern = "^TestBrokenBus$/(cluster|goroutine)/rooms_and_ends"
				}
				cmd := exec.CommandContext(c, os.Args[0], "-test.run", pattern)
				cmd.Env = append(os.Environ(), fault+"="+name)
				out, err := cmd.CombinedOutput()
				if err == nil || !strings.Contains(string(out), "--- FAIL: TestBrokenBus/") || !strings.Contains(string(out), "/"+strings.ReplaceAll(test, " ", "_")) {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}

// TestBrokenBus is what runs in those processes.
func TestBrokenBus(t *testing.T) {
	name := os.Getenv(fault)
	if name == "" {
		t.Skip("run by TestBrokenBusesFail")
	}
	bustest.Run(t, func(testing.TB) bustest.Cluster {
		c := cluster(func(inner socketio.Bus) socketio.Bus { return inner })
		whole := c.Bus
		var all sync.Mutex
		c.Bus = func() socketio.Bus { return &broken{line: whole().(*line), fault: name, all: &all} }
		c.Redeliver = func(b socketio.Bus) { b.(*broken).again() }
		c.CatchesUp = name == "catches nothing up" // which these don't
		c.Patience = 2 * time.Second
		return c
	})
}

// A broken bus has a fault.
type broken struct {
	*line
	fault string
	all   *sync.Mutex // of the cluster
	leak  chan struct{}

	mu      sync.Mutex
	count   int                  // messages that were received; guarded by mu
	kept    *socketio.BusMessage // guarded by mu
	known   []string             // guarded by mu
	receive func(*socketio.BusMessage)
}

const seldom = 50

func (b *broken) Start(s socketio.BusServer) (stop func()) {
	b.receive = s.Receive
	s.Receive = b.take
	if b.fault == "leaks" {
		go func() { <-b.leak }()
	}
	return b.line.Start(s)
}

func (b *broken) take(m *socketio.BusMessage) {
	if b.own(m) {
		return
	}
	b.mu.Lock()
	b.count++
	due, kept := b.count%seldom == 0, b.kept
	if b.fault == "reorders" {
		b.kept = nil
	}
	if b.fault == "reorders" && due || b.fault == "doubles" && m.Kind == socketio.BusEmit {
		copied := *m
		b.kept = &copied
	}
	b.mu.Unlock()
	switch {
	case b.fault == "drops" && due, b.fault == "tells no end" && m.Kind == socketio.BusLeft:
		return
	case b.fault == "reorders" && due:
		return
	case b.fault == "doubles" && due:
		copied := *m
		b.receive(&copied)
	case b.fault == "waits":
		b.all.Lock()
		defer b.all.Unlock()
	case b.fault == "forgets rooms":
		m.Rooms = m.Rooms[:min(len(m.Rooms), 1)]
	case b.fault == "forgets flags":
		m.Latest, m.NoCompress = false, false
	case b.fault == "forgets Whole":
		m.Whole = false
	case b.fault == "leaves waiting" && m.Kind == socketio.BusLeft:
		if _, err := b.line.bus(); err != nil {
			return
		}
	case b.fault == "mixes answers" && m.Kind == socketio.BusServerAnswer && m.Args.Len() > 0:
		m.Args, _ = socketio.ArgsOf("of another one")
	}
	b.receive(m)
	if b.fault == "reorders" && kept != nil {
		b.receive(kept)
	}
}

// again delivers the newest message once more.
func (b *broken) again() {
	b.mu.Lock()
	kept := b.kept
	b.kept = nil
	b.mu.Unlock()
	if kept != nil {
		b.receive(kept)
	}
}

func (b *broken) Publish(m *socketio.BusMessage) error {
	if b.loses(m) {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.fault {
	case "overtakes": // until something else is published, which questions aren't
		late := b.kept
		b.kept = nil
		if m.Kind == socketio.BusJoin {
			b.kept = m
			return nil
		}
		if late != nil {
			_ = b.line.Publish(late)
		}
	case "sends again": // what it couldn't send, and more than once
		if _, err := b.line.bus(); err != nil {
			b.kept = m
			return err
		}
		for range 2 {
			if b.kept != nil {
				_ = b.line.Publish(b.kept)
			}
		}
		b.kept = nil
	}
	for b.fault == "blocks" {
		if err := b.line.Publish(m); !errors.Is(err, errCut) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return b.line.Publish(m)
}

func (b *broken) Ask(ctx context.Context, m *socketio.BusMessage) ([]string, error) {
	if b.loses(m) {
		return nil, nil
	}
	names, err := b.line.Ask(ctx, m)
	if b.fault == "asks nobody" {
		names = nil
	}
	if b.fault == "hides its end" {
		err = nil
	}
	return names, err
}

// loses reports whether m isn't sent, and holds up the others when that is the fault.
func (b *broken) loses(m *socketio.BusMessage) bool {
	switch b.fault {
	case "waits":
		b.all.Lock()
		defer b.all.Unlock()
	case "drops large":
		text, _ := json.Marshal(m)
		return len(text) > 1<<20
	case "drops binary":
		text, _ := json.Marshal(m)
		return strings.Contains(string(text), "Attachments")
	}
	return false
}

func (b *broken) Peers(ctx context.Context) ([]string, error) {
	names, err := b.line.Peers(ctx)
	if b.fault == "keeps the dead" {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, name := range names {
			if !slices.Contains(b.known, name) {
				b.known = append(b.known, name)
			}
		}
		names = slices.Clone(b.known)
	}
	return names, err
}

func (b *broken) heal() {
	if b.fault != "stays away" || b.line.server.Receive == nil {
		b.line.heal()
	}
}
