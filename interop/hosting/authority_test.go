package hosting

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"

	"github.com/madang-chat/madang/internal/nodetest"
)

// authority is Pebble, the test server of Let's Encrypt, with a resolver of its own by which every
// name below .test is this machine. It looks for names at two ports of loopback.
type authority struct {
	t         *testing.T
	https     int    // port at which it looks for TLS
	plain     int    // port at which it looks for plain HTTP
	directory string // its address
	trust     string // file of the root that its own server is known by
	issuer    string // file of the root of what it issues
	issued    *x509.CertPool
	orders    atomic.Int64 // requests for a certificate
	refuses   atomic.Bool
	clock     time.Time // of browsers; zero = the present
	address   string
	handler   http.Handler
	pair      tls.Certificate
	server    *http.Server // set by start
}

// once sets how Pebble behaves: without waiting, without refusing at random, and without taking a
// name for proved that was proved before.
var once = sync.OnceFunc(func() {
	os.Setenv("PEBBLE_VA_NOSLEEP", "1")
	os.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	os.Setenv("PEBBLE_AUTHZREUSE", "0")
})

// newAuthority starts one whose certificates last for so many seconds.
func newAuthority(t *testing.T, seconds uint64) *authority {
	t.Helper()
	once()
	madang(t) // building it takes longer than free ports stay free
	a := &authority{t: t, https: nodetest.FreePort(t), plain: nodetest.FreePort(t), address: local(nodetest.FreePort(t)), issued: x509.NewCertPool()}
	a.directory = "https://" + a.address + wfe.DirectoryPath
	a.trust = a.own()

	var out io.Writer = io.Discard
	if testing.Verbose() {
		out = t.Output()
	}
	logger, store := log.New(out, "pebble ", 0), db.NewMemoryStore()
	issuer := ca.New(logger, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {ValidityPeriod: seconds}})
	checker := va.New(logger, a.plain, a.https, false, resolver(t), store)
	front := wfe.New(logger, store, checker, issuer, []string{"pebble.test"}, false, false, 1, 1)
	a.issued.AddCert(issuer.GetRootCert(0).Cert)
	a.issuer = a.write("issuer.pem", "CERTIFICATE", issuer.GetRootCert(0).DER)
	pebble := front.Handler()
	a.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/order-plz") {
			a.orders.Add(1)
			if a.refuses.Load() {
				w.Header().Set("Content-Type", "application/problem+json")
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusTooManyRequests)
				io.WriteString(w, `{"type":"urn:ietf:params:acme:error:rateLimited","status":429,"detail":"too many certificates"}`)
				return
			}
		}
		pebble.ServeHTTP(w, r)
	})
	a.start()
	return a
}

// start makes the authority answer.
func (a *authority) start() {
	a.t.Helper()
	l, err := net.Listen("tcp", a.address)
	if err != nil {
		a.t.Fatal(err)
	}
	server := &http.Server{Handler: a.handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{a.pair}}, ErrorLog: log.New(io.Discard, "", 0)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.ServeTLS(l, "", ""); !errors.Is(err, http.ErrServerClosed) {
			a.t.Error(err)
		}
	}()
	a.server = server
	a.t.Cleanup(func() {
		server.Close()
		<-ended
	})
}

// stop makes it unreachable.
func (a *authority) stop() { a.server.Close() }

// own makes the certificate of the authority's own server.
func (a *authority) own() (root string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.pair = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return a.write("trust.pem", "CERTIFICATE", der)
}

func (a *authority) write(name, kind string, der []byte) (path string) {
	a.t.Helper()
	path = filepath.Join(a.t.TempDir(), name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// resolver answers that names below .test are this machine, and others don't exist.
func resolver(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		switch name := q.Question[0].Name; {
		case !strings.HasSuffix(name, ".test."):
			m.Rcode = dns.RcodeNameError
		case q.Question[0].Qtype == dns.TypeA:
			m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)})
		}
		w.WriteMsg(m)
	})}
	var serving sync.WaitGroup
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	serving.Go(func() { server.ActivateAndServe() })
	<-started
	t.Cleanup(func() {
		server.Shutdown()
		serving.Wait()
	})
	return l.Addr().String()
}

// serve starts the chat with this authority.
func (a *authority) serve(data string, args ...string) *process {
	a.t.Helper()
	cmd := exec.Command(madang(a.t), append([]string{"serve", "--data=" + data, "--listen=" + local(a.https), "--listen-http=" + local(a.plain),
		"--acme-ca=" + a.directory, "--metrics=off", "--log=text"}, args...)...)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+a.trust)
	p := start(a.t, cmd)
	p.await("the line that says where it serves", func() bool { return strings.HasSuffix(p.out.String(), "\n") })
	return p
}

// dial connects to the chat by TLS as a browser that was told a name.
func (a *authority) dial(name string, protocols ...string) (*tls.Conn, error) {
	config := &tls.Config{RootCAs: a.issued, ServerName: name, NextProtos: protocols}
	if !a.clock.IsZero() {
		config.Time = func() time.Time { return a.clock }
	}
	d := &tls.Dialer{Config: config}
	c, err := d.DialContext(a.t.Context(), "tcp", local(a.https))
	if err != nil {
		return nil, err
	}
	return c.(*tls.Conn), nil
}

// certificate is the one that the chat has for a name, or nil.
func (a *authority) certificate(name string) *x509.Certificate {
	c, err := a.dial(name)
	if err != nil {
		return nil
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}

// transport is that of a browser for which all names are this machine.
func (a *authority) transport(http2 bool) *http.Transport {
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: a.issued},
		ForceAttemptHTTP2: http2,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			port := a.plain
			if strings.HasSuffix(address, ":443") {
				port = a.https
			}
			return new(net.Dialer).DialContext(ctx, network, local(port))
		},
	}
	a.t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func (a *authority) client() *http.Client {
	return &http.Client{Transport: a.transport(true), Timeout: patience}
}

// openRoom opens a room and gives its id.
func openRoom(t *testing.T, client *http.Client, site string) (id string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", site+"/room", strings.NewReader(`{"title":"마당"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}, "Origin": {site}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var reply struct {
		Room struct {
			ID string `json:"_id"`
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&reply); err != nil || reply.Room.ID == "" {
		t.Fatalf("open a room: %s %v", answer.Status, err)
	}
	return reply.Room.ID
}
