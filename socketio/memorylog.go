package socketio

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// A memoryLog is what a MemoryBus keeps, since a server with Recovery has published. It belongs to
// the lock of its bus.
type memoryLog struct {
	on       bool
	last     uint64 // the newest offset
	dropped  uint64 // the newest one that isn't kept
	events   []memoryEvent
	bytes    int
	sessions map[[2]string]memorySession // by namespace and PID
	swept    int                         // how many were left then
}

type memoryEvent struct {
	offset  uint64
	size    int
	message *BusMessage
}

type memorySession struct {
	*BusSession
	end time.Time
}

// keep returns the offset of a message, if it has one.
func (l *memoryLog) keep(m *BusMessage) (offset string) {
	l.on = l.on || m.Number != 0
	if !l.on || m.Kind != BusEmit || m.Request != "" || m.Latest {
		return ""
	}
	l.last++
	kept := *m
	kept.Offset = strconv.FormatUint(l.last, 10)
	e := memoryEvent{l.last, len(m.Args.raw), &kept}
	for _, a := range m.Args.attachments {
		e.size += len(a)
	}
	l.events = append(l.events, e)
	l.bytes += e.size
	for len(l.events) > defaultMemoryLogEvents || l.bytes > defaultMemoryLogBytes {
		l.dropped = l.events[0].offset
		l.bytes -= l.events[0].size
		l.events[0] = memoryEvent{}
		l.events = l.events[1:]
	}
	return kept.Offset
}

func (n *memoryNode) Since(_ context.Context, namespace, offset string, most int) (list []*BusMessage, err error) {
	after, err := strconv.ParseUint(offset, 10, 64)
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	l := &n.bus.log
	switch {
	case !slices.Contains(n.bus.nodes, n):
		return nil, errBusStopped
	case err != nil || after == 0 || after < l.dropped || after > l.last:
		return nil, ErrOffset
	}
	for _, e := range l.events {
		if e.offset > after && e.message.Namespace == namespace && len(list) < most {
			copied := *e.message
			list = append(list, &copied)
		}
	}
	return list, nil
}

func (n *memoryNode) SaveSession(_ context.Context, namespace string, s *BusSession, keep time.Duration) error {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	if !slices.Contains(n.bus.nodes, n) {
		return errBusStopped
	}
	l := &n.bus.log
	if l.sessions == nil {
		l.sessions = make(map[[2]string]memorySession)
	}
	if len(l.sessions) > 2*l.swept+100 {
		for id, s := range l.sessions {
			if time.Now().After(s.end) {
				delete(l.sessions, id)
			}
		}
		l.swept = len(l.sessions)
	}
	l.sessions[[2]string{namespace, s.PID}] = memorySession{s, time.Now().Add(keep)}
	return nil
}

func (n *memoryNode) TakeSession(_ context.Context, namespace, pid string) (*BusSession, error) {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	if !slices.Contains(n.bus.nodes, n) {
		return nil, errBusStopped
	}
	id := [2]string{namespace, pid}
	s, ok := n.bus.log.sessions[id]
	delete(n.bus.log.sessions, id)
	if !ok || time.Now().After(s.end) {
		return nil, nil
	}
	return s.BusSession, nil
}
