package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/madang-chat/madang/chat/httpapi"
)

// off is the address of a listener that isn't wanted.
const off = "off"

// servePlain sends visitors without TLS to the site that has it.
func (m *Main) servePlain(site http.Handler) error {
	if m.plainListener == nil {
		return nil
	}
	port := m.listener.Addr().(*net.TCPAddr).Port
	options := httpapi.PlainOptions{Site: site, Hosts: m.Hosts, Covers: m.certificates.covers, Ready: m.covered}
	if port != 443 {
		options.Port = strconv.Itoa(port)
	}
	handler, err := httpapi.NewPlain(options)
	if err != nil {
		return err
	}
	if a, ok := m.certificates.(*acme); ok {
		handler = a.challenged(handler)
	}
	m.plain = &http.Server{
		Handler:                      behind(m.Proxies, m.Log, handler),
		ReadHeaderTimeout:            headerTimeout,
		IdleTimeout:                  m.idleTimeout(),
		WriteTimeout:                 writeTimeout,
		MaxHeaderBytes:               headerMost,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(m.Log.Handler(), slog.LevelDebug),
	}
	door := guarded(m.plainListener, m.house.Limits(), m.Proxies, m.Log, m.counted.Refused)
	m.serving.Go(func() {
		if err := m.plain.Serve(door); !errors.Is(err, http.ErrServerClosed) {
			m.failed <- fmt.Errorf("serve without TLS: %w", err)
		}
	})
	return nil
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
