package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The runtime keeps what a busy minute needed for longer than a small server has it to spare.
const (
	memoryPause = 20 * time.Second // between two looks
	memoryIdle  = 8 << 20          // bytes that nobody needs and the system would like to have
)

// giveBack returns memory to the system that is kept for nothing, until ctx ends.
func giveBack(ctx context.Context) {
	tick := time.NewTicker(memoryPause)
	defer tick.Stop()
	kept := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if metrics.Read(kept); kept[0].Value.Uint64() > memoryIdle {
			debug.FreeOSMemory()
		}
	}
}
