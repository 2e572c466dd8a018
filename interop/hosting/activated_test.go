package hosting

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A manager does what systemd does with a .socket unit and a service of Type=notify: it keeps the
// listening socket while the program comes and goes, and hears how the program is.
type manager struct {
	t      *testing.T
	data   string
	held   []*os.File
	names  []string
	url    string // of the first socket
	notify *net.UnixConn
	path   string // of notify
}

// manage holds a socket of loopback under each of the names.
func manage(t *testing.T, names ...string) *manager {
	t.Helper()
	m := &manager{t: t, data: filepath.Join(t.TempDir(), "data"), names: names}
	for range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // the file is another descriptor
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		if m.url == "" {
			m.url = "http://" + l.Addr().String()
		}
		m.held = append(m.held, f)
	}
	// A path of a socket is short, that of a test's folder may not be.
	dir, err := os.MkdirTemp("", "madang-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	m.path = filepath.Join(dir, "notify")
	if m.notify, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.notify.Close() })
	return m
}

// start starts the program with the sockets. It doesn't wait.
func (m *manager) start(environment []string, args ...string) *process {
	m.t.Helper()
	// The variable has to name the very process, which a shell becomes.
	args = append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`, madang(m.t), "serve", "--data=" + m.data, "--metrics=off", "--log-level=warn"}, args...)
	cmd := exec.Command("sh", args...)
	cmd.ExtraFiles = m.held
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+m.path, "LISTEN_FDS="+string('0'+rune(len(m.held))), "LISTEN_FDNAMES="+strings.Join(m.names, ":"))
	cmd.Env = append(cmd.Env, environment...)
	return start(m.t, cmd)
}

// told waits until the program says one of these lines, and returns it.
func (m *manager) told(lines ...string) string {
	m.t.Helper()
	m.notify.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	for {
		n, err := m.notify.Read(buf)
		if err != nil {
			m.t.Fatalf("the program doesn't say %v: %v", lines, err)
		}
		for said := range strings.SplitSeq(string(buf[:n]), "\n") {
			for _, line := range lines {
				if said == line {
					return said
				}
			}
		}
	}
}

// gone waits for the end of a process that was told to.
func (p *process) gone() {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%v doesn't end", p.cmd.Args)
	}
	if p.err != nil {
		p.t.Errorf("%v ended with %v", p.cmd.Args, p.err)
	}
}
