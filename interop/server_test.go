package interop

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

// program is the server under test: interop/server, or what $INTEROP_SERVER names, for
// checking the checks against another implementation of the same contract.
var program = os.Getenv("INTEROP_SERVER")

func TestMain(m *testing.M) {
	if program == "" {
		if err := build(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	leak.Main(m)
}

// build compiles the server next to the test's own program, in the folder that go test removes.
func build() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find a place for the server: %w", err)
	}
	program, err = nodetest.Build(filepath.Dir(self), "interop/server")
	return err
}

// server is one running process of the program.
type server struct {
	port string
	cmd  *exec.Cmd
	log  *strings.Builder // read only after the process has ended
}

// start runs the server in mode contract on a port, "0" for any, and waits until it listens.
// The test fails when the server writes a race report or a panic, whoever provoked it.
func start(t *testing.T, port string, env ...string) *server {
	t.Helper()
	s := &server{cmd: exec.Command(program), log: new(strings.Builder)}
	s.cmd.Env = append(os.Environ(), append([]string{"MODE=contract", "PORT=" + port}, env...)...)
	s.cmd.Stderr = s.log
	s.cmd.WaitDelay = 10 * time.Second
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if port, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			s.port = port
			go io.Copy(io.Discard, out) // ends with the process
			return s
		}
	}
	t.Fatalf("the server ended before it was ready: %v", lines.Err())
	return nil
}

// stop kills the process, as a crash would, and looks at what it wrote. Twice is fine.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	s.cmd.Process.Kill()
	s.cmd.Wait()
	for _, word := range []string{"panic:", "DATA RACE", "fatal error:"} {
		if strings.Contains(s.log.String(), word) {
			t.Errorf("the server wrote:\n%s", s.log)
			return
		}
	}
}

func (s *server) url() string { return "http://127.0.0.1:" + s.port }
