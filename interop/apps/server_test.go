package apps

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// patience is how long a server may take to begin, and visitTime how long a browser test may take;
// far more than they need.
const (
	patience  = 30 * time.Second
	visitTime = 3 * time.Minute
)

// ports is how many ports in a row an example uses, from 3000 on.
const ports = 5

// A port is the first of those that a server has instead.
type port int

func (p port) String() string { return strconv.Itoa(int(p)) }

// freePorts finds ports in a row that nobody listens on.
func freePorts(t *testing.T) port {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		held := []net.Listener{l}
		base := l.Addr().(*net.TCPAddr).Port
		for i := 1; i < ports && err == nil; i++ {
			if l, err = net.Listen("tcp", fmt.Sprintf(":%d", base+i)); err == nil {
				held = append(held, l)
			}
		}
		for _, l := range held {
			l.Close()
		}
		if err == nil {
			return port(base)
		}
	}
	t.Fatalf("no %d free ports in a row", ports)
	return 0
}

// A server is the process of an example.
type server struct {
	base    port
	printed *nodetest.Output
}

// start runs a server until the test is over, and waits until it listens.
func start(t *testing.T, folder string, base port, args []string, env ...string) *server {
	t.Helper()
	s := &server{base, new(nodetest.Output)}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = s.printed, s.printed
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { // ends with the process, at the latest in the cleanup
		cmd.Wait()
		close(gone)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-gone
		for _, bad := range []string{"DATA RACE", "panic"} {
			if strings.Contains(s.printed.String(), bad) {
				t.Errorf("the server printed\n%s", s.printed)
			}
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		c, err := net.Dial("tcp", "localhost:"+base.String())
		if err == nil {
			c.Close()
			return s
		}
		select {
		case <-gone:
			t.Fatalf("the server ended:\n%s", s.printed)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("the server doesn't listen: %v\n%s", err, s.printed)
		}
	}
}

// rules lead a browser to the server.
func (s *server) rules() (rules []string) {
	for i := range ports {
		rules = append(rules, fmt.Sprintf("MAP localhost:%d 127.0.0.1:%d", 3000+i, int(s.base)+i))
	}
	return rules
}

// drive runs a browser test.
func (s *server) drive(t *testing.T, script string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), visitTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{filepath.Base(script)}, args...)...)
	cmd.Dir = filepath.Dir(script)
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s\nthe server printed\n%s", script, err, out, s.printed)
	}
}
