package sioprom

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/madang-chat/madang/socketio"
)

// A Bus tells what it does: those of redisbus, pgbus and natsbus do.
type Bus interface{ Stats() socketio.BusStats }

// WatchBus adds a bus. Without one the metrics of buses aren't there.
func (m *Metrics) WatchBus(b Bus) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.buses = append(m.buses, b)
}

// A busMetric is one figure of BusStats.
type busMetric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(socketio.BusStats) float64
}

func newBusMetric(name, help string, kind prometheus.ValueType, of func(socketio.BusStats) float64) busMetric {
	return busMetric{prometheus.NewDesc("socketio_bus_"+name, help, nil, nil), kind, of}
}

var busMetrics = []busMetric{
	newBusMetric("up", "Buses whose broker can be reached.", prometheus.GaugeValue, func(s socketio.BusStats) float64 {
		if s.Up {
			return 1
		}
		return 0
	}),
	newBusMetric("peers", "Other servers of ours in the cluster.", prometheus.GaugeValue, func(s socketio.BusStats) float64 { return float64(s.Peers) }),
	newBusMetric("published_total", "Messages handed to the broker.", prometheus.CounterValue, func(s socketio.BusStats) float64 { return float64(s.Published) }),
	newBusMetric("received_total", "Messages that came from the broker.", prometheus.CounterValue, func(s socketio.BusStats) float64 { return float64(s.Received) }),
	newBusMetric("published_bytes_total", "Bytes handed to the broker.", prometheus.CounterValue, func(s socketio.BusStats) float64 { return float64(s.SentBytes) }),
	newBusMetric("received_bytes_total", "Bytes that came from the broker.", prometheus.CounterValue, func(s socketio.BusStats) float64 { return float64(s.ReceivedBytes) }),
	newBusMetric("lost_total", "Messages that weren't sent.", prometheus.CounterValue, func(s socketio.BusStats) float64 { return float64(s.Lost) }),
	newBusMetric("skipped_total", "Messages that couldn't be read.", prometheus.CounterValue, func(s socketio.BusStats) float64 { return float64(s.Skipped) }),
	newBusMetric("reconnects_total", "Connections to the broker after the first.", prometheus.CounterValue, func(s socketio.BusStats) float64 { return float64(s.Reconnects) }),
	newBusMetric("queue_bytes", "Bytes that wait for the broker.", prometheus.GaugeValue, func(s socketio.BusStats) float64 { return float64(s.QueuedBytes) }),
	newBusMetric("lag_seconds", "What the last heartbeat took to come back from the broker.", prometheus.GaugeValue, func(s socketio.BusStats) float64 { return s.Lag.Seconds() }),
}

// collectBuses sums up.
func (m *Metrics) collectBuses(to chan<- prometheus.Metric) {
	m.mu.Lock()
	buses := slices.Clone(m.buses)
	m.mu.Unlock()
	if buses == nil {
		return
	}
	stats := make([]socketio.BusStats, len(buses))
	for i, b := range buses {
		stats[i] = b.Stats()
	}
	for _, metric := range busMetrics {
		sum := 0.0
		for _, s := range stats {
			sum += metric.of(s)
		}
		to <- prometheus.MustNewConstMetric(metric.desc, metric.kind, sum)
	}
}
