package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A peer is another server of ours.
type peer struct {
	run   string
	heard time.Time
}

// A heartbeat is what servers of ours tell each other, beside what others understand.
type heartbeat struct {
	Type string `json:"type"`
	Name string `json:"name"`
	Run  string `json:"run"`
	Sent int64  `json:"sent"` // by the sender's clock, in nanoseconds
}

// The types of heartbeats.
const (
	hello = "hello" // to all, who answer with a beat
	beat  = "beat"
	bye   = "bye"
)

// NewID makes 16 hexadecimal digits.
func NewID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// say sends a heartbeat.
func (b *Bus) say(kind, name string) { b.Tell(b.heartbeat(kind, name)) }

// Tell sends what the server doesn't know of, a heartbeat say, before what waits. It isn't counted,
// and lost while the broker is away.
func (b *Bus) Tell(f *Frame) {
	f.own = true
	b.mu.Lock()
	b.urgent = append(b.urgent, f)
	b.mu.Unlock()
	b.rouse()
}

func (b *Bus) heartbeat(kind, name string) *Frame {
	text, _ := json.Marshal(heartbeat{kind, b.server.Name, b.run, time.Now().UnixNano()})
	return &Frame{Channel: b.line.Direct(name), Payload: text, own: true}
}

// listen takes a heartbeat. It reports whether it was our own.
func (b *Bus) listen(payload []byte) (own bool, err error) {
	var h heartbeat
	if err := json.Unmarshal(payload, &h); err != nil {
		return false, err
	}
	switch {
	case h.Run == b.run && h.Name == b.server.Name:
		b.counts.lag.Store(max(time.Now().UnixNano()-h.Sent, 0))
		return true, nil
	case h.Name == "" || h.Run == "" || h.Type != hello && h.Type != beat && h.Type != bye:
		return false, fmt.Errorf("%.40q is no heartbeat", payload)
	case h.Name == b.server.Name:
		b.mu.Lock()
		known := b.rival == h.Run
		b.rival = h.Run
		b.mu.Unlock()
		if !known {
			b.log(slog.LevelError, "two servers have the same name: give each its own Options.ServerName", "name", h.Name)
		}
		return false, nil
	}
	b.mu.Lock()
	known := b.peers[h.Name]
	if known != nil && (h.Type == bye && known.run == h.Run || h.Type != bye && known.run != h.Run) {
		b.drop(h.Name) // also when one of its name has come instead
	}
	if h.Type != bye {
		b.peers[h.Name] = &peer{h.Run, time.Now()}
	}
	delete(b.awaited, h.Name)
	b.mu.Unlock()
	b.rouse()
	if h.Type == hello {
		b.say(beat, h.Name)
	}
	return false, nil
}

// drop takes a server for gone, behind all that came from it. It needs mu.
func (b *Bus) drop(name string) {
	if b.peers[name] != nil {
		delete(b.peers, name)
		b.Made(&socketio.BusMessage{Kind: socketio.BusLeft, From: name})
	}
}

func (b *Bus) names() (names []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name := range b.peers {
		names = append(names, name)
	}
	return names
}

// Look drops servers that are gone: those that say nothing, and those that the broker has no
// connection of. One that has been heard since the question isn't among them: it may have come
// back.
func (s *Session) Look(ctx context.Context) error {
	asked := time.Now()
	names := s.names()
	there, err := s.link.Present(ctx, names, nil)
	if err != nil {
		return err
	}
	busy := s.inbox.full()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		p := s.peers[name]
		if p == nil || p.heard.After(asked) {
			continue
		}
		silent := !busy && time.Since(p.heard) > mostMissed*s.opts.Heartbeat
		if silent || there.Gone[name] {
			s.drop(name)
		}
	}
	return nil
}
