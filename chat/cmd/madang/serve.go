package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/internal/clientip"
)

// serveCommand holds the settings of the server.
type serveCommand struct {
	Listen     string           `placeholder:"ADDRESS" help:"Address to listen on (:8005, or :443 with a certificate)."`
	ListenHTTP string           `name:"listen-http" placeholder:"ADDRESS" help:"Where visitors without TLS are sent on to the site with it (:80), or off. Only with a certificate."`
	Host       []string         `placeholder:"NAME" help:"Name that visitors call this server by, such as chat.example.org or chat.example.org:8443. Others are refused; without any, none is. The first stands in links. May be repeated."`
	Origin     []string         `placeholder:"ORIGIN" help:"Another site whose pages may use this server, such as https://example.org. May be repeated."`
	Proxies    clientip.Trusted `name:"trusted-proxies" placeholder:"NETWORKS" help:"Proxies in front, such as 127.0.0.1,10.0.0.0/8. Their X-Forwarded-For tells who a visitor is, their X-Request-Id names the request."`

	Domain    []string `placeholder:"NAME" help:"Name, such as chat.example.org, that the server gets a certificate for, and renews it; counts as --host. It has to point here, and ports 443 and 80 be open. Who uses this agrees to the terms of the authority, Let's Encrypt unless --acme-ca names another. May be repeated."`
	ACMEEmail string   `name:"acme-email" placeholder:"ADDRESS" help:"Where the authority can write to about certificates; it may go without."`
	ACMECA    string   `name:"acme-ca" placeholder:"URL" help:"Address of another authority's directory (ACME)."`
	TLSCert   string   `name:"tls-cert" placeholder:"FILE" help:"Certificate with its chain, as PEM. The file is read again when it changes."`
	TLSKey    string   `name:"tls-key" placeholder:"FILE" help:"Key of the certificate, as PEM."`

	Data       string            `default:"./data" placeholder:"FOLDER" help:"Folder of the database, the images, the secret and certificates (${default}). It is made when it doesn't exist."`
	Durability sqlite.Durability `default:"full" placeholder:"KIND" help:"What a message that was acknowledged survives (${default}): full = the loss of power, normal = the end of the process alone."`

	RoomLife     chat.Span `placeholder:"SPAN" help:"How long a room lasts after its last message, unless its owner chooses (week): empty = until everybody has left, day, week, or always."`
	RoomLifeMost chat.Span `placeholder:"SPAN" help:"The longest that an owner may choose (always)."`
	History      chat.Span `placeholder:"SPAN" help:"How long messages and images last, unless the room's owner chooses (always): day, week, month, or always = as long as the room."`
	HistoryMost  chat.Span `placeholder:"SPAN" help:"The longest that an owner may choose; older messages go from rooms that there are, too (always)."`

	Limit map[string]string `mapsep:"," placeholder:"NAME=VALUE" help:"Another value for one of the limits in docs/chat/limits.md, such as send-burst=20; -1 takes away those that may be. May be repeated."`

	Log      string `default:"auto" enum:"auto,text,json" placeholder:"FORM" help:"Form of the log on standard error (${default}): text, json, or auto = text at a terminal, else json."`
	LogLevel string `default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"The least that is logged (${default}): debug, info, warn or error."`
	Metrics  string `default:"localhost:8006" placeholder:"ADDRESS" help:"Where Prometheus finds /metrics, and nothing else (${default}), or off. Nobody is asked for a password there."`
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

func (c serveCommand) terms() chat.Terms {
	return chat.Terms{Life: c.RoomLife, LifeMost: c.RoomLifeMost, History: c.History, HistoryMost: c.HistoryMost}
}

// check refuses what can't be meant, before anything is touched.
func (c serveCommand) check() error {
	if _, err := c.limits(); err != nil {
		return err
	}
	if err := c.terms().Check(); err != nil {
		return err
	}
	for flag, address := range map[string]string{"listen": c.Listen, "listen-http": c.ListenHTTP, "metrics": c.Metrics} {
		_, port, err := net.SplitHostPort(address)
		if err == nil {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil && address != "" && (address != off || flag == "listen") {
			return fmt.Errorf("--%s: %q is no address such as :8005 or 127.0.0.1:8005", flag, address)
		}
	}
	e := c.encryption()
	if err := e.check(); err != nil {
		return err
	}
	if !e.on() && c.ListenHTTP != "" && c.ListenHTTP != off {
		return errors.New("--listen-http is for servers with certificates: --domain or --tls-cert")
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
		Terms:      c.terms(),
		Durability: c.Durability,
		Metrics:    c.Metrics,
		Log:        newLogger(s.err, isTerminal(s.err), c.Log, level),
	}
	signal.Ignore(syscall.SIGPIPE) // who reads the log may end before the server
	if err := m.Run(ctx); err != nil {
		if ctx.Err() != nil {
			m.Log.Info("ended before it served", "at", err)
			return nil
		}
		return err
	}
	switch {
	case len(m.Hosts) == 0 && isTerminal(s.out):
		welcome(s.out, m.URL(), inNetwork(m.URL(), m.site.listener.Addr(), outward()), wordsOf(os.Getenv))
	case len(m.Hosts) == 0:
		fmt.Fprintln(s.out, "Open", m.URL())
	case m.TLS.on():
		fmt.Fprintln(s.out, "Serving", strings.Join(m.addresses(), ", "))
	default:
		fmt.Fprintf(s.out, "Serving %s at %s\n", strings.Join(m.Hosts, ", "), m.URL())
	}
	m.Log.Info("serving", "version", version(), "port", m.site.listener.Addr().(*net.TCPAddr).Port, "metrics", m.metrics.address())
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
