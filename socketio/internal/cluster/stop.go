package cluster

import (
	"log/slog"
	"time"
)

// How long stop takes at most.
const (
	partTime = time.Second     // for what waits
	endTime  = time.Second / 4 // for what the session is doing, behind that
)

// stop sends what waits, for partTime at most, says goodbye and ends all. A client of the broker
// may be in the middle of a read that no context ends: that is left to its own timeout.
func (b *Bus) stop() {
	b.mu.Lock()
	if b.stopping {
		b.mu.Unlock()
		return
	}
	b.stopping = true
	up := b.why == nil
	b.mu.Unlock()
	if up {
		b.rouse()
		select {
		case <-b.left:
		case <-time.After(partTime):
		}
	}
	b.cancel()
	select {
	case <-b.left:
	case <-time.After(endTime):
	}
	b.delivery.Wait()
	b.mu.Lock()
	b.sift(b.errStopped) // whoever asked is told
	lost, why := b.lost+len(b.out), b.lostWhy
	b.counts.lost.Add(uint64(len(b.out)))
	b.lost, b.out = 0, nil
	b.giveUp()
	b.mu.Unlock()
	if lost > 0 {
		b.log(slog.LevelWarn, "the server has left the cluster with messages that weren't sent", "messages", lost, "error", why)
	}
}
