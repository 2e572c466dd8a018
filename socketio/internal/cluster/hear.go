package cluster

import (
	"fmt"
	"strings"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// hear makes of an arrival what it is for the server.
func (b *Bus) hear(a Arrival) {
	m := a.Made
	if m == nil {
		b.counts.received.Add(1)
		b.counts.receivedBytes.Add(uint64(len(a.Payload)))
		var err error
		if a.Channel == b.self || a.Channel == b.everyone {
			m, err = decodeDirect(a.Payload)
		} else {
			m, err = b.line.Read(a)
		}
		if err != nil {
			m = b.skip(fmt.Errorf("%w, on %s", err, short(a.Channel)))
		}
	}
	if m != nil {
		b.server.Receive(m)
	}
}

// skip counts what can't be read, and makes of it what the server warns of.
func (b *Bus) skip(err error) *socketio.BusMessage {
	b.Skip()
	return &socketio.BusMessage{Failure: b.opts.Package + ": " + err.Error()}
}

// Skip counts a message that can't be used.
func (b *Bus) Skip() { b.counts.skipped.Add(1) }

func short(text string) string {
	if len(text) > 100 {
		return strings.ToValidUTF8(text[:100], "") + "…"
	}
	return text
}

// Awaits reports whether this server waits for answers: others needn't be read.
func (b *Bus) Awaits() bool { return b.asked.Load() >= time.Now().UnixNano() }

// Made hands the server a message that is made here, behind all that came.
func (b *Bus) Made(m *socketio.BusMessage) { b.inbox.put(Arrival{Made: m}) }
