package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// Three servers behind nginx, which gives each request and each WebSocket to the next one, serve
// every client.
func TestWithoutStickySessions(t *testing.T) {
	nodetest.Need(t, nodetest.Redis, nodetest.Nginx, nodetest.Node, nodetest.Packages)
	if os.Getenv("INTEROP_SERVER") != "" {
		t.Skip("another server may have no BUS")
	}
	env := append(startRedis(t), "BUS=redis", "ANY_SERVER=1", "ALLOW_EIO3=1", "PING_INTERVAL=1000", "PING_TIMEOUT=20000")
	var ports []string
	for _, name := range []string{"a", "b", "c"} {
		ports = append(ports, start(t, "0", append(env, "NAME="+name)...).port)
	}
	url := "http://127.0.0.1:" + startNginx(t, ports)
	for _, client := range clients {
		for _, transport := range transports {
			t.Run(client+"/"+transport, func(t *testing.T) {
				t.Parallel()
				cmd := exec.Command("node", "any.mjs", client, transport, url, strings.Join(ports, ","))
				cmd.Dir = filepath.Join(nodetest.Root(), "interop", "clients")
				timer := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
				defer timer.Stop()
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}

// startNginx starts a balancer that knows nothing of sessions, and returns its port.
func startNginx(t *testing.T, ports []string) (port string) {
	t.Helper()
	program, err := nodetest.ProgramPath(nodetest.Nginx)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	port = strconv.Itoa(nodetest.FreePort(t))
	var servers strings.Builder
	for _, p := range ports {
		fmt.Fprintf(&servers, "server 127.0.0.1:%s;\n", p)
	}
	config := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`
pid %[1]s/nginx.pid;
error_log stderr;
worker_processes 1;
events { worker_connections 768; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	upstream servers {
		%[2]s
	}
	map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
	server {
		listen 127.0.0.1:%[3]s;
		location /socket.io/ {
			proxy_pass http://servers;
			proxy_http_version 1.1;
			proxy_set_header Host $host;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_upgrade;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
		}
	}
}`, dir, servers.String(), port)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 { // its workers run as somebody else
		os.Chmod(filepath.Dir(dir), 0o755)
		os.Chmod(dir, 0o755)
	}
	cmd := exec.Command(program, "-e", "stderr", "-c", config, "-g", "daemon off;")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // killed, it would leave its workers behind
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	for range 500 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return port
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("nginx doesn't listen")
	return ""
}
