package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	problems "github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"
)

func TestO5DomainsThatCannotBeServed(t *testing.T) {
	for args, says := range map[string]string{
		"--domain=https://chat.example.org": "write it as chat.example.org",
		"--domain=*.example.org":            "write it as chat.example.org",
		"--domain=192.0.2.1":                "is an address",
		"--domain=localhost":                "is no name of the internet",
		"--domain=server.local":             "is no name of the internet",
		"--domain=chat.example.org --acme-ca=http://ca.example.org/dir":             "--acme-ca",
		"--domain=chat.example.org --acme-ca=ca.example.org":                        "--acme-ca",
		"--domain=chat.example.org --tls-cert=a --tls-key=b":                        "use one of them",
		"--acme-email=a@example.org":                                                "are for --domain",
		"--acme-ca=https://ca.example.org/dir":                                      "are for --domain",
		"--domain=chat.example.org --listen=localhost:0 --listen-http=192.0.2.1:80": "--listen-http=off does without",
	} {
		out, log := newOutput(), newOutput()
		all := append(strings.Fields(args), "--data="+t.TempDir())
		if code := run(t.Context(), all, out, log); code != 1 || !strings.Contains(log.String(), says) {
			t.Errorf("%s: %d: %s", args, code, log)
		}
	}
}

// Names are known as people write them and as browsers send them, once each.
func TestO5DomainsAreNames(t *testing.T) {
	names, err := encryption{Domains: []string{"한글.kr", "CHAT.example.org", "chat.example.org:8443", "xn--bj0bj06e.kr"}}.hosts()
	if got := strings.Join(names, " "); err != nil || got != "xn--bj0bj06e.kr chat.example.org" {
		t.Errorf("%s, %v", got, err)
	}
	m := &Main{TLS: encryption{Domains: names}, Hosts: []string{"한글.kr", "chat.example.org:8443", "b.example.org:443"}, certificates: &acme{}}
	if got := strings.Join(m.addresses(), " "); got != "https://한글.kr https://chat.example.org:8443 https://b.example.org" {
		t.Errorf("addresses: %s", got)
	}
}

// What keeps a certificate from coming is said in words that say what to do, whatever the authority
// writes.
func TestO5TroubleInPlainWords(t *testing.T) {
	problem := func(kind string, subs ...string) error {
		p := problems.Problem{Type: problems.ProblemTypeNamespace + kind, Detail: "said by the authority " + strings.Repeat("x", 5000)}
		for _, sub := range subs {
			p.Subproblems = append(p.Subproblems, problems.Subproblem{Problem: problems.Problem{Type: problems.ProblemTypeNamespace + sub}})
		}
		return fmt.Errorf("solving challenges: %w", p)
	}
	for _, c := range []struct {
		err  error
		says string
	}{
		{problem("dns"), "A or AAAA record has to point to this server"},
		{problem("connection"), "ports 80 and 443 be open and lead to this program"},
		{problem("tls"), "ports 80 and 443 be open and lead to this program"},
		{problem("unauthorized"), "ports 80 and 443 be open and lead to this program"},
		{problem("incorrectResponse"), "ports 80 and 443 be open and lead to this program"},
		{problem("rateLimited"), "gives no more for now"},
		{problem("caa"), "CAA record"},
		{problem("compound", "caa", "dns"), "CAA record"},
		{problem("rejectedIdentifier"), "none for this name"},
		{problem("invalidContact"), "--acme-email"},
		{problem("serverInternal"), "trouble of its own"},
		{problem("somethingNew"), "the authority refused"},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, "can't be reached"},
		{context.Canceled, ""},
		{nil, "the authority refused"},
	} {
		log := newOutput()
		a := &acme{log: slog.New(slog.NewTextHandler(log, nil))}
		data := map[string]any{"identifier": "chat.example.org", "renewal": true}
		if c.err != nil {
			data["error"] = c.err
		}
		a.tell(t.Context(), "cert_failed", data)
		said := log.String()
		if !strings.Contains(said, c.says) || strings.Count(said, "\n") != min(1, len(c.says)) || len(said) > 900 {
			t.Errorf("%v: %s", c.err, said)
		}
	}
}

// Of what certmagic writes, warnings come through, at most one of a kind; never as errors of ours,
// never what was told already, and never as long as somebody likes.
func TestO5LinesOfCertmagic(t *testing.T) {
	log := newOutput()
	a := &acme{log: slog.New(slog.NewTextHandler(log, nil))}
	lines := a.lines().With(zap.String("always", strings.Repeat("y", 5000)))
	failure := errors.New("the disk is gone")
	for range 50 {
		lines.Info("nothing")
		lines.Named("maintenance").Error("job failed", zap.Error(failure))
		lines.Named("acme_client").Error("challenge failed", zap.Error(failure))
		lines.Error("could not get certificate from issuer", zap.Error(failure))
		lines.Error("failed updating renewal info from ACME CA", zap.Error(failure))
	}
	said := log.String()
	if strings.Count(said, "\n") != 1 || !strings.Contains(said, `level=WARN msg="certificates: job failed"`) || !strings.Contains(said, failure.Error()) || len(said) > 1000 {
		t.Errorf("log: %s", said)
	}
	a.tell(t.Context(), "cert_failed", map[string]any{"identifier": "x", "error": failure})
	before := log.String()
	lines.Error("will retry", zap.Error(fmt.Errorf("[x] Obtain: %w", failure)))
	if log.String() != before {
		t.Errorf("told twice: %s", log)
	}
}

// A stored certificate that is broken keeps neither the program from starting nor another one from
// coming.
func TestO5StoredCertificateThatIsBroken(t *testing.T) {
	data, log := t.TempDir(), newOutput()
	folder := filepath.Join(data, certificatesFolder, "certificates", "127.0.0.1-1-dir", "chat.example.org")
	os.Chmod(data, 0o700)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"chat.example.org.crt", "chat.example.org.key", "chat.example.org.json"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := &Main{Listen: "localhost:0", ListenHTTP: off, Data: data, Log: slog.New(slog.NewTextHandler(log, nil)),
		TLS: encryption{Domains: []string{"chat.example.org"}, Authority: "https://127.0.0.1:1/dir"}}
	if err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `level=WARN msg="a stored certificate can't be read`) {
		t.Errorf("log: %s", log)
	}
	for end := time.Now().Add(patience); !strings.Contains(log.String(), "no certificate yet: the authority can't be reached"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("none is asked for: %s", log)
		}
	}
	if c, err := tls.Dial("tcp", m.site.listener.Addr().String(), &tls.Config{ServerName: "chat.example.org"}); err == nil {
		c.Close()
		t.Error("a certificate from nowhere")
	}
	if !m.certificateExpiry().IsZero() {
		t.Error("it expires though there is none")
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}
