package hosting

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// A front is a proxy as the page sets it up, on ports of loopback.
type front struct {
	url     string // https, by the name
	plain   string // http
	process *process
	// reload makes it read its settings again, as its users do.
	reload func()
}

// fronts are the proxies of the page. Each gets the port that the chat is behind.
var fronts = map[string]func(t *testing.T, p pair, site, plain, app int) *front{
	"nginx":   frontNginx,
	"Caddy":   frontCaddy,
	"Traefik": frontTraefik,
}

// replaced swaps parts of a snippet, each of which has to be there.
func replaced(t *testing.T, text string, parts ...string) string {
	t.Helper()
	for i := 0; i < len(parts); i += 2 {
		if !strings.Contains(text, parts[i]) {
			t.Fatalf("the snippet has no %q:\n%s", parts[i], text)
		}
		text = strings.ReplaceAll(text, parts[i], parts[i+1])
	}
	return text
}

func written(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// awaitPort waits until somebody listens.
func (p *process) awaitPort(port int) {
	p.t.Helper()
	p.await("port "+fmt.Sprint(port), func() bool {
		c, err := net.Dial("tcp", local(port))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func frontNginx(t *testing.T, p pair, site, plain, app int) *front {
	nodetest.Need(t, nodetest.Nginx)
	program, err := nodetest.ProgramPath(nodetest.Nginx)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// Not every machine has IPv6.
	text := replaced(t, snippetFor(t, "/etc/nginx/sites-enabled/madang"),
		"    listen [::]:80;\n", "", "    listen [::]:443 ssl http2;\n", "",
		"listen 80;", "listen "+local(plain)+";",
		"listen 443 ssl http2;", "listen "+local(site)+" ssl http2;",
		"/etc/letsencrypt/live/chat.example.org/fullchain.pem", p.cert,
		"/etc/letsencrypt/live/chat.example.org/privkey.pem", p.key,
		"127.0.0.1:8005", local(app))
	// What Debian's nginx.conf says, where only root may do what it says.
	config := written(t, filepath.Join(dir, "nginx.conf"), fmt.Sprintf(`
pid %[1]s/nginx.pid;
error_log stderr;
events { worker_connections 768; }
http {
	access_log off;
	gzip on;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	include %[2]s;
}`, dir, written(t, filepath.Join(dir, "madang"), text)))
	if os.Getuid() == 0 { // its workers run as somebody else
		os.Chmod(filepath.Dir(dir), 0o755)
		os.Chmod(dir, 0o755)
	}
	run := start(t, exec.Command(program, "-e", "stderr", "-c", config, "-g", "daemon off;"))
	t.Cleanup(func() { // killed, it would leave its workers behind
		run.cmd.Process.Signal(syscall.SIGTERM)
		<-run.ended
	})
	run.awaitPort(site)
	return &front{process: run, reload: func() { run.cmd.Process.Signal(syscall.SIGHUP) }}
}

func frontCaddy(t *testing.T, p pair, site, plain, app int) *front {
	nodetest.Need(t, nodetest.Caddy)
	dir := t.TempDir()
	admin := nodetest.FreePort(t)
	text := fmt.Sprintf("{\n\tadmin %s\n\thttp_port %d\n\thttps_port %d\n\tdefault_bind 127.0.0.1\n}\n", local(admin), plain, site) +
		replaced(t, snippetFor(t, "/etc/caddy/Caddyfile"),
			"chat.example.org {\n", fmt.Sprintf("chat.example.org:%d {\n\ttls %s %s\n", site, p.cert, p.key),
			"127.0.0.1:8005", local(app))
	config := written(t, filepath.Join(dir, "Caddyfile"), text)
	caddy := func(args ...string) *exec.Cmd {
		cmd := exec.Command("caddy", append(args, "--config", config, "--adapter", "caddyfile")...)
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
		return cmd
	}
	run := start(t, caddy("run"))
	run.awaitPort(site)
	return &front{process: run, reload: func() {
		if out, err := caddy("reload", "--address", local(admin), "--force").CombinedOutput(); err != nil {
			t.Errorf("caddy reload: %v\n%s", err, out)
		}
	}}
}

// frontTraefik needs a traefik in the PATH: no package of Debian has one.
func frontTraefik(t *testing.T, p pair, site, plain, app int) *front {
	program, err := exec.LookPath("traefik")
	if err != nil {
		t.Skip("NOT RUN: the snippet of Traefik, which isn't in the PATH")
	}
	dir := t.TempDir()
	routes := filepath.Join(dir, "madang.yml")
	static := replaced(t, snippetFor(t, "/etc/traefik/traefik.yml"),
		`":80"`, fmt.Sprintf("%q", local(plain)), `":443"`, fmt.Sprintf("%q", local(site)),
		"to: websecure", fmt.Sprintf("to: ':%d'", site),
		"/etc/traefik/acme.json", filepath.Join(dir, "acme.json"),
		"/etc/traefik/madang.yml", routes)
	// Nobody certifies the name to this machine.
	dynamic := replaced(t, snippetFor(t, "/etc/traefik/madang.yml"),
		"      tls:\n        certResolver: letsencrypt\n", "      tls: {}\n", "127.0.0.1:8005", local(app)) +
		fmt.Sprintf("tls:\n  certificates:\n    - certFile: %s\n      keyFile: %s\n", p.cert, p.key)
	written(t, routes, dynamic)
	run := start(t, exec.Command(program, "--configFile="+written(t, filepath.Join(dir, "traefik.yml"), static)))
	run.awaitPort(site)
	return &front{process: run, reload: func() {
		// It reads at any moment.
		if err := os.Rename(written(t, routes+".new", dynamic+"\n"), routes); err != nil {
			t.Error(err)
		}
	}}
}
