package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program as users get it, built for the first test that asks.
func binary(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var binaryDir string // set by built

var built = sync.OnceValues(func() (path string, err error) {
	if binaryDir, err = os.MkdirTemp("", "madang-test-"); err != nil {
		return "", err
	}
	path = filepath.Join(binaryDir, "madang")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

func removeBinary() {
	if binaryDir != "" {
		os.RemoveAll(binaryDir)
	}
}

// process is the program in a process of its own.
type process struct {
	cmd      *exec.Cmd
	out, err *output
	url      string
}

func launch(t *testing.T, path, dir, listen string, settings ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(path, append([]string{"--listen=" + listen, "--data=" + dir}, settings...)...), out: newOutput(), err: newOutput()}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	p.url = p.out.opened(t)
	return p
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func TestSignalEndsTheProcess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("there is no such signal here")
		return
	}
	path := binary(t)
	for _, end := range []os.Signal{syscall.SIGTERM, os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(end) { // as nohup has it, and the program with it
			continue
		}
		p := launch(t, path, filepath.Join(t.TempDir(), "data"), "localhost:0")
		b := newBrowser(t, p.url)
		room := b.openRoom(`{"title":"마당"}`)
		b.sit(room)
		// A long poll is under way when the signal comes.
		polled := make(chan error, 1)
		a := b.do("GET", "/socket.io/?EIO=4&transport=polling", "", "Origin: "+p.url)
		var open struct{ SID string }
		json.Unmarshal([]byte(a.body[1:]), &open)
		go func() {
			_, err := b.try("GET", "/socket.io/?EIO=4&transport=polling&sid="+open.SID, "", "Origin: "+p.url)
			polled <- err
		}()
		if err := p.cmd.Process.Signal(end); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- p.cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%v: %v\n%s", end, err, p.err)
			}
		case <-time.After(patience):
			t.Fatalf("%v doesn't end the process", end)
		}
		<-polled
	}
}
