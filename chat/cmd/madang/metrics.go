package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/metrics"
)

// metricsDefault is an address that nobody asked for: a second server does without.
const metricsDefault = "localhost:8006"

// observe makes what counts, before there is anything to count, and takes the address where it is
// shown.
func (m *Main) observe() (err error) {
	m.counted = metrics.New(metrics.Options{Version: version(), Logger: m.Log, Ready: m.works,
		CertificateExpiry: m.certificateExpiry})
	m.scrapes = m.counted.Handler()
	if m.Metrics == "" || m.Metrics == off {
		return nil
	}
	if m.metrics.listener, err = net.Listen("tcp", m.Metrics); err == nil {
		return nil
	}
	err = fmt.Errorf("%w; --metrics=off does without", cannotListen("metrics", m.Metrics, err))
	if m.Metrics != metricsDefault {
		return err
	}
	m.unshown = err
	return nil
}

// showMetrics serves them, when all is there that they ask.
func (m *Main) showMetrics() {
	m.counted.Watch(metrics.Watched{House: m.house, Store: m.store, Sockets: m.door.Server()})
	if m.unshown != nil {
		m.Log.Warn("no metrics", "error", m.unshown)
	}
	if m.metrics.listener == nil {
		return
	}
	m.metrics.server = m.newServer(scraped(m.Metrics, m.Hosts, m.scrapes))
	m.metrics.server.ReadTimeout = headerTimeout
	m.metrics.server.IdleTimeout = proxyIdleTimeout // it asks again soon, and is no visitor
	door := m.guard(m.metrics, nil)
	m.serving.Go(func() {
		if err := m.metrics.server.Serve(door); !errors.Is(err, http.ErrServerClosed) {
			m.Log.Warn("no more metrics", "error", err)
		}
	})
}

// works asks as everybody may who wants to know, so that all share the answer.
func (m *Main) works() bool {
	if m.ending.Load() {
		return false
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "/readyz", http.NoBody)
	if err != nil {
		return false
	}
	w := statusOnly{header: http.Header{}}
	m.site.server.Handler.ServeHTTP(&w, r)
	return w.status == http.StatusOK
}

// statusOnly is an answer that nobody reads.
type statusOnly struct {
	header http.Header
	status int
}

func (w *statusOnly) Header() http.Header { return w.header }

func (w *statusOnly) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *statusOnly) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(p), nil
}

// scraped serves metrics under names that nobody else can have point here: a page whose own name
// does would read them. An address is none, nor has a name without a dot an owner out there, as
// those of containers are; nor do names have that the system keeps to a network.
func scraped(address string, names []string, metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	own := []string{hostOf(address)}
	for _, name := range names {
		if host, _, err := httpapi.ReadHost(name); err == nil { // else nothing is served
			own = append(own, host)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		if host := hostOf(r.Host); !reserved(host) && !slices.Contains(own, host) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusMisdirectedRequest)
			io.WriteString(w, "The metrics aren't served by this name. Ask by address, or name it with --metrics.\n")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// hostOf is the host of an address with or without a port, as a browser writes it.
func hostOf(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || strings.Trim(port, "0123456789") != "" {
		host = address
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// reserved tells whether a host is no name that the world's DNS may give to anybody.
func reserved(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return true
	}
	for _, top := range []string{".localhost", ".local", ".internal", ".home.arpa"} {
		if strings.HasSuffix(host, top) {
			return true
		}
	}
	return false
}
