package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/live"
	"github.com/madang-chat/madang/chat/web"
	"github.com/madang-chat/madang/internal/clientfiles"
)

// connectionHTTP2 bounds what one connection may hold. A page loads dozens of files at once and
// polls; a body that no handler reads waits in memory, up to the bytes that may be received.
var connectionHTTP2 = &http.HTTP2Config{
	MaxConcurrentStreams:          100,
	MaxReceiveBufferPerConnection: 256 << 10,
	MaxReceiveBufferPerStream:     128 << 10,
	WriteByteTimeout:              writeTimeout,
}

// build makes what answers visitors. Nobody is let in yet.
func (m *Main) build() error {
	m.over = make(chan struct{})
	client, _ := clientfiles.FS()
	m.door = live.New(live.Options{House: m.house, AllowedOrigins: m.Origins, ClientFiles: client, Logger: m.Log,
		Observer: m.counted.Sockets()})
	site, err := m.answers()
	if err != nil {
		return errors.Join(err, m.door.Close())
	}
	m.site.server = m.newServer(atOnce(m.house.Limits(), m.Proxies, m.Log,
		behind(m.Proxies, m.Log, m.underway.counted(m.door.Server().Path(), site))))
	m.site.server.ConnState = m.silent.state
	m.site.server.HTTP2 = connectionHTTP2
	return m.buildPlain(site)
}

// answers is the handler of all requests.
func (m *Main) answers() (http.Handler, error) {
	page, ok := web.FS()
	if !ok {
		m.Log.Warn("the page isn't built; `make run` builds it")
	}
	return httpapi.New(httpapi.Options{
		House:   m.house,
		Files:   m.files,
		Web:     page,
		Socket:  m.door,
		Hosts:   m.Hosts,
		Origins: m.Origins,
		Ready:   m.ready,
		Ending:  m.over,
		Logger:  m.Log,

		Observer: m.counted.Site(),
	})
}

// serve lets everybody in.
func (m *Main) serve() {
	m.showMetrics()
	if n := descriptors(); n > 0 {
		m.Log.Info("files and connections that may be open", "most", n)
	}
	m.openControl()
	var serving context.Context
	serving, m.idle = context.WithCancel(context.Background())
	m.serving.Go(func() { giveBack(serving) })
	m.serving.Go(func() { m.watchdog(serving) })
	door := m.guard(m.site, m.Proxies)
	accept := func() error { return m.site.server.Serve(door) }
	if m.certificates != nil {
		m.site.server.TLSConfig = tlsConfig(m.certificates)
		accept = func() error { return m.site.server.ServeTLS(door, "", "") }
		m.serving.Go(func() { m.certificates.keep(serving) })
		m.serving.Go(func() { watchExpiry(serving, m.certificates, m.Log) })
	}
	m.failed, m.served = make(chan error, 2), make(chan struct{})
	m.serving.Go(func() {
		defer close(m.served)
		if err := accept(); !m.ending.Load() {
			m.failed <- fmt.Errorf("serve: %w", err)
		}
	})
	m.servePlain()
}
