package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs the certificates of a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool()}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	a.cert, _ = x509.ParseCertificate(der)
	a.pool.AddCert(a.cert)
	return a
}

// sign makes a certificate and its key, as PEM.
func (a *authority) sign(serial int64, life time.Duration, names ...string) (cert, key []byte) {
	a.t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life)}
	private, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, _ := x509.MarshalPKCS8PrivateKey(private)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// files writes a certificate and its key to a folder.
func (a *authority) files(dir string, cert, key []byte) encryption {
	a.t.Helper()
	e := encryption{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	for path, text := range map[string][]byte{e.Cert: cert, e.Key: key} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return e
}

// startTLS runs the program with a certificate for chat.example.org.
func startTLS(t *testing.T, change ...func(*Main)) (*Main, *authority, *output) {
	t.Helper()
	a, log := newAuthority(t), newOutput()
	cert, key := a.sign(2, time.Hour, "chat.example.org", "localhost")
	m := &Main{Listen: "localhost:0", ListenHTTP: "localhost:0", Data: t.TempDir(), Log: slog.New(slog.NewTextHandler(log, nil)),
		TLS: a.files(t.TempDir(), cert, key)}
	for _, f := range change {
		f(m)
	}
	if err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m, a, log
}

// trusting is a visitor of the program who trusts the authority.
func (a *authority) trusting(m *Main, http2 bool) *browser {
	b := newBrowser(a.t, m.local())
	transport := b.client.Transport.(*http.Transport)
	transport.TLSClientConfig = &tls.Config{RootCAs: a.pool, ServerName: "chat.example.org"}
	transport.ForceAttemptHTTP2 = http2
	return b
}

// The same visit as without TLS, by both versions of HTTP.
func TestO5CertificateFiles(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		m, a, log := startTLS(t)
		b := a.trusting(m, http2)
		room := b.openRoom(`{"title":"마당"}`)
		b.sit(room)
		if got := b.do("POST", "/room/"+room+"/chat", `{"chat":"안녕","cid":"c1"}`); got.status != 200 {
			t.Fatalf("chat: %+v", got)
		}
		if messages := b.history(room); len(messages) != 3 {
			t.Errorf("history = %+v", messages)
		}
		a2 := b.do("GET", "/healthz", "", "Host: chat.example.org")
		if h := a2.header; h.Get("Cross-Origin-Opener-Policy") == "" {
			t.Errorf("%v", h)
		}
		if ends := m.certificateExpiry(); ends.IsZero() || time.Until(ends) > time.Hour {
			t.Errorf("expiry %v", ends)
		}
		if bytes.Contains([]byte(log.String()), []byte("WARN")) {
			t.Errorf("log: %s", log)
		}
		m.Close()
	}
}

// The program ends as soon by HTTP/2 as otherwise: a long poll that is under way gets its answer.
func TestO5EndsByHTTP2(t *testing.T) {
	m, a, _ := startTLS(t)
	b := a.trusting(m, true)
	got := b.do("GET", "/socket.io/?EIO=4&transport=polling", "")
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(got.body, "0")), &open); err != nil {
		t.Fatalf("%v: %+v", err, got)
	}
	polled := make(chan answer, 1)
	go func() {
		got, _ := b.try("GET", "/socket.io/?EIO=4&transport=polling&sid="+open.SID, "")
		polled <- got
	}()
	time.Sleep(200 * time.Millisecond) // the poll is on its way
	start := time.Now()
	if err := m.Close(); err != nil || time.Since(start) > grace {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if got := <-polled; got.status != http.StatusOK || got.body == "" {
		t.Errorf("the poll: %+v", got)
	}
}

// at is a listener that has this address.
type at struct {
	net.Listener
	address string
}

func (l at) Addr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(l.address)) }

func TestLocalAddress(t *testing.T) {
	for address, want := range map[string][2]string{
		"[::]:8005":      {"http://localhost:8005", "https://localhost:8005"},
		"0.0.0.0:443":    {"http://localhost:443", "https://localhost"},
		"[::1]:443":      {"http://[::1]:443", "https://[::1]"},
		"[::1]:80":       {"http://[::1]", "https://[::1]:80"},
		"127.0.0.1:8443": {"http://127.0.0.1:8443", "https://127.0.0.1:8443"},
	} {
		for i, c := range []certificates{nil, &pair{}} {
			m := &Main{site: endpoint{listener: at{address: address}}, certificates: c}
			if got := m.URL(); got != want[i] {
				t.Errorf("%s is %s, not %s", address, got, want[i])
			}
		}
	}
}
