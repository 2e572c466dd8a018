package main

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"
)

// listenAddress is where the site is served.
func (m *Main) listenAddress() string {
	if m.TLS.on() {
		return cmp.Or(m.Listen, ":443")
	}
	return cmp.Or(m.Listen, ":8005")
}

// plainAddress is where visitors without TLS are sent on from; "" = nowhere.
func (m *Main) plainAddress() string {
	if m.TLS.on() {
		return cmp.Or(m.ListenHTTP, ":80")
	}
	return m.ListenHTTP
}

// listen takes the addresses of the site.
func (m *Main) listen() (err error) {
	if m.site.listener, err = listen(&m.Sockets.site, m.listenAddress()); err != nil {
		return cannotListen("listen", m.listenAddress(), err)
	}
	if plain := m.plainAddress(); m.TLS.on() && plain != off {
		if m.plain.listener, err = listen(&m.Sockets.plain, plain); err != nil {
			return fmt.Errorf("%w; --listen-http=off does without", cannotListen("listen-http", plain, err))
		}
	}
	return m.Sockets.unused()
}

// addresses are where browsers find the server: at each of its names, else on this machine.
func (m *Main) addresses() (urls []string) {
	if m.certificates != nil {
		for _, text := range m.Hosts {
			if url := "https://" + strings.TrimSuffix(text, ":443"); !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	if len(urls) == 0 {
		urls = append(urls, m.local())
	}
	return urls
}

// local is where a browser on this machine finds the server.
func (m *Main) local() string {
	addr := m.site.listener.Addr().(*net.TCPAddr)
	host, port, scheme, usual := "localhost", fmt.Sprint(addr.Port), "http", ":80"
	if !addr.IP.IsUnspecified() {
		host = addr.IP.String()
	}
	if m.certificates != nil {
		scheme, usual = "https", ":443"
	}
	return scheme + "://" + strings.TrimSuffix(net.JoinHostPort(host, port), usual)
}
