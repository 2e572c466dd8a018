package hosting

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/internal/nodetest"
)

// The official client, which knows nothing but the address, gets through by each transport.
func TestO5OfficialClient(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	a := newAuthority(t, month)
	p := a.serve(t.TempDir(), "--domain="+domain)
	p.await("the certificate", func() bool { return a.certificate(domain) != nil })
	jar, _ := cookiejar.New(nil)
	client := a.client()
	client.Jar = jar
	openRoom(t, client, "https://"+domain) // who has a room has a session
	site := &url.URL{Scheme: "https", Host: domain, Path: "/"}
	var session []string
	for _, c := range jar.Cookies(site) {
		session = append(session, c.Name+"="+c.Value)
	}
	if len(session) != 1 || !strings.HasPrefix(session[0], "__Host-sid=") {
		t.Errorf("cookies %v", session)
	}
	script := filepath.Join(nodetest.Root(), "interop", "hosting", "secure.mjs")
	cmd := exec.Command("node", script, domain, strconv.Itoa(a.https), strings.Join(session, "; "))
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+a.issuer)
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "all is well\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// A certificate is renewed while the chat runs. Sockets that are open stay so; who comes next gets
// the new one.
func TestO5Renewal(t *testing.T) {
	t.Parallel() // most of it waits
	a := newAuthority(t, 24)
	p := a.serve(t.TempDir(), "--domain="+domain)
	p.await("the certificate", func() bool { return a.certificate(domain) != nil })
	first := a.certificate(domain)

	jar, _ := cookiejar.New(nil)
	client := a.client()
	client.Jar = jar
	room := openRoom(t, client, "https://"+domain)
	// A WebSocket is opened by HTTP/1.1.
	plain := &http.Client{Jar: jar, Transport: a.transport(false)}
	socket, _, err := websocket.Dial(t.Context(), "wss://"+domain+"/socket.io/?EIO=4&transport=websocket", &websocket.DialOptions{
		HTTPClient: plain, HTTPHeader: http.Header{"Origin": {"https://" + domain}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	send := func(text, want string) {
		t.Helper()
		if err := socket.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
		for {
			_, got, err := socket.Read(t.Context())
			if err != nil {
				t.Fatalf("after %s: %v", text, err)
			}
			if strings.HasPrefix(string(got), want) {
				return
			}
		}
	}
	send("40/chat,", "40/chat,")
	send(`42/chat,0["join",{"room":"`+room+`"}]`, `43/chat,0[{"ok":true`)

	p.await("another certificate", func() bool {
		c := a.certificate(domain)
		return c != nil && c.SerialNumber.Cmp(first.SerialNumber) != 0
	})
	if now := time.Now(); now.After(first.NotAfter) {
		t.Errorf("the first ended at %v, it is %v", first.NotAfter, now)
	}
	send(`42/chat,1["join",{"room":"`+room+`"}]`, `43/chat,1[`)
	if text := p.log.String(); strings.Contains(text, "WARN") || strings.Contains(text, "ERROR") {
		t.Errorf("log: %s", text)
	}
}

// What is stored is served at once when the authority can't be reached, even when it has ended:
// browsers say so, and those who know better go on. The log warns.
func TestO5RestartWithoutAuthority(t *testing.T) {
	t.Parallel() // most of it waits
	a, data := newAuthority(t, 15), t.TempDir()
	p := a.serve(data, "--domain="+domain)
	p.await("the certificate", func() bool { return a.certificate(domain) != nil })
	first := a.certificate(domain)
	p.end()
	a.stop()

	p = a.serve(data, "--domain="+domain)
	if c := a.certificate(domain); c == nil || c.SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Fatalf("certificate %v after a restart", c)
	}
	if text := p.log.String(); strings.Contains(text, "ERROR") {
		t.Errorf("log: %s", text)
	}
	p.end()

	time.Sleep(time.Until(first.NotAfter.Add(time.Second)))
	p = a.serve(data, "--domain="+domain)
	a.clock = first.NotBefore // when it hadn't ended
	if c := a.certificate(domain); c == nil || c.SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Errorf("certificate %v after its end", c)
	}
	p.await("the warnings", func() bool {
		text := p.log.String()
		return strings.Contains(text, `level=WARN msg="the certificate has ended: browsers refuse it"`) &&
			strings.Contains(text, `level=WARN msg="no certificate yet: the authority can't be reached`)
	})
	if text := p.log.String(); strings.Count(text, "level=WARN") > 4 || strings.Contains(text, "ERROR") {
		t.Errorf("log: %s", text)
	}
	p.end()
}

// Names of strangers, and challenges that nobody began, cost a handshake that fails: no order, no
// line in the log, nothing in the folder.
func TestO5StrangersGetNoCertificates(t *testing.T) {
	a, data := newAuthority(t, month), t.TempDir()
	p := a.serve(data, "--domain="+domain)
	p.await("the certificate", func() bool { return a.certificate(domain) != nil })
	orders, said := a.orders.Load(), p.log.String()
	for range 20 {
		for _, name := range []string{"evil.example.test", "x." + domain, "*." + domain, strings.Repeat("a", 60) + ".test", "../../x.test"} {
			for _, protocols := range [][]string{nil, {"acme-tls/1"}, {"h2", "acme-tls/1"}} {
				if c, err := a.dial(name, protocols...); err == nil {
					t.Errorf("%s by %v has a certificate", name, protocols)
					c.Close()
				}
			}
		}
		if c, err := a.dial(domain, "acme-tls/1"); err == nil {
			t.Error("a challenge that nobody began is answered")
			c.Close()
		}
		for _, path := range []string{"/.well-known/acme-challenge/x", "/.well-known/acme-challenge/../../secret"} {
			client := a.client()
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			r, err := client.Get("http://" + domain + path)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			if r.StatusCode != http.StatusMovedPermanently {
				t.Errorf("%s: %s", path, r.Status)
			}
		}
	}
	if got := p.log.String(); got != said {
		t.Errorf("log: %s", strings.TrimPrefix(got, said))
	}
	if n := a.orders.Load(); n != orders {
		t.Errorf("%d orders of strangers", n-orders)
	}
	if a.certificate(domain) == nil {
		t.Error("the chat has no certificate any more")
	}
}
