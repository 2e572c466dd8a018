package hosting

import (
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const domain = "chat.example.test"

// month is how long certificates last, but where a test wants to see their end.
const month = 30 * 24 * 3600

// Started with a name and nothing else to know, the chat is there by HTTPS within moments, and who
// comes without is sent to it. All three ways to prove the name are tried.
func TestO5CertificateByItself(t *testing.T) {
	for way, args := range map[string][]string{
		"both":     {"--domain=" + domain, "--domain=한글.test"},
		"tls-alpn": {"--domain=" + domain, "--listen-http=off"},
	} {
		t.Run(way, func(t *testing.T) {
			a, data := newAuthority(t, month), t.TempDir()
			p := a.serve(data, args...)
			want := "Serving https://" + domain
			if way == "both" {
				want += ", https://한글.test"
			}
			if got := strings.TrimSpace(p.out.String()); got != want {
				t.Errorf("the chat says %q", got)
			}
			p.await("the certificate", func() bool { return a.certificate(domain) != nil })
			if way == "both" {
				p.await("the other certificate", func() bool { return a.certificate("xn--bj0bj06e.test") != nil })
			}
			client := a.client()
			address := "https://" + domain + "/healthz"
			if way == "both" {
				address = "http://" + domain + "/about.png?x=1" // by the redirect
			}
			r, err := client.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
			if r.StatusCode != 200 || r.ProtoMajor != 2 || r.Request.URL.Scheme != "https" || r.Header.Get("Strict-Transport-Security") == "" {
				t.Errorf("%s: %s %s %v", r.Request.URL, r.Proto, r.Status, r.Header)
			}
			if text := p.log.String(); strings.Contains(text, "WARN") || strings.Contains(text, "ERROR") || !strings.Contains(text, `msg="the certificate is here" domain=`+domain) {
				t.Errorf("log: %s", text)
			}
			filepath.WalkDir(filepath.Join(data, "certificates"), func(path string, d fs.DirEntry, err error) error {
				if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
					t.Errorf("%s has mode %04o", path, info.Mode().Perm())
				}
				return err
			})
			p.end()
			// A key is not for the places where backups go.
			backup := filepath.Join(t.TempDir(), "backup")
			if out, err := exec.Command(madang(t), "backup", "--data="+data, backup).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			filepath.WalkDir(backup, func(path string, d fs.DirEntry, err error) error {
				if strings.Contains(path, "certificates") || strings.HasSuffix(path, ".key") {
					t.Errorf("the backup has %s", path)
				}
				return err
			})
		})
	}
}

// The usual mistakes: another server answers to the name, or none is reached.
func TestO5TroubleIsTold(t *testing.T) {
	for _, name := range []string{"closed.test", "other.test"} {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t, month)
			if name == "other.test" {
				other := httptest.NewUnstartedServer(http.NotFoundHandler())
				other.Listener.Close()
				l, err := net.Listen("tcp", local(a.plain))
				if err != nil {
					t.Fatal(err)
				}
				other.Listener = l
				other.Start()
				defer other.Close()
			}
			// The chat is where the authority doesn't look.
			p := a.serve(t.TempDir(), "--domain="+name, "--listen=127.0.0.1:0", "--listen-http=127.0.0.1:0")
			p.await("the warning", func() bool { return strings.Contains(p.log.String(), "level=WARN") })
			p.end()
			if said := p.log.String(); strings.Count(said, "level=WARN") != 1 || !strings.Contains(said, "doesn't find this server by its name") ||
				!strings.Contains(said, "domain="+name) || strings.Contains(said, "ERROR") {
				t.Errorf("log: %s", said)
			}
		})
	}
}

// While there is no certificate, who comes without TLS reads that it is on its way; the log says
// why, once, and the authority isn't asked again for a while. It comes as soon as the authority
// gives it.
func TestO5AuthorityRefuses(t *testing.T) {
	a, data := newAuthority(t, month), t.TempDir()
	a.refuses.Store(true)
	p := a.serve(data, "--domain="+domain)
	p.await("the warning", func() bool { return strings.Contains(p.log.String(), "level=WARN") })
	client := a.client()
	r, err := client.Get("http://" + domain + "/")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(r.Body)
	r.Body.Close()
	if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Refresh") == "" || !strings.Contains(string(text), "인증서") {
		t.Errorf("%s %v: %s", r.Status, r.Header, text)
	}
	if a.certificate(domain) != nil {
		t.Error("a certificate from nowhere")
	}
	time.Sleep(3 * time.Second)
	said := p.log.String()
	if n := a.orders.Load(); n != 1 || strings.Count(said, "level=WARN") != 1 || strings.Contains(said, "ERROR") ||
		!strings.Contains(said, "the authority gives no more for now") || !strings.Contains(said, "too many certificates") {
		t.Errorf("%d orders, log: %s", n, said)
	}
	p.end()

	a.refuses.Store(false)
	p = a.serve(data, "--domain="+domain)
	p.await("the certificate", func() bool { return a.certificate(domain) != nil })
	p.end()
}
