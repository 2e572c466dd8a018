package routers

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// An endpoint is where a server listens.
type endpoint struct {
	url     string // for the official client, without a path
	network string
	address string
	unix    string          // path of the socket, if it is one
	tls     *tls.Config     // of a client, if the server wants TLS
	h2      *http.Transport // takes the browser's requests over HTTP/2, if the server has it
}

func (e *endpoint) host() string {
	_, host, _ := strings.Cut(e.url, "://")
	return host
}

// A serve function starts a server that ends with the test.
type serve func(t *testing.T, h http.Handler, j *journal) endpoint

// plain is net/http on a free port.
func plain(t *testing.T, h http.Handler, j *journal) endpoint {
	return tuned(nil)(t, h, j)
}

// tuned is plain with other settings.
func tuned(tune func(*http.Server)) serve {
	return func(t *testing.T, h http.Handler, j *journal) endpoint {
		web := httptest.NewUnstartedServer(h)
		web.Config.ErrorLog = j.errorLog()
		if tune != nil {
			tune(web.Config)
		}
		web.Start()
		t.Cleanup(web.Close)
		return endpoint{url: web.URL, network: "tcp", address: web.Listener.Addr().String()}
	}
}

// listening is plain on another listener.
func listening(listen func(*testing.T) net.Listener) serve {
	return func(t *testing.T, h http.Handler, j *journal) endpoint {
		web := httptest.NewUnstartedServer(h)
		web.Config.ErrorLog = j.errorLog()
		web.Listener.Close()
		web.Listener = listen(t)
		web.Start()
		t.Cleanup(web.Close)
		addr := web.Listener.Addr()
		e := endpoint{url: "http://" + addr.String(), network: addr.Network(), address: addr.String()}
		if e.network == "unix" {
			e.url, e.unix = "http://localhost", e.address
		}
		return e
	}
}

func onUnixSocket(t *testing.T) net.Listener {
	return mustListen(t, "unix", filepath.Join(t.TempDir(), "s"))
}

func onIPv6(t *testing.T) net.Listener {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("not run, needs IPv6: %v", err)
	}
	return l
}

func mustListen(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// onWrapped has connections of a type that is nobody's but its own, as listeners that count or
// limit have.
func onWrapped(t *testing.T) net.Listener {
	return wrappedListener{mustListen(t, "tcp", "127.0.0.1:0")}
}

type (
	wrappedListener struct{ net.Listener }
	wrappedConn     struct{ net.Conn }
)

func (l wrappedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return wrappedConn{conn}, nil
}

// secure is net/http with TLS; its browser uses HTTP/2 where it can.
func secure(http2 bool) serve {
	return func(t *testing.T, h http.Handler, j *journal) endpoint {
		web := httptest.NewUnstartedServer(h)
		web.Config.ErrorLog = j.errorLog()
		web.EnableHTTP2 = http2
		web.StartTLS()
		t.Cleanup(web.Close)
		trust := web.Client().Transport.(*http.Transport).TLSClientConfig
		trust.ServerName = "example.com" // that of httptest's certificate
		e := endpoint{url: web.URL, network: "tcp", address: web.Listener.Addr().String(), tls: trust}
		if http2 {
			e.h2 = overHTTP2(t, trust)
		}
		return e
	}
}

// overHTTP2 speaks nothing else, with prior knowledge when there is no TLS.
func overHTTP2(t *testing.T, trust *tls.Config) *http.Transport {
	transport := &http.Transport{DisableCompression: true, Protocols: new(http.Protocols)}
	if trust != nil {
		transport.TLSClientConfig = trust.Clone()
		transport.Protocols.SetHTTP2(true)
	} else {
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// cleartext has HTTP/2 without TLS beside HTTP/1.1.
func cleartext(tune func(*http.Server)) serve {
	return func(t *testing.T, h http.Handler, j *journal) endpoint {
		e := tuned(tune)(t, h, j)
		e.h2 = overHTTP2(t, nil)
		return e
	}
}
