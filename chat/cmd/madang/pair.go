package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

// pair is a certificate in files, which are read again when they change: what renews them need not
// know of the server.
type pair struct {
	cert, key string
	log       *slog.Logger
	current   atomic.Pointer[tls.Certificate]

	// Of the goroutine that reads.
	read [2]stamp // of what current was read from
	told string   // the last complaint
}

// stamp is what shows that a file has changed.
type stamp struct {
	size int64
	time time.Time
}

// openPair reads a certificate and its key, as PEM.
func openPair(cert, key string, log *slog.Logger) (*pair, error) {
	p := &pair{cert: cert, key: key, log: log}
	stamps, err := p.stamps()
	if err != nil {
		return nil, err
	}
	return p, p.load(stamps)
}

func (p *pair) stamps() (stamps [2]stamp, err error) {
	for i, path := range []string{p.cert, p.key} {
		info, err := os.Stat(path)
		if err != nil {
			return stamps, fmt.Errorf("read certificate: %w", err)
		}
		stamps[i] = stamp{info.Size(), info.ModTime()}
	}
	return stamps, nil
}

func (p *pair) load(stamps [2]stamp) error {
	cert, err := os.ReadFile(p.cert)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	key, err := os.ReadFile(p.key)
	if err != nil {
		return fmt.Errorf("read key of the certificate: %w", err)
	}
	both, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", p.cert, p.key, err)
	}
	if info, err := os.Stat(p.key); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		p.log.Warn("everybody on this machine may read the key of the certificate: chmod o= takes it from them", "file", p.key)
	}
	p.current.Store(&both)
	p.read, p.told = stamps, ""
	return nil
}

func (p *pair) forClient(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return p.current.Load(), nil
}

func (p *pair) leaves() []*x509.Certificate { return []*x509.Certificate{p.current.Load().Leaf} }

func (p *pair) covers(host string) bool { return p.current.Load().Leaf.VerifyHostname(host) == nil }

func (p *pair) keep(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.renew()
		}
	}
}

// renew reads the files when they have changed. What can't be used leaves the present certificate
// in its place; that is said once, and tried until it can.
func (p *pair) renew() {
	stamps, err := p.stamps()
	if err == nil && stamps == p.read {
		p.told = ""
		return
	}
	if err == nil {
		err = p.load(stamps)
	}
	if err == nil {
		leaf := p.current.Load().Leaf
		p.log.Info("the certificate was read again", "certificate", certificateName(leaf), "ends", leaf.NotAfter)
		return
	}
	if text := err.Error(); text != p.told {
		p.told = text
		p.log.Warn("the new certificate can't be used, the old one stays", "error", err)
	}
}
