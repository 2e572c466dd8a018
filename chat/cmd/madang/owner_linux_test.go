package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Another user than the folder's owner is told to become that one.
func TestControlOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("nobody else can be asked for")
		return
	}
	base, err := os.MkdirTemp("", "madang-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	path := filepath.Join(base, "madang")
	if err := os.Link(binary(t), path); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "data")
	start(t, dir)
	cmd := exec.Command(path, "healthcheck", "--data="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "no permission to reach the server") || !strings.Contains(string(out), "the user who owns the folder") {
		t.Errorf("%v: %s", err, out)
	}
}
