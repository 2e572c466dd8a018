package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"time"

	// where the system has no roots, as in an empty container
	_ "golang.org/x/crypto/x509roots/fallback"

	"github.com/madang-chat/madang/chat/httpapi"
)

// encryption says where certificates come from. The zero value is a server without TLS.
type encryption struct {
	Cert, Key string // files

	Domains   []string // names, for which an authority gives them
	Authority string   // address of its directory; "" = Let's Encrypt
	Email     string   // for the authority; "" = none
}

func (e encryption) on() bool { return e.Cert != "" || e.Key != "" || len(e.Domains) > 0 }

func (e encryption) check() error {
	switch files := e.Cert != "" || e.Key != ""; {
	case (e.Cert == "") != (e.Key == ""):
		return errors.New("--tls-cert and --tls-key belong together")
	case files && len(e.Domains) > 0:
		return errors.New("--domain gets certificates by itself, --tls-cert has them in files: use one of them, and --host for names")
	case len(e.Domains) == 0 && (e.Authority != "" || e.Email != ""):
		return errors.New("--acme-ca and --acme-email are for --domain")
	}
	if e.Authority != "" {
		if err := checkAuthority(e.Authority); err != nil {
			return err
		}
	}
	_, err := e.hosts()
	return err
}

// certificates are those of the server.
type certificates interface {
	// forClient chooses one in a handshake.
	forClient(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// leaves are those that there are.
	leaves() []*x509.Certificate
	// covers tells whether there is, or will be, one for a host.
	covers(host string) bool
	// keep renews them until ctx ends.
	keep(ctx context.Context)
}

// look is how often certificates are looked at.
const look = 5 * time.Second

// tlsConfig is that of the main listener.
func tlsConfig(c certificates) *tls.Config {
	config := &tls.Config{GetCertificate: c.forClient, NextProtos: []string{"h2", "http/1.1"}}
	if _, ok := c.(*acme); ok {
		config.NextProtos = append(config.NextProtos, challengeProtocol)
	}
	return config
}

// watchExpiry tells, once a day for each, of certificates of which less than a tenth is left: by
// then they should have been renewed long ago.
func watchExpiry(ctx context.Context, c certificates, log *slog.Logger) {
	told := map[string]time.Time{}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		for _, leaf := range c.leaves() {
			name, now := certificateName(leaf), time.Now()
			left := leaf.NotAfter.Sub(now)
			if left > leaf.NotAfter.Sub(leaf.NotBefore)/10 || now.Sub(told[name]) < 24*time.Hour {
				continue
			}
			told[name] = now
			if left > 0 {
				log.Warn("the certificate ends soon and hasn't been renewed", "certificate", name, "ends", leaf.NotAfter)
			} else {
				log.Warn("the certificate has ended: browsers refuse it", "certificate", name, "ended", leaf.NotAfter)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func certificateName(leaf *x509.Certificate) string {
	if len(leaf.DNSNames) > 0 {
		return leaf.DNSNames[0]
	}
	return leaf.Subject.CommonName
}

// certificateExpiry is when the first of the certificates ends; zero = there is none.
func (m *Main) certificateExpiry() (first time.Time) {
	if m.certificates == nil {
		return first
	}
	for _, leaf := range m.certificates.leaves() {
		if first.IsZero() || leaf.NotAfter.Before(first) {
			first = leaf.NotAfter
		}
	}
	return first
}

// encrypt opens the certificates.
func (m *Main) encrypt(ctx context.Context) error {
	if !m.TLS.on() {
		return nil
	}
	if len(m.TLS.Domains) > 0 {
		a, err := openACME(ctx, m.TLS, m.Data, m.site.listener, m.plain.listener, m.Log)
		if err != nil {
			return err
		}
		m.certificates = a
	} else {
		p, err := openPair(m.TLS.Cert, m.TLS.Key, m.Log)
		if err != nil {
			return err
		}
		m.certificates = p
	}
	for _, text := range m.Hosts {
		if host, _, err := httpapi.ReadHost(text); err == nil && !m.certificates.covers(host) {
			m.Log.Warn("no certificate is for this name: browsers will refuse it", "host", text)
		}
	}
	return nil
}
