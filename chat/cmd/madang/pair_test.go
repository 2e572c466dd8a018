package main

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// New files are used without a restart; broken ones leave the old certificate, with one warning.
func TestO5FilesAreReadAgain(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	cert, key := a.sign(2, 30*24*time.Hour, "chat.example.org")
	e := a.files(dir, cert, key)
	synctest.Test(t, func(t *testing.T) {
		log := newOutput()
		p, err := openPair(e.Cert, e.Key, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var keeping sync.WaitGroup
		keeping.Go(func() { p.keep(ctx) })
		changed := time.Now()
		time.Sleep(look / 2) // files change between two looks
		step := func(what string, serial int64, warnings, notes int) {
			t.Helper()
			changed = changed.Add(time.Second)
			os.Chtimes(e.Cert, changed, changed)
			time.Sleep(10 * look)
			got, _ := p.forClient(nil)
			text := log.String()
			if got.Leaf.SerialNumber.Int64() != serial || strings.Count(text, "WARN") != warnings || strings.Count(text, "read again") != notes {
				t.Errorf("%s: serial %v, log: %s", what, got.Leaf.SerialNumber, text)
			}
		}
		step("touched", 2, 0, 1)
		cert3, key3 := a.sign(3, 30*24*time.Hour, "b.example.org")
		a.files(dir, cert3, key)
		step("half of a new pair", 2, 1, 1)
		a.files(dir, cert3, key3)
		step("all of it", 3, 1, 2)
		a.files(dir, []byte("no certificate"), key3)
		step("no PEM", 3, 2, 2)
		os.Remove(e.Cert)
		step("no file", 3, 3, 2)
		a.files(dir, cert, key)
		step("the first again", 2, 3, 3)
		if !p.covers("chat.example.org") || p.covers("b.example.org") {
			t.Error("names of another certificate")
		}
		cancel()
		keeping.Wait()
	})
}

func TestO5FilesThatCannotBeUsed(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	cert, key := a.sign(2, time.Hour, "chat.example.org")
	_, other := a.sign(3, time.Hour, "chat.example.org")
	path := func(name string, text []byte) string {
		p := filepath.Join(dir, name)
		os.WriteFile(p, text, 0o600)
		return p
	}
	c, k := path("cert.pem", cert), path("key.pem", key)
	for _, test := range []struct{ args, says string }{
		{"--tls-cert=" + c, "--tls-cert and --tls-key belong together"},
		{"--tls-key=" + k, "--tls-cert and --tls-key belong together"},
		{"--tls-cert=" + c + " --tls-key=" + path("other.pem", other), "does not match"},
		{"--tls-cert=" + c + " --tls-key=" + dir + "/none.pem", "none.pem: no such file"},
		{"--tls-cert=" + path("empty.pem", nil) + " --tls-key=" + k, "empty.pem with key"},
		{"--tls-cert=" + k + " --tls-key=" + c, "key.pem with key"},
		{"--listen-http=localhost:0", "--listen-http is for servers with certificates"},
		{"--tls-cert=" + c + " --tls-key=" + k + " --listen-http=192.0.2.1:80", "--listen-http=off does without"},
	} {
		out, log := newOutput(), newOutput()
		args := append(strings.Fields(test.args), "--listen=localhost:0", "--data="+t.TempDir())
		if code := run(t.Context(), args, out, log); code != 1 || !strings.Contains(log.String(), test.says) {
			t.Errorf("%s: %d: %s", test.args, code, log)
		}
	}
}

func TestO5KeyForOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT RUN: modes mean nothing here")
	}
	for mode, warns := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		m, _, log := startTLS(t, func(m *Main) { os.Chmod(m.TLS.Key, mode) })
		if got := strings.Contains(log.String(), "level=WARN msg=\"everybody on this machine may read the key"); got != warns {
			t.Errorf("%o: %s", mode, log)
		}
		m.Close()
	}
}

// The plain listener of the program: to the name that was asked for, when there is a certificate
// for it, and nothing else; heads and time are bounded as at the main one.
func TestO5PlainListener(t *testing.T) {
	m, a, log := startTLS(t, func(m *Main) { m.Hosts = []string{"chat.example.org", "elsewhere.example.org"} })
	plain := m.plain.listener.Addr().String()
	ask := func(request string) *http.Response {
		t.Helper()
		c, err := net.Dial("tcp", plain)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(patience))
		c.Write([]byte(request))
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for request, want := range map[string]string{
		"GET /r/abc?x=1 HTTP/1.1\r\nHost: chat.example.org\r\n\r\n":                                "301 https://chat.example.org/r/abc?x=1",
		"POST /room HTTP/1.1\r\nHost: chat.example.org\r\nContent-Length: 4\r\n\r\nbody":           "308 https://chat.example.org/room",
		"GET http://evil.example/ HTTP/1.1\r\nHost: chat.example.org\r\n\r\n":                      "421 ",
		"GET / HTTP/1.1\r\nHost: elsewhere.example.org\r\n\r\n":                                    "421 ",
		"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n":                                          "200 ",
		"GET / HTTP/1.1\r\nHost: chat.example.org\r\n" + strings.Repeat("x: y\r\n", 8000) + "\r\n": "431 ",
	} {
		r := ask(request)
		if got := r.Status[:4] + r.Header.Get("Location"); got != want {
			t.Errorf("%.60q: %s, want %s", request, got, want)
		}
	}
	if !strings.Contains(log.String(), `msg="no certificate is for this name: browsers will refuse it" host=elsewhere.example.org`) {
		t.Errorf("log: %s", log)
	}
	if got := strings.Join(m.addresses(), " "); got != "https://chat.example.org https://elsewhere.example.org" {
		t.Errorf("addresses: %s", got)
	}
	// By TLS the answer to another name is the same as without.
	b := a.trusting(m, true)
	if got := b.do("GET", "/", ""); got.status != http.StatusMisdirectedRequest || got.header.Get("Strict-Transport-Security") != "" {
		t.Errorf("%+v", got)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", plain); err == nil {
		c.Close()
		t.Error("the plain listener stays")
	}
}
