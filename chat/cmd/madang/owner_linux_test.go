package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Another user than the folder's owner is told to become that one. Who may not write where a room
// is exported to is told that, and by which name.
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
	m, _ := start(t, dir)
	room := newBrowser(t, m.URL()).openRoom(`{"title":"마당"}`)
	cmd := exec.Command(path, "healthcheck", "--data="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "no permission to reach the server") || !strings.Contains(string(out), "the user who owns the folder") {
		t.Errorf("%v: %s", err, out)
	}
	for _, name := range []string{dir, filepath.Join(dir, "control.sock")} { // so that it may ask
		if err := os.Chown(name, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	cmd = exec.Command(path, "export", room, "--data="+dir)
	cmd.Dir = base
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "no permission to make room-") || strings.Contains(string(out), "unfinished") {
		t.Errorf("%v: %s", err, out)
	}
}
