package bustest_test

import (
	"context"
	"maps"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// logFaults are what is wrong with buses that keep events, and the tests that have to find it.
var logFaults = map[string][]string{
	"keeps no events":    {"clients come back to any server", "a rolling restart", "what was missed is much"},
	"loses in pages":     {"what was missed is much"},
	"knows all offsets":  {"claims that are garbage"},
	"mixes namespaces":   {"clients come back to any server"},
	"gives twice":        {"two servers claim a client"},
	"keeps for ever":     {"the time is over"},
	"forgets data":       {"data and rooms come back"},
	"forgets the rooms":  {"data and rooms come back", "a rolling restart"},
	"tells no claims":    {"the old socket still lives"},
	"own events late":    {"all servers have one order"},
	"no own events":      {"all servers have one order"},
	"no offsets":         {"clients come back to any server", "a rolling restart"},
	"has nothing away":   {"the log is away"},
	"catches nothing up": {"what is said meanwhile"},
}

func init() { maps.Copy(faults, logFaults) }

// own reports whether an own event that comes back is kept from its server for now.
func (b *broken) own(m *socketio.BusMessage) bool {
	if m.Number == 0 || m.From != b.line.server.Name {
		return b.fault == "tells no claims" && m.Kind == socketio.BusClaim
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.fault {
	case "no own events":
		return true
	case "own events late": // they come with the next one
		late := b.kept
		b.kept = m
		if late != nil {
			b.receive(late)
		}
		return true
	case "no offsets":
		m.Offset = ""
	}
	return false
}

func (b *broken) Since(ctx context.Context, namespace, offset string, n int) ([]*socketio.BusMessage, error) {
	switch b.fault {
	case "keeps no events":
		return nil, nil
	case "mixes namespaces":
		if namespace != "/" {
			namespace = "/"
		}
	case "knows all offsets":
		if list, err := b.line.Since(ctx, namespace, offset, n); err == nil {
			return list, nil
		}
		return nil, nil
	}
	list, err := b.line.Since(ctx, namespace, offset, n)
	if b.fault == "loses in pages" && len(list) == n {
		list = list[1:]
	}
	return list, err
}

func (b *broken) SaveSession(ctx context.Context, namespace string, s *socketio.BusSession, keep time.Duration) error {
	switch b.fault {
	case "keeps for ever":
		keep = time.Hour
	case "forgets data":
		s.Data = nil
	case "forgets the rooms":
		s.Rooms = s.Rooms[:1]
	}
	return b.line.SaveSession(ctx, namespace, s, keep)
}

func (b *broken) TakeSession(ctx context.Context, namespace, pid string) (*socketio.BusSession, error) {
	s, err := b.line.TakeSession(ctx, namespace, pid)
	if b.fault == "gives twice" && s != nil {
		_ = b.line.SaveSession(ctx, namespace, s, time.Hour)
	}
	for b.fault == "has nothing away" && err != nil {
		<-ctx.Done()
		time.Sleep(time.Minute)
	}
	return s, err
}
