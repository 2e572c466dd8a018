package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m) }

// TestTwoTabs starts the program as its user does and looks at its page in a real browser.
func TestTwoTabs(t *testing.T) {
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	url := serveBasics(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "browser.mjs", url, chromium, t.TempDir())
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("browser: %v\n%s", err, out)
	}
}

// serveBasics builds and starts the program on a free port and returns the address it prints.
func serveBasics(t *testing.T) string {
	program, err := nodetest.Build(t.TempDir(), "./examples/basics")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "PORT=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	url := regexp.MustCompile(`http://localhost:\d+`).FindString(line)
	if url == "" {
		t.Fatalf("%s printed no address: %q, %v", filepath.Base(program), line, err)
	}
	go io.Copy(io.Discard, out) // ends with the process
	return url
}
