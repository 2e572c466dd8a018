package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/madang-chat/madang/chat/httpapi"
)

// off is the address of a listener that isn't wanted.
const off = "off"

// buildPlain makes what sends visitors without TLS to the site that has it.
func (m *Main) buildPlain(site http.Handler) error {
	if m.plain.listener == nil {
		return nil
	}
	options := httpapi.PlainOptions{Site: site, Hosts: m.Hosts, Ready: m.covered,
		Covers: func(host string) bool { return m.certificates.covers(host) }}
	if port := m.site.listener.Addr().(*net.TCPAddr).Port; port != 443 {
		options.Port = strconv.Itoa(port)
	}
	handler, err := httpapi.NewPlain(options)
	if err != nil {
		return err
	}
	m.plain.server = m.newServer(behind(m.Proxies, m.Log, m.challenged(handler)))
	return nil
}

// servePlain serves it.
func (m *Main) servePlain() {
	if m.plain.server == nil {
		return
	}
	door := m.guard(m.plain, m.Proxies)
	m.serving.Go(func() {
		if err := m.plain.server.Serve(door); !errors.Is(err, http.ErrServerClosed) {
			m.failed <- fmt.Errorf("serve without TLS: %w", err)
		}
	})
}

// covered tells whether a certificate for a host is there.
func (m *Main) covered(host string) bool {
	for _, leaf := range m.certificates.leaves() {
		if leaf.VerifyHostname(host) == nil {
			return true
		}
	}
	return false
}

// challenged answers the authority that looks whether a name leads here.
func (m *Main) challenged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := m.certificates.(*acme); ok && a.challenge(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}
