package main

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// TestTwoPeople lets two people talk in a real browser and kills the server in the middle.
func TestTwoPeople(t *testing.T) {
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	program, dir, listen := binary(t), filepath.Join(t.TempDir(), "data"), freeAddress(t)
	server := launch(t, program, dir, listen)

	cmd := exec.CommandContext(t.Context(), "node", "story.mjs", "http://"+listen, chromium)
	answers, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	asked, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	problems := newOutput()
	cmd.Stderr = problems
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(asked); lines.Scan(); {
		switch lines.Text() {
		case "kill":
			server.kill()
			fmt.Fprintln(answers, "killed")
		case "start":
			server = launch(t, program, dir, listen)
			fmt.Fprintln(answers, "started")
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, problems)
	}
}

// freeAddress is an address that nobody listens on now.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
