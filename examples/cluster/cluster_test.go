package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m) }

// Clients through nginx come to all servers, see each other, and go on when one is killed.
func TestUp(t *testing.T) {
	nodetest.Need(t, nodetest.Redis, nodetest.Nginx, nodetest.Node, nodetest.Packages)
	program, err := nodetest.Build(t.TempDir(), "examples/cluster")
	if err != nil {
		t.Fatal(err)
	}
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "PORT="+ports[0], "CLIENT="+filepath.Join(nodetest.Root(), "node_modules", "socket.io-client", "dist"))
	lines, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	processes := make(chan string, 100)
	logged := make(chan string, 1)
	go func() {
		var all strings.Builder
		is := regexp.MustCompile(`^go-1 .*process (\d+),`)
		for s := bufio.NewScanner(lines); s.Scan(); {
			all.WriteString(s.Text() + "\n")
			if m := is.FindStringSubmatch(s.Text()); m != nil {
				processes <- m[1]
			}
		}
		logged <- all.String()
	}()
	opened, _ := bufio.NewReader(stdout).ReadString('\n')
	if !strings.HasPrefix(opened, "Open http://localhost:") {
		t.Errorf("it says %q", opened)
	} else {
		client := exec.CommandContext(t.Context(), "node", "test.mjs", ports[0], <-processes)
		if out, err := client.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(60*time.Second, func() { _ = cmd.Process.Kill() })
	text := <-logged
	err = cmd.Wait()
	if !late.Stop() || err != nil {
		t.Errorf("it ends with %v", err)
	}
	if t.Failed() {
		t.Log(text)
	}
}
