package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/internal/clientip"
)

// serveCommand holds the settings of the server.
type serveCommand struct {
	Listen     string            `placeholder:"ADDRESS" help:"Address to listen on (:8005, with a certificate :443)."`
	ListenHTTP string            `name:"listen-http" placeholder:"ADDRESS" help:"With a certificate, address where visitors without TLS are sent to the site with it (:80), or off."`
	Data       string            `default:"./data" placeholder:"FOLDER" help:"Folder of the database, the images, the secret and certificates; made when it doesn't exist (${default})."`
	Domain     []string          `placeholder:"NAME" help:"Name that visitors call this server by, such as chat.example.org, and for which it gets a certificate by itself and renews it; counts as --host. The name has to point to this server, and ports 443 and 80 be open. Who uses this agrees to the terms of the authority, which is Let's Encrypt unless --acme-ca names another. May be repeated."`
	ACMEEmail  string            `name:"acme-email" placeholder:"ADDRESS" help:"Where the authority can write to about certificates; it may go without."`
	ACMECA     string            `name:"acme-ca" placeholder:"URL" help:"Address of another authority's directory (ACME)."`
	TLSCert    string            `name:"tls-cert" placeholder:"FILE" help:"Certificate with its chain, as PEM: the site is served by HTTPS. The file is read again when it changes."`
	TLSKey     string            `name:"tls-key" placeholder:"FILE" help:"Key of the certificate, as PEM."`
	Host       []string          `placeholder:"NAME" help:"Name that visitors call this server by, such as chat.example.org or chat.example.org:8443; other names are refused then. May be repeated, the first stands in links. Without any, every name is served."`
	Origin     []string          `placeholder:"ORIGIN" help:"Further origin whose pages may use this server, such as https://example.org. May be repeated."`
	Proxies    clientip.Trusted  `name:"trusted-proxies" placeholder:"NETWORKS" help:"Addresses and networks of proxies in front, such as 127.0.0.1,10.0.0.0/8. Their X-Forwarded-For tells who a visitor is."`
	Limit      map[string]string `mapsep:"," placeholder:"NAME=VALUE" help:"Another value for one of the limits in docs/chat/limits.md, such as send-burst=20; -1 takes those away that the page marks so. May be repeated."`
	Durability sqlite.Durability `default:"full" placeholder:"KIND" help:"What a message that was acknowledged survives: full = the loss of power, normal = the end of the process alone (${default})."`
	Metrics    string            `default:"localhost:8006" placeholder:"ADDRESS" help:"Address of /metrics for Prometheus, or off (${default}). It is for whoever watches the server: nothing else is served there, and nobody is asked who he is."`
	Log        string            `default:"auto" enum:"auto,text,json" placeholder:"FORM" help:"Form of the log on standard error: text, json, or auto = text on a terminal, else json (${default})."`
	LogLevel   string            `default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"The least that is logged: debug, info, warn or error (${default})."`
}

// limits are the defaults but for those that were set.
func (c serveCommand) limits() (l chat.Limits, err error) {
	for name, value := range c.Limit {
		if err := l.Set(strings.TrimSpace(name), strings.TrimSpace(value)); err != nil {
			return l, err
		}
	}
	return l, l.Check()
}

// check refuses what can't be meant, before anything is touched.
func (c serveCommand) check() error {
	if _, err := c.limits(); err != nil {
		return err
	}
	for flag, address := range map[string]string{"listen": c.Listen, "listen-http": c.ListenHTTP, "metrics": c.Metrics} {
		if _, _, err := net.SplitHostPort(address); err != nil && address != "" && (address != off || flag == "listen") {
			return fmt.Errorf("--%s: %q is no address such as :8005 or 127.0.0.1:8005", flag, address)
		}
	}
	if err := c.encryption().check(); err != nil {
		return err
	}
	return httpapi.Check(c.Host, c.Origin)
}

func (c serveCommand) encryption() encryption {
	return encryption{Cert: c.TLSCert, Key: c.TLSKey, Domains: c.Domain, Authority: c.ACMECA, Email: c.ACMEEmail}
}

// Run serves until ctx ends.
func (c serveCommand) Run(ctx context.Context, s streams) error {
	if err := c.check(); err != nil {
		return err
	}
	limits, err := c.limits()
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return fmt.Errorf("log level: %w", err)
	}
	inherited, err := inherit()
	if err != nil {
		return err
	}
	m := &Main{
		Sockets:    inherited,
		Listen:     c.Listen,
		ListenHTTP: c.ListenHTTP,
		TLS:        c.encryption(),
		Data:       c.Data,
		Hosts:      c.Host,
		Origins:    c.Origin,
		Proxies:    c.Proxies,
		Limits:     limits,
		Durability: c.Durability,
		Metrics:    c.Metrics,
		Log:        newLogger(s.err, isTerminal(s.err), c.Log, level),
	}
	if err := m.Run(ctx); err != nil {
		return err
	}
	switch {
	case len(m.Hosts) == 0:
		fmt.Fprintln(s.out, "Open", m.URL())
	case m.TLS.on():
		fmt.Fprintln(s.out, "Serving", strings.Join(m.addresses(), ", "))
	default:
		fmt.Fprintf(s.out, "Serving %s at %s\n", strings.Join(m.Hosts, ", "), m.URL())
	}
	m.Log.Info("serving", "version", version(), "port", m.listener.Addr().(*net.TCPAddr).Port)
	notify(m.Log, daemon.SdNotifyReady, status("Serving"))
	select {
	case <-ctx.Done():
		m.Log.Info("ending")
		return m.Close()
	case err := <-m.Failed():
		m.Close()
		return err
	}
}
