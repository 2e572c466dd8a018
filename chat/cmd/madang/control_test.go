package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat/control"
)

// command runs the program once.
func command(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

// does runs a command that succeeds.
func does(t *testing.T, args ...string) (out string) {
	t.Helper()
	code, out, err := command(t, args...)
	if code != 0 || err != "" {
		t.Fatalf("%v = %d: %s%s", args, code, out, err)
	}
	return out
}

// fails runs a command that says these words and exits with 1.
func fails(t *testing.T, args []string, words ...string) {
	t.Helper()
	code, out, err := command(t, args...)
	if code != 1 || out != "" || strings.Count(err, "\n") != 1 || !strings.HasPrefix(err, "madang: ") {
		t.Errorf("%v = %d: %q, %q", args, code, out, err)
	}
	for _, word := range words {
		if !strings.Contains(err, word) {
			t.Errorf("%v says %q, not %q", args, err, word)
		}
	}
}

func TestHealthcheck(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if runtime.GOOS != "windows" { // longer than the address of a socket may be
		dir = filepath.Join(t.TempDir(), strings.Repeat("data-", 40))
	}
	check := []string{"healthcheck", "--data=" + dir}
	fails(t, check, "no server is running", "doesn't exist")
	m, _ := start(t, dir)
	if out := does(t, check...); out != "ready\n" {
		t.Errorf("%q", out)
	}
	media := filepath.Join(dir, "media")
	if err := os.RemoveAll(media); err != nil {
		t.Fatal(err)
	}
	fails(t, check, "not ready: try to write an image")
	if err := os.Mkdir(media, 0o700); err != nil {
		t.Fatal(err)
	}
	does(t, check...)
	m.Close()
	fails(t, check, "no server is running on the data folder "+dir)
	if _, err := os.Lstat(filepath.Join(dir, control.Socket)); !os.IsNotExist(err) {
		t.Errorf("the socket stays: %v", err)
	}
}

// A server that doesn't answer any more isn't healthy, and the check ends.
func TestHealthcheckOfAHangingServer(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, control.Socket))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fails(t, []string{"healthcheck", "--data=" + dir}, "doesn't answer within 5s")
}

// Where no socket can be opened the server works all the same, and says what doesn't.
func TestServerWithoutControl(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(dir, control.Socket, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	m, log := start(t, dir)
	if a := newBrowser(t, m.URL()).do("GET", "/readyz", ""); a.status != 200 {
		t.Errorf("%+v", a)
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "healthcheck, rooms, ban") {
		t.Errorf("%s", text)
	}
	fails(t, []string{"healthcheck", "--data=" + dir}, "no server is running")
}

// A second server on the same folder leaves the first one's door alone, whatever becomes of itself.
func TestControlStaysTheFirsts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	start(t, dir)
	for range 2 {
		fails(t, []string{"serve", "--listen=localhost:0", "--data=" + dir}, "in use by")
		does(t, "healthcheck", "--data="+dir)
	}
}

// What a killed process leaves is in nobody's way.
func TestControlAfterAKill(t *testing.T) {
	path, dir := binary(t), filepath.Join(t.TempDir(), "data")
	p := launch(t, path, dir, "localhost:0")
	does(t, "healthcheck", "--data="+dir)
	p.kill()
	fails(t, []string{"healthcheck", "--data=" + dir}, "no server is running")
	start(t, dir)
	does(t, "healthcheck", "--data="+dir)
}

// The socket is nothing that backups know.
func TestBackupLeavesTheControlSocket(t *testing.T) {
	dir, copied := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "copy")
	m, _ := start(t, dir)
	does(t, "backup", "--data="+dir, copied)
	does(t, "verify", copied)
	if _, err := os.Lstat(filepath.Join(copied, control.Socket)); !os.IsNotExist(err) {
		t.Errorf("the backup has the socket: %v", err)
	}
	does(t, "healthcheck", "--data="+dir)
	m.Close()
	if runtime.GOOS == "windows" {
		return
	}
	// One that a dead process left is no data that would have to be replaced.
	fresh := filepath.Join(t.TempDir(), "fresh")
	if err := os.Mkdir(fresh, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(fresh, control.Socket), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	does(t, "restore", "--data="+fresh, copied)
	start(t, fresh)
	does(t, "healthcheck", "--data="+fresh)
}
