package chat

import (
	"maps"
	"time"
)

// known are sessions that something is remembered of until a moment.
type known struct {
	until map[string]time.Time
	prune int // entries at which those that have ended are dropped
}

func (k *known) has(session string) bool { return time.Now().Before(k.until[session]) }

func (k *known) put(session string, until time.Time) {
	if k.until == nil {
		k.until, k.prune = map[string]time.Time{}, pruneLeast
	}
	if len(k.until) >= k.prune {
		now := time.Now()
		maps.DeleteFunc(k.until, func(_ string, until time.Time) bool { return !until.After(now) })
		k.prune = max(pruneLeast, 2*len(k.until))
	}
	k.until[session] = until
}
