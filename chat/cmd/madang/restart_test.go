package main

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// end ends the process as its operator does, and fails when that isn't done in ten seconds.
func (p *process) end(t *testing.T) {
	t.Helper()
	start := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
		return
	}
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	select {
	case err := <-ended:
		if took := time.Since(start); err != nil || took > 10*time.Second {
			t.Errorf("it ended after %v: %v\n%s", took, err, p.err)
		}
	case <-time.After(patience):
		t.Errorf("SIGTERM doesn't end it\n%s", p.err)
	}
}

// The page says that the server restarts, in the room and in the lobby, until it is back; and then
// what was missed.
func TestC21RestartInTheBrowser(t *testing.T) {
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	if runtime.GOOS == "windows" {
		t.Log("there is no such signal here")
		return
	}
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	program, dir, listen := binary(t), filepath.Join(t.TempDir(), "data"), freeAddress(t)
	server := launch(t, program, dir, listen)
	other := newBrowser(t, server.url)
	room := other.openRoom(`{"title":"산책"}`)
	other.sit(room)

	cmd := exec.CommandContext(t.Context(), "node", "restart.mjs", "http://"+listen, chromium, room)
	problems := newOutput()
	cmd.Stderr = problems
	answers, asked := nodetest.Start(t, cmd)
	for lines := bufio.NewScanner(asked); lines.Scan(); {
		switch lines.Text() {
		case "stop":
			server.end(t)
			fmt.Fprintln(answers, "stopped")
		case "start":
			server = launch(t, program, dir, listen)
			other.do("POST", "/room/"+room+"/chat", `{"chat":"그동안"}`)
			fmt.Fprintln(answers, "started")
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, problems)
	}
}
