package hosting

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// systemd hears when the program serves, that it goes on working, and that it ends.
func TestServiceManagerIsTold(t *testing.T) {
	m := manage(t, "madang.socket")
	p := m.start([]string{"WATCHDOG_USEC=400000"})
	if first := m.told("READY=1", "WATCHDOG=1"); first != "WATCHDOG=1" {
		m.told("WATCHDOG=1")
	}
	m.told("STATUS=Serving")
	m.told("WATCHDOG=1")
	p.end()
	m.told("STOPPING=1")
}

// The real systemd-socket-activate hands its socket over.
func TestSystemdSocketActivate(t *testing.T) {
	nodetest.Need(t, nodetest.SocketActivate)
	path, err := nodetest.ProgramPath(nodetest.SocketActivate)
	if err != nil {
		t.Fatal(err)
	}
	address := local(nodetest.FreePort(t))
	// By itself the program would find its address taken.
	p := start(t, exec.Command(path, "--listen="+address, "--fdname=madang.socket", madang(t), "serve", "--metrics=off",
		"--data="+filepath.Join(t.TempDir(), "data"), "--listen="+address))
	p.await("the socket", func() bool { return strings.Contains(p.log.String(), "Listening on") })
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	a, err := client.Get("http://" + address + "/readyz") // starts the program
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != 200 {
		t.Errorf("status %d", a.StatusCode)
	}
	p.await("its address", func() bool { return strings.Contains(p.out.String(), address) })
	p.end()
}

// A socket that nobody would answer is an error, not a visitor's endless wait.
func TestSocketsThatCantBeServed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for what, c := range map[string]struct {
		names []string
		open  func() (net.Listener, error)
		want  string
	}{
		"two of one name":     {[]string{"a.socket", "b.socket"}, nil, "there is another one"},
		"http without TLS":    {[]string{"madang.socket", "http"}, nil, "with certificates"},
		"a socket of no port": {[]string{"madang.socket"}, func() (net.Listener, error) { return net.Listen("unix", path) }, "isn't one of TCP"},
	} {
		t.Run(what, func(t *testing.T) {
			m := manage(t, c.names...)
			if c.open != nil {
				l, err := c.open()
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				f, err := l.(*net.UnixListener).File()
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				m.held = []*os.File{f}
			}
			p := m.start(nil)
			select {
			case <-p.ended:
			case <-time.After(patience):
				t.Fatal("it serves")
			}
			if text := p.log.String(); p.err == nil || !strings.Contains(text, c.want) || strings.Count(text, "\n") != 1 {
				t.Errorf("%v: %s", p.err, text)
			}
		})
	}
}

// Without systemd's variables, or with those of another process, the program listens by itself.
func TestVariablesOfAnotherProcess(t *testing.T) {
	port := nodetest.FreePort(t)
	cmd := exec.Command(madang(t), "serve", "--metrics=off", "--data="+filepath.Join(t.TempDir(), "data"), "--listen="+local(port))
	cmd.Env = append(os.Environ(), "LISTEN_PID="+fmt.Sprint(os.Getpid()), "LISTEN_FDS=1", "WATCHDOG_USEC=nonsense")
	p := start(t, cmd)
	p.await("its address", func() bool { return strings.Contains(p.out.String(), local(port)) })
	p.end()
}
