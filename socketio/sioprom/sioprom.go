// Package sioprom shows what a Socket.IO server does to Prometheus:
//
//	metrics := sioprom.New()
//	io := socketio.New(socketio.Options{Observer: metrics.Observer()})
//	metrics.Watch(io)
//	prometheus.MustRegister(metrics)
//
// All names begin with socketio_:
//
//	connections{transport}                       open now
//	connections_total{transport,protocol}        opened, with the transport that they began with
//	connections_closed_total{reason}             closed, by the reason of the transport
//	upgrades_started_total                       of connections on polling that tried a WebSocket
//	upgrades_total                               of those that went over to it; the rest failed, but for the last seconds
//	heartbeat_round_trip_seconds{transport}      histogram
//	sockets{namespace}                           connected now
//	disconnects_total{namespace,reason}          sockets that ended
//	events_total{namespace,event,result}         handled; result is ok, error, refused by a limit, or unhandled
//	event_duration_seconds{namespace,event}      histogram, of the handler and its ack
//	event_wait_seconds{namespace}                histogram, before the handler
//	emitted_total{namespace,event}               events sent, a broadcast counts once
//	emitted_bytes_total{namespace}               the same
//	queue_bytes                                  what waits to be sent on all connections
//	dropped_total                                events of Volatile and Latest that were not sent
//
// With metrics.WatchBus(bus) those of the bus that connects the servers of a cluster are there too:
//
//	bus_up, bus_peers                            the broker can be reached; other servers of ours
//	bus_published_total, bus_received_total      messages, and in …_bytes_total their bytes
//	bus_lost_total, bus_skipped_total            messages that weren't sent; that couldn't be read
//	bus_reconnects_total                         connections to the broker after the first
//	bus_queue_bytes                              what waits for the broker
//	bus_lag_seconds                              what the last heartbeat took to come back
//
// The number of label values stays small whatever clients do: all dynamic namespaces are one,
// "(dynamic)", and so are all events that nobody handles, "(unknown)".
package sioprom

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/madang-chat/madang/socketio"
)

// Metrics is a prometheus.Collector. It may serve several servers at a time; then they are summed
// up. All methods may be called from any goroutine.
type Metrics struct {
	connections               *prometheus.GaugeVec
	opened, closed            *prometheus.CounterVec
	upgrading, upgrades       prometheus.Counter
	roundTrip                 *prometheus.HistogramVec
	sockets                   *prometheus.GaugeVec
	disconnects, events       *prometheus.CounterVec
	duration, wait            *prometheus.HistogramVec
	emitted, emittedBytes     *prometheus.CounterVec
	queueBytes, droppedEvents *prometheus.Desc

	mu      sync.Mutex
	servers []*socketio.Server // guarded by mu
	buses   []Bus              // guarded by mu
}

// The upper bounds of the histograms, in seconds.
var (
	networkTimes = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}
	handlerTimes = []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5, 10}
)

// New makes metrics that all are zero.
func New() *Metrics {
	return &Metrics{
		connections:  gauge("connections", "Open connections.", "transport"),
		opened:       counter("connections_total", "Connections opened, by their first transport.", "transport", "protocol"),
		closed:       counter("connections_closed_total", "Connections closed.", "reason"),
		upgrading:    total("upgrades_started_total", "Connections that tried to go from polling to WebSocket."),
		upgrades:     total("upgrades_total", "Connections that went from polling to WebSocket."),
		roundTrip:    histogram("heartbeat_round_trip_seconds", "Time between a heartbeat and its answer.", networkTimes, "transport"),
		sockets:      gauge("sockets", "Connected sockets.", "namespace"),
		disconnects:  counter("disconnects_total", "Sockets that ended.", "namespace", "reason"),
		events:       counter("events_total", "Events of clients.", "namespace", "event", "result"),
		duration:     histogram("event_duration_seconds", "Time that the handler of an event took.", handlerTimes, "namespace", "event"),
		wait:         histogram("event_wait_seconds", "Time that an event waited for its handler.", handlerTimes, "namespace"),
		emitted:      counter("emitted_total", "Events sent; a broadcast counts once.", "namespace", "event"),
		emittedBytes: counter("emitted_bytes_total", "Bytes of the events sent; a broadcast counts once.", "namespace"),

		queueBytes:    prometheus.NewDesc("socketio_queue_bytes", "Bytes that wait to be sent.", nil, nil),
		droppedEvents: prometheus.NewDesc("socketio_dropped_total", "Events of Volatile and Latest that were not sent.", nil, nil),
	}
}

func gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "socketio_" + name, Help: help}, labels)
}

func total(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: "socketio_" + name, Help: help})
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "socketio_" + name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "socketio_" + name, Help: help, Buckets: buckets}, labels)
}

// Watch adds the queues and the dropped events of a server, which nobody is told but which can be
// asked for.
func (m *Metrics) Watch(s *socketio.Server) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.servers = append(m.servers, s)
}

// Observer is what tells the metrics: Options.Observer. Another one can be told too by a function
// that calls both.
func (m *Metrics) Observer() *socketio.Observer {
	return &socketio.Observer{
		Opened: func(c socketio.ConnectionInfo) {
			m.connections.WithLabelValues(c.Transport).Inc()
			m.opened.WithLabelValues(c.Transport, strconv.Itoa(c.Protocol)).Inc()
		},
		Closed: func(c socketio.ConnectionInfo, why socketio.Reason, _ error, _ time.Duration) {
			m.connections.WithLabelValues(c.Transport).Dec()
			m.closed.WithLabelValues(string(why)).Inc()
		},
		Upgrading: func(socketio.ConnectionInfo) { m.upgrading.Inc() },
		Upgraded: func(c socketio.ConnectionInfo) {
			m.connections.WithLabelValues("polling").Dec()
			m.connections.WithLabelValues(c.Transport).Inc()
			m.upgrades.Inc()
		},
		RoundTrip: func(c socketio.ConnectionInfo, d time.Duration) {
			m.roundTrip.WithLabelValues(c.Transport).Observe(d.Seconds())
		},
		Connected: func(s *socketio.Socket) { m.sockets.WithLabelValues(label(s.Namespace())).Inc() },
		Disconnected: func(s *socketio.Socket, why socketio.Reason) {
			m.sockets.WithLabelValues(label(s.Namespace())).Dec()
			m.disconnects.WithLabelValues(label(s.Namespace()), string(why)).Inc()
		},
		Handled: m.handled,
		Emitted: func(n *socketio.Namespace, event string, bytes int) {
			m.emitted.WithLabelValues(label(n), event).Inc()
			m.emittedBytes.WithLabelValues(label(n)).Add(float64(bytes))
		},
	}
}

func (m *Metrics) handled(s *socketio.Socket, h socketio.HandledInfo) {
	namespace, event := label(s.Namespace()), h.Event
	if event == "" {
		event = "(unknown)"
	}
	m.events.WithLabelValues(namespace, event, result(h.Err)).Inc()
	m.duration.WithLabelValues(namespace, event).Observe(h.Took.Seconds())
	m.wait.WithLabelValues(namespace).Observe(h.Waited.Seconds())
}

func label(n *socketio.Namespace) string {
	if n.Parent() != nil {
		return "(dynamic)"
	}
	return n.Name()
}

func result(err error) string {
	if err == nil {
		return "ok"
	}
	if errors.Is(err, socketio.ErrNoHandler) {
		return "unhandled"
	}
	if e, ok := errors.AsType[*socketio.Error](err); ok && e.Code == socketio.CodeRateLimited {
		return "refused"
	}
	return "error"
}

func (m *Metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.connections, m.opened, m.closed, m.upgrading, m.upgrades, m.roundTrip, m.sockets, m.disconnects, m.events, m.duration,
		m.wait, m.emitted, m.emittedBytes,
	}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, c := range m.collectors() {
		c.Describe(to)
	}
	to <- m.queueBytes
	to <- m.droppedEvents
	for _, metric := range busMetrics {
		to <- metric.desc
	}
}

// Collect implements prometheus.Collector. It asks each connection of the watched servers for its
// queue.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.collectors() {
		c.Collect(to)
	}
	m.mu.Lock()
	servers := slices.Clone(m.servers)
	m.mu.Unlock()
	var bytes, dropped float64
	for _, s := range servers {
		bytes += float64(s.BufferedBytes())
		dropped += float64(s.Dropped())
	}
	to <- prometheus.MustNewConstMetric(m.queueBytes, prometheus.GaugeValue, bytes)
	to <- prometheus.MustNewConstMetric(m.droppedEvents, prometheus.CounterValue, dropped)
	m.collectBuses(to)
}
