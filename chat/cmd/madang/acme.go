package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/madang-chat/madang/chat/httpapi"
)

// certificatesFolder is where they are kept, with their keys, in the data folder. Backups leave it
// out.
const certificatesFolder = "certificates"

// challengeProtocol is what the authority speaks where it looks whether a name leads here.
const challengeProtocol = "acme-tls/1"

// acme gets certificates from an authority and renews them. It serves what is stored before it asks
// for anything. Its requests are those of certmagic: what fails is tried again after a minute, and
// less and less often.
type acme struct {
	names  []string // as browsers send them
	cache  *certmagic.Cache
	config *certmagic.Config
	issuer *certmagic.ACMEIssuer
	log    *slog.Logger

	failure atomic.Pointer[string] // the last that was told
}

// hosts are the names of the settings as browsers send them.
func (e encryption) hosts() (names []string, err error) {
	for _, text := range e.Domains {
		host, _, err := httpapi.ReadHost(text)
		if err != nil {
			return nil, fmt.Errorf("domain: %w", err)
		}
		if _, err := netip.ParseAddr(host); err == nil {
			return nil, fmt.Errorf("domain %q is an address: certificates are for names", text)
		}
		if e.Authority == "" && !certmagic.SubjectQualifiesForPublicCert(host) {
			return nil, fmt.Errorf("domain %q is no name of the internet, nobody gives certificates for it: "+
				"use --tls-cert with one of your own", text)
		}
		if !slices.Contains(names, host) {
			names = append(names, host)
		}
	}
	return names, nil
}

// openACME loads the certificates that there are. The listeners are those where the authority finds
// the server; plain may be nil.
func openACME(ctx context.Context, e encryption, data string, main, plain net.Listener, log *slog.Logger) (*acme, error) {
	names, err := e.hosts()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(data, certificatesFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of certificates: %w", err)
	}
	a := &acme{names: names, log: log}
	lines := a.lines()
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.config, nil },
		Logger:           lines,
	})
	a.config = certmagic.New(a.cache, certmagic.Config{
		Storage:           &certmagic.FileStorage{Path: folder},
		DefaultServerName: names[0], // of those who come by address
		OnEvent:           a.tell,
		Logger:            lines,
		// A start must not wait for anybody.
		OCSP: certmagic.OCSPConfig{DisableStapling: true},
	})
	host, port := place(main)
	template := certmagic.ACMEIssuer{
		CA:     cmp.Or(e.Authority, certmagic.LetsEncryptProductionCA),
		Email:  e.Email,
		Agreed: true,
		Logger: lines,
		// There is one server, and what a stranger asks must not be looked up in files.
		DisableDistributedSolvers: true,
		// Where certmagic would listen by itself if we didn't.
		ListenHost: host, AltTLSALPNPort: port,
		DisableHTTPChallenge: plain == nil,
	}
	if plain != nil {
		_, template.AltHTTPPort = place(plain)
	}
	a.issuer = certmagic.NewACMEIssuer(a.config, template)
	a.config.Issuers = []certmagic.Issuer{a.issuer}
	for _, name := range names {
		if err := a.load(ctx, name); err != nil {
			a.cache.Stop()
			return nil, err
		}
	}
	return a, nil
}

// load takes the stored certificate for a name, if there is one. One that is broken makes place for
// another.
func (a *acme) load(ctx context.Context, name string) error {
	_, err := a.config.CacheManagedCertificate(ctx, name)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	stored := certmagic.StorageKeys.CertsSitePrefix(a.issuer.IssuerKey(), name)
	if removing := a.config.Storage.Delete(ctx, stored); removing != nil {
		return fmt.Errorf("read stored certificate of %s: %w", name, errors.Join(err, removing))
	}
	a.log.Warn("a stored certificate can't be read, another one is asked for", "domain", name, "error", err)
	return nil
}

// place is the host and port of a listener; "" = all hosts.
func place(l net.Listener) (host string, port int) {
	addr := l.Addr().(*net.TCPAddr)
	if !addr.IP.IsUnspecified() {
		host = addr.IP.String()
	}
	return host, addr.Port
}

// keep asks for what is missing and renews what there is.
func (a *acme) keep(ctx context.Context) {
	defer a.stop()
	var missing []string
	for _, name := range a.names {
		if a.leaf(name) == nil {
			missing = append(missing, name)
		}
	}
	if err := a.config.ManageAsync(ctx, missing); err != nil {
		a.log.Warn("no certificate can be asked for", "error", err)
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	// certmagic looks every ten minutes. What is due at the start, or when a computer wakes up,
	// need not wait for that.
	for asked := map[string]bool{}; ; {
		for _, name := range a.names {
			if leaf := a.leaf(name); leaf != nil && due(leaf) && !asked[leaf.SerialNumber.String()] {
				asked[leaf.SerialNumber.String()] = true
				if err := a.cache.RenewManagedCertificates(ctx); err != nil {
					a.log.Warn("no certificate can be renewed", "error", err)
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// stop ends certmagic's work, which may be waiting for the authority for longer than an end may
// take.
func (a *acme) stop() {
	stopped := make(chan struct{})
	go func() {
		a.cache.Stop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(time.Second):
	}
}

// due tells whether a certificate is to be renewed by its age.
func due(leaf *x509.Certificate) bool {
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	return time.Until(leaf.NotAfter) < time.Duration(float64(life)*certmagic.DefaultRenewalWindowRatio)
}

// leaf is the certificate for a name that lasts longest, or nil.
func (a *acme) leaf(name string) (best *x509.Certificate) {
	for _, c := range a.cache.AllMatchingCertificates(name) {
		if best == nil || c.Leaf.NotAfter.After(best.NotAfter) {
			best = c.Leaf
		}
	}
	return best
}

func (a *acme) leaves() (leaves []*x509.Certificate) {
	for _, name := range a.names {
		if leaf := a.leaf(name); leaf != nil {
			leaves = append(leaves, leaf)
		}
	}
	return leaves
}

func (a *acme) covers(host string) bool { return slices.Contains(a.names, host) }

var (
	errStranger    = errors.New("a name that isn't served")
	errNoChallenge = errors.New("nobody is proving the name")
)

// forClient lets certmagic see nothing but our own names.
func (a *acme) forClient(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if name != "" && !a.covers(name) {
		return nil, errStranger
	}
	if slices.Contains(hello.SupportedProtos, challengeProtocol) {
		if _, ok := certmagic.GetACMEChallenge(name); !ok {
			return nil, errNoChallenge
		}
	}
	return a.config.GetCertificate(hello)
}

// challenge answers the authority that looks whether a name leads here; it reports whether it was
// that.
func (a *acme) challenge(w http.ResponseWriter, r *http.Request) bool {
	if !certmagic.LooksLikeHTTPChallenge(r) {
		return false
	}
	_, ok := certmagic.GetACMEChallenge(r.Host)
	return ok && a.issuer.HandleHTTPChallenge(w, r)
}

// checkAuthority refuses what is no address of an authority.
func checkAuthority(text string) error {
	if u, err := url.Parse(text); err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("--acme-ca %q is no address such as https://acme-v02.api.letsencrypt.org/directory", text)
	}
	return nil
}
