package main

import (
	"net/netip"
	"testing"
	"time"
)

// Browsers' idle connections end before their people need the place; a proxy's outlive the minute
// that it keeps them for.
func TestIdleConnections(t *testing.T) {
	m, _ := start(t, t.TempDir())
	if idle := m.site.server.IdleTimeout; idle > 30*time.Second {
		t.Errorf("of browsers: %v", idle)
	}
	m, _ = start(t, t.TempDir(), netip.MustParsePrefix("192.0.2.0/24"))
	if idle := m.site.server.IdleTimeout; idle <= 75*time.Second {
		t.Errorf("behind a proxy: %v", idle)
	}
}
