package sioprom_test

import (
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/sioprom"
)

type fixedBus socketio.BusStats

func (b fixedBus) Stats() socketio.BusStats { return socketio.BusStats(b) }

func TestBuses(t *testing.T) {
	m := sioprom.New()
	if _, there := gather(t, m)["bus_up"]; there {
		t.Error("without a bus there are metrics of one")
	}
	m.WatchBus(fixedBus{
		Published: 1, Received: 2, SentBytes: 3, ReceivedBytes: 4, Lost: 5, Skipped: 6, Reconnects: 7,
		Peers: 8, QueuedBytes: 9, Lag: time.Second / 2, Up: true,
	})
	m.WatchBus(fixedBus{Published: 10})
	got := gather(t, m)
	for name, want := range map[string]float64{
		"bus_up": 1, "bus_peers": 8, "bus_published_total": 11, "bus_received_total": 2, "bus_published_bytes_total": 3,
		"bus_received_bytes_total": 4, "bus_lost_total": 5, "bus_skipped_total": 6, "bus_reconnects_total": 7,
		"bus_queue_bytes": 9, "bus_lag_seconds": .5,
	} {
		if v, there := got[name]; !there || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
}
