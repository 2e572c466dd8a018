package pgbus

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// ours marks heartbeats in the words of Node's servers that ours send: these know each other
// otherwise.
const ours = `,"madang":{}}`

// nodeHeartbeat is one in a namespace: Node's servers wait for the answers of all whom they hear.
func (l *line) nodeHeartbeat(t adapter.Type, namespace string) *cluster.Frame {
	f, err := l.frame(adapter.Heartbeat(t, l.bus.Server().Name, namespace))
	if err != nil {
		panic(fmt.Sprintf("pgbus: a heartbeat: %v", err)) // texts and a number always can
	}
	f.Payload = append(bytes.TrimSuffix(f.Payload, []byte("}")), ours...)
	return f
}

// beats takes a heartbeat. It reports whether it was one.
func (k *link) beats(e adapter.Envelope, payload []byte) bool {
	switch e.Type {
	default:
		return false
	case adapter.TypeHello, adapter.TypeBeat, adapter.TypeBye:
	}
	switch {
	case e.UID == "" || e.UID == cluster.EmitterName || bytes.HasSuffix(bytes.TrimSpace(payload), []byte(ours)):
	case e.Type == adapter.TypeBye:
		if k.nodes.Left(e.NSP, e.UID) {
			k.left([]string{e.UID})
		}
	default:
		k.nodes.Heard(e.NSP, e.UID, e.Type, time.Now())
		if e.Type == adapter.TypeHello {
			k.Tell(k.nodeHeartbeat(adapter.TypeBeat, e.NSP))
			k.mu.Lock()
			k.again[e.NSP] = true
			k.mu.Unlock()
		}
	}
	return true
}

// answerAgain answers those that have said hello before they listened.
func (k *link) answerAgain() {
	k.mu.Lock()
	again := k.again
	k.again = make(map[string]bool)
	k.mu.Unlock()
	for namespace := range again {
		k.Tell(k.nodeHeartbeat(adapter.TypeBeat, namespace))
	}
}

// left takes servers of Node for gone.
func (k *link) left(uids []string) {
	for _, uid := range uids {
		k.Made(&socketio.BusMessage{Kind: socketio.BusLeft, From: uid})
	}
}

// Part implements cluster.Parter.
func (k *link) Part() (frames []*cluster.Frame) {
	for _, namespace := range k.nodes.Namespaces() {
		frames = append(frames, k.nodeHeartbeat(adapter.TypeBye, namespace))
	}
	return frames
}

const (
	nodeBeat    = 4 * time.Second // Node's servers say something every five
	sweepTime   = time.Second
	keepTime    = 30 * time.Second // of attachments, as Node's servers keep them
	cleanUpTime = 10 * time.Second
)

// jitter keeps servers from doing the same at once.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/4) }

// tend does what is to be done from time to time, until the session ends.
func (k *link) tend(ctx context.Context) {
	beat, sweep := time.NewTicker(nodeBeat), time.NewTicker(sweepTime)
	clean := time.NewTimer(jitter(k.keep))
	defer beat.Stop()
	defer sweep.Stop()
	defer clean.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			for _, namespace := range k.nodes.Namespaces() {
				k.Tell(k.nodeHeartbeat(adapter.TypeBeat, namespace))
			}
		case now := <-sweep.C:
			k.answerAgain()
			if k.putting.Load() == 0 {
				k.left(k.nodes.Silent(now.Add(-adapter.NodeTimeout)))
			}
		case <-clean.C:
			k.cleanUp(ctx)
			if k.log != nil {
				k.trim(ctx)
			}
			clean.Reset(jitter(k.keep))
		}
	}
}
