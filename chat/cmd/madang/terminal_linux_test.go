package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudoterminal: what a program writes to its end can be read here.
func terminal(t *testing.T) (here, end *os.File) {
	t.Helper()
	here, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close() })
	if err := unix.IoctlSetPointerInt(int(here.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(here.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	end, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end.Close() })
	return here, end
}

// A person at a terminal reads sentences and lines of text.
func TestFirstStartOnATerminal(t *testing.T) {
	here, end := terminal(t)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, binary(t), "--listen=localhost:0", "--metrics=off", "--data="+filepath.Join(t.TempDir(), "data"))
	cmd.Env = append(os.Environ(), "LC_ALL=ko_KR.UTF-8")
	cmd.Stdout, cmd.Stderr = end, end
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end.Close()
	read := make(chan string)
	go func() {
		var text strings.Builder
		b := make([]byte, 4096)
		asked := false
		for {
			n, err := here.Read(b) // an error is the end of the program
			text.Write(b[:n])
			if !asked && strings.Contains(text.String(), "  serving  ") {
				asked = true
				cmd.Process.Signal(syscall.SIGTERM)
			}
			if err != nil {
				read <- text.String()
				return
			}
		}
	}()
	text := <-read
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{`마당이 열렸어요\.`, `이 컴퓨터에서 +http://127\.0\.0\.1:\d+`, `Ctrl\+C`, `(?m)^\d\d:\d\d:\d\d  serving  version=\S+ port=\d+`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "{") || strings.Contains(text, "network") {
		t.Errorf("%s", text)
	}
}
