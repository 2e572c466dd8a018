package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// scrape asks for the metrics past their address.
func (m *Main) scrape() (status int, text string) {
	w := httptest.NewRecorder()
	m.scrapes.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Code, w.Body.String()
}

// startMetrics runs the program with metrics at an address.
func startMetrics(t *testing.T, address string) (m *Main, log *output, err error) {
	t.Helper()
	log = newOutput()
	m = &Main{Listen: "127.0.0.1:0", Data: t.TempDir(), Metrics: address, Log: slog.New(slog.NewTextHandler(log, nil))}
	if err = m.Run(t.Context()); err == nil {
		t.Cleanup(func() { m.Close() })
	}
	return m, log, err
}

func TestO6MetricsHaveTheirAddress(t *testing.T) {
	m, log, err := startMetrics(t, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + m.metrics.listener.Addr().String()
	for _, test := range []struct {
		method, path string
		status       int
	}{{"GET", "/metrics", 200}, {"HEAD", "/metrics", 200}, {"POST", "/metrics", 405}, {"GET", "/", 404}, {"GET", "/room", 404}} {
		if status, _ := ask(t, test.method, url+test.path, ""); status != test.status {
			t.Errorf("%s %s: %d, want %d", test.method, test.path, status, test.status)
		}
	}
	if status, text := ask(t, "GET", url+"/metrics", ""); status != 200 || !strings.Contains(text, "\nmadang_ready 1\n") ||
		!strings.Contains(text, "\nmadang_rooms 0\n") || !strings.Contains(text, "\ngo_goroutines ") {
		t.Errorf("status %d: %s", status, text)
	}
	if status, _ := ask(t, "GET", m.URL()+"/metrics", ""); status != 404 {
		t.Errorf("visitors get status %d", status)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", m.metrics.listener.Addr().String()); err == nil {
		c.Close()
		t.Error("the address is open after the end")
	}
	if strings.Contains(log.String(), "WARN") {
		t.Error(log)
	}
}

// ask sends a request, to a host if it isn't that of the URL.
func ask(t *testing.T, method, url, host string) (status int, text string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Host = host
	q.Close = true
	a, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

// A page whose name somebody lets point here is a page of this origin, and mustn't read.
func TestO6MetricsAreNoPagesOfOthers(t *testing.T) {
	handler := scraped("metrics.example.org:8006", []string{"chat.example.org", "한글.kr:8443"}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, status := range map[string]int{
		"127.0.0.1:8006": 200, "localhost:8006": 200, "localhost": 200, "[::1]:8006": 200, "[::1]": 200, "10.0.0.7:8006": 200,
		"madang:8006": 200, "MADANG": 200, "madang.internal:8006": 200, "box.local": 200, "madang.localhost:8006": 200,
		"metrics.example.org:8006": 200, "Metrics.Example.org.:9999": 200, "chat.example.org": 200, "xn--bj0bj06e.kr:8006": 200,
		"evil.example": 421, "evil.example:8006": 421, "metrics.example.org.evil.example:8006": 421, "127.0.0.1.evil.example": 421,
		"127.0.0.1:8006@evil.example": 421, "localhost.evil.example:8006": 421, "xmetrics.example.org": 421, "internal.": 200,
	} {
		q := httptest.NewRequest("GET", "/metrics", nil)
		q.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, q)
		if w.Code != status {
			t.Errorf("%s: %d, want %d", host, w.Code, status)
		}
	}
}

// An address that is taken stops the server, but not one that nobody asked for.
func TestO6MetricsAddressIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, _, err := startMetrics(t, l.Addr().String()); err == nil || !strings.Contains(err.Error(), "--metrics=off does without") {
		t.Errorf("an address that was asked for: %v", err)
	}
	if other, err := net.Listen("tcp", metricsDefault); err == nil {
		defer other.Close()
	}
	m, log, err := startMetrics(t, metricsDefault)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "no metrics") || !strings.Contains(log.String(), "another program listens on "+metricsDefault) {
		t.Errorf("%d warnings: %s", n, log)
	}
	if status, _ := m.scrape(); status != 200 {
		t.Errorf("without an address: status %d", status)
	}
	m, log, err = startMetrics(t, off)
	if err != nil || m.metrics.listener != nil || strings.Contains(log.String(), "WARN") {
		t.Errorf("off: %v %s", err, log)
	}
}

// The gauge says what /readyz does, and a scrape isn't a visitor's request.
func TestO6ReadyGauge(t *testing.T) {
	m, _, err := startMetrics(t, off)
	if err != nil {
		t.Fatal(err)
	}
	if _, text := m.scrape(); !strings.Contains(text, "\nmadang_ready 1\n") {
		t.Error(text)
	}
	m.ending.Store(true)
	_, text := m.scrape()
	m.ending.Store(false)
	if !strings.Contains(text, "\nmadang_ready 0\n") {
		t.Error(text)
	}
	if strings.Contains(text, "/readyz") {
		t.Error("scrapes count themselves:", text)
	}
}
