// Package metrics shows what the chat does to Prometheus. One Metrics serves one server: its
// observers go into the options of the House, its store and its doors, Watch gets what can be
// asked, and Handler answers a scrape:
//
//	m := metrics.New(metrics.Options{Version: "1.2.3"})
//	store, err := sqlite.Open(ctx, path, sqlite.Options{Observer: m.Store()})
//	house, err := chat.Open(ctx, chat.Options{Store: store, Observer: m.House()})
//	m.Watch(metrics.Watched{House: house, Store: store, Sockets: door.Server()})
//
// The names begin with madang_; those of the sockets are sioprom's, with socketio_, and those of Go
// and of the process client_golang's. docs/chat/monitoring.md lists them. The number of label
// values stays small whatever visitors do: no name, address, room or path is one.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/sioprom"
)

// Options of [New].
type Options struct {
	Version string
	Logger  *slog.Logger // gets what a scrape couldn't collect; nil = nobody does

	// CertificateExpiry is when the first of the certificates ends that are served, zero while
	// there is none. nil = there never is one.
	CertificateExpiry func() time.Time
	// Ready tells whether the server can work. nil = nobody knows.
	Ready func() bool
}

// Watched are those that a scrape asks.
type Watched struct {
	House   *chat.House
	Store   *sqlite.Store
	Sockets *socketio.Server
}

// Metrics are those of one server. All methods may be called from any goroutine.
type Metrics struct {
	options  Options
	started  time.Time
	registry *prometheus.Registry
	sockets  *sioprom.Metrics
	counts   counts

	mu      sync.Mutex
	watched Watched // guarded by mu
}

// New makes metrics that all are zero.
func New(o Options) *Metrics {
	m := &Metrics{options: o, started: time.Now(), registry: prometheus.NewPedanticRegistry(), sockets: sioprom.New(), counts: newCounts()}
	m.registry.MustRegister(m.sockets, m, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(m.counts.all()...)
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "madang_build_info", Help: "What runs; the value is 1.",
		ConstLabels: prometheus.Labels{"version": o.Version, "goversion": runtime.Version()},
	}, func() float64 { return 1 }))
	return m
}

// Watch adds what can be asked. Without it the gauges of the House and of the store are absent.
func (m *Metrics) Watch(w Watched) {
	if w.Sockets != nil {
		m.sockets.Watch(w.Sockets)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watched = w
}

// scrapesMost is how many may be answered at once.
const scrapesMost = 4

// Handler answers scrapes. It doesn't look at who asks.
func (m *Metrics) Handler() http.Handler {
	o := promhttp.HandlerOpts{MaxRequestsInFlight: scrapesMost, ErrorHandling: promhttp.ContinueOnError}
	if m.options.Logger != nil {
		o.ErrorLog = slog.NewLogLogger(m.options.Logger.Handler(), slog.LevelWarn)
	}
	return promhttp.HandlerFor(m.registry, o)
}
