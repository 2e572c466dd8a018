package cluster

import (
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// counts are what Stats tells, since Start.
type counts struct {
	published, received, sentBytes, receivedBytes atomic.Uint64
	lost, skipped, reconnects                     atomic.Uint64
	lag                                           atomic.Int64 // nanoseconds
}

// Stats tells what the Bus has done since Start, and how it is.
func (b *Bus) Stats() socketio.BusStats {
	c := &b.counts
	s := socketio.BusStats{
		Published: c.published.Load(), Received: c.received.Load(),
		SentBytes: c.sentBytes.Load(), ReceivedBytes: c.receivedBytes.Load(),
		Lost: c.lost.Load(), Skipped: c.skipped.Load(), Reconnects: c.reconnects.Load(),
		Lag: time.Duration(c.lag.Load()),
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Peers, s.QueuedBytes, s.Up = len(b.peers), b.bytes, b.why == nil && b.started && !b.stopping
	return s
}
