package engineio_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// The tests of this file prove lines of interop/BEHAVIOURS.md that no other test proves.

// change lets f change each request before the engine sees it.
func change(f func(*http.Request)) []func(http.Handler) http.Handler {
	return []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f(r)
			next.ServeHTTP(w, r)
		})
	}}
}

func TestHS04WebSocketOnly(t *testing.T) {
	r := newRig(t, engineio.Options{Transports: []string{engineio.WebSocket}})
	w := r.upgrade("EIO=4&transport=websocket", "")
	if open := w.open(); open.Upgrades == nil || len(open.Upgrades) != 0 {
		t.Errorf("upgrades %q", open.Upgrades)
	}
}

func TestHS15Addresses(t *testing.T) {
	r := newRig(t, engineio.Options{Middleware: change(func(r *http.Request) { r.RemoteAddr = r.Header.Get("X-From") })})
	for from, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "[2001:db8::1]:1234": "2001:db8::1", "[::1%lo]:80": "::1%lo", "[::ffff:192.0.2.7]:1234": "::ffff:192.0.2.7", "@": "@",
	} {
		r.do("GET", "EIO=4&transport=polling", "", "X-From", from)
		if got := r.session().Handshake().Address; got != want {
			t.Errorf("polling from %s: %q", from, got)
		}
		r.upgrade("EIO=4&transport=websocket", "", "X-From", from).accepted()
		if got := r.session().Handshake().Address; got != want {
			t.Errorf("WebSocket from %s: %q", from, got)
		}
	}
}

func TestER04RefusalCarriesCORS(t *testing.T) {
	r := newRig(t, engineio.Options{CORS: &engineio.CORS{Origins: []string{"http://good.test"}, Credentials: true}})
	a := r.do("GET", "EIO=4&transport=websocket", "", "Origin", "http://good.test")
	a.refused(t, 400, 3, "Bad request")
	if a.header.Get("Access-Control-Allow-Origin") != "http://good.test" || a.header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("header %q", a.header)
	}
}

// net/http refuses such a header itself, so middleware has to make one.
func TestER10InvalidOrigin(t *testing.T) {
	var errs refusals
	r := newRig(t, engineio.Options{
		OnConnectionError: errs.add,
		Middleware:        change(func(r *http.Request) { r.Header.Set("Origin", r.Header.Get("Origin")+r.URL.Query().Get("add")) }),
	})
	for _, add := range []string{"%01", "%0d%0aX:y", "%7f"} {
		r.do("GET", "EIO=4&transport=polling&add="+add, "", "Origin", "http://x.test").refused(t, 400, 3, "Bad request")
		errs.last(t, engineio.BadRequest, "INVALID_ORIGIN", "Bad request")
		r.upgrade("EIO=4&transport=websocket&add="+add, "").refused("Bad request")
		errs.last(t, engineio.BadRequest, "INVALID_ORIGIN", "Bad request")
	}
	r.none()
	if a := r.do("GET", "EIO=4&transport=polling&add=%C3%BC%09x", "", "Origin", "http://x.test"); a.status != 200 {
		t.Errorf("an unusual origin: %d %q", a.status, a.body)
	}
}

// A cookie without a path belongs to the folder of the request; naming that folder is the same to a
// browser.
func TestCK03CookieOfTheFolder(t *testing.T) {
	r := newRig(t, engineio.Options{Cookie: &http.Cookie{Path: "/engine.io/"}})
	got := r.do("GET", "EIO=4&transport=polling", "").header.Get("Set-Cookie")
	if want := "io=" + r.session().ID() + "; Path=/engine.io/"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// clientCertificate makes one that is its own authority.
func clientCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: cert}, pool
}

func TestMS09ClientCertificates(t *testing.T) {
	r := newRig(t, engineio.Options{})
	cert, pool := clientCertificate(t)
	server := httptest.NewUnstartedServer(r.Server)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	server.StartTLS()
	t.Cleanup(server.Close)

	url := server.URL + r.Path() + "?EIO=4&transport="
	if res, err := server.Client().Get(url + "polling"); err == nil {
		res.Body.Close()
		t.Error("no certificate was needed")
	}
	r.none()
	server.CloseClientConnections()
	transport := server.Client().Transport.(*http.Transport)
	transport.TLSClientConfig.Certificates = []tls.Certificate{cert}
	res, err := server.Client().Get(url + "polling")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if s := r.session(); !s.Handshake().Secure {
		t.Error("not told to be secure")
	}
	echoAll(t, r, r.over(t, server))
}

// One message for many: those who negotiated compression get a frame of their own.
func TestMS08SharedFrames(t *testing.T) {
	r := newRig(t, engineio.Options{PerMessageDeflate: true})
	text := strings.Repeat("shared ", 300)
	plain, a := r.websocket()
	packed := r.upgrade("EIO=4&transport=websocket", "", "Sec-WebSocket-Extensions", "permessage-deflate")
	packed.open()
	b := r.session()
	another, c := r.websocket()
	m := engineio.Text(text)
	for _, s := range []*session{a, b, c} {
		if err := s.Send(m, 0); err != nil {
			t.Fatal(err)
		}
	}
	plain.expect("4" + text)
	another.expect("4" + text)
	if first, p := packed.next(); first != textFrame|rsv1 || len(p) >= len(text) {
		t.Errorf("frame %#x of %d bytes", first, len(p))
	}
}
