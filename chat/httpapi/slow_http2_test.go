package httpapi_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/madang-chat/madang/chat/httpapi"
)

// overHTTP2 serves one connection in memory by TLS and HTTP/2, whose client has so large a window
// for answers, and writes and reads at the same time.
func overHTTP2(t *testing.T, h http.Handler, window uint32, write func(*http2.Framer), read func(*testing.T, *http2.Framer)) {
	synctest.Test(t, func(t *testing.T) {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"x"}, NotBefore: time.Now(), NotAfter: time.Now().Add(24 * time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		leaf, _ := x509.ParseCertificate(der)
		roots.AddCert(leaf)

		listener := &pipes{make(chan net.Conn), make(chan struct{})}
		// WriteTimeout is what the program has too.
		server := &http.Server{Handler: h, WriteTimeout: 30 * time.Second,
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}}
		var work sync.WaitGroup
		work.Go(func() { server.ServeTLS(listener, "", "") })
		near, far := net.Pipe()
		listener.conns <- far
		c := tls.Client(near, &tls.Config{RootCAs: roots, ServerName: "x", NextProtos: []string{"h2"}})
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			near.Close()
			server.Close()
			work.Wait()
			time.Sleep(10 * time.Second) // the server lingers before it closes a connection
		}()
		f := http2.NewFramer(c, c)
		f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		work.Go(func() {
			io.WriteString(c, http2.ClientPreface)
			f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window})
			write(f)
		})
		read(t, f)
	})
}

func head(method, path string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, field := range [][2]string{{":method", method}, {":scheme", "https"}, {":authority", "x"}, {":path", path}, {"content-type", "application/json"}} {
		e.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	return b.Bytes()
}

// Each request of a connection has the deadlines that a connection of its own would have: a body
// that trickles in is cut off, one that is only slow isn't, and who doesn't take the answer loses
// it. Other requests go on.
func TestSlowRequestsByHTTP2(t *testing.T) {
	s := open(t, func(o *httpapi.Options) {
		web := fstest.MapFS{"assets/big.json": {Data: incompressible(1 << 20)}}
		maps.Copy(web, built)
		o.Web = web
		o.Socket = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(45 * time.Second) // longer than anything but a socket may take
			io.WriteString(w, "polled")
		})
	})
	h := s.server.Config.Handler
	// ended waits until a stream has its answer's end, or its reset.
	ended := func(t *testing.T, f *http2.Framer, id uint32) (status string, reset bool) {
		t.Helper()
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				t.Fatalf("the connection ended: %v", err)
			}
			if frame.Header().StreamID != id {
				continue
			}
			switch frame := frame.(type) {
			case *http2.MetaHeadersFrame:
				status = frame.PseudoValue("status")
			case *http2.RSTStreamFrame:
				return status, true
			}
			if frame.Header().Flags.Has(http2.FlagDataEndStream) && status != "" {
				return status, false
			}
		}
	}
	for _, c := range []struct {
		name       string
		chunk, all int
		status     string
		from, to   time.Duration
	}{
		{"trickle", 1, 60, "400", 30 * time.Second, 31 * time.Second},
		{"slow", 2 << 10, 62 << 10, "200", 30 * time.Second, 33 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"lang":"en"` + strings.Repeat(" ", c.all-13) + `}`
			overHTTP2(t, h, 64<<10, func(f *http2.Framer) {
				f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head("POST", "/lang"), EndHeaders: true})
				for rest := body; rest != ""; {
					n := min(c.chunk, len(rest))
					if f.WriteData(1, n == len(rest), []byte(rest[:n])) != nil {
						return
					}
					rest = rest[n:]
					time.Sleep(time.Second)
				}
			}, func(t *testing.T, f *http2.Framer) {
				start := time.Now()
				status, _ := ended(t, f, 1)
				if took := time.Since(start); status != c.status || took < c.from || took > c.to {
					t.Errorf("%s after %v", status, took)
				}
			})
		})
	}
	t.Run("unread", func(t *testing.T) {
		overHTTP2(t, h, 1000, func(f *http2.Framer) {
			for i, path := range []string{"/assets/big.json", "/socket.io/"} {
				f.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: head("GET", path), EndHeaders: true, EndStream: true})
			}
		}, func(t *testing.T, f *http2.Framer) {
			start := time.Now()
			if _, reset := ended(t, f, 1); !reset || time.Since(start) > 32*time.Second {
				t.Errorf("reset %v after %v", reset, time.Since(start))
			}
			if status, reset := ended(t, f, 3); status != "200" || reset {
				t.Errorf("another request: %s, %v", status, reset)
			}
		})
	})
}
