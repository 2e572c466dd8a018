package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// Lines that nobody reads are waited for once. Who reads again learns that there were more.
func TestNobodyReadsTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		log := newLogger(w, false, "text", slog.LevelInfo)
		start := time.Now()
		for i := range 5 {
			log.Info(fmt.Sprint("line-", i))
		}
		if took := time.Since(start); took != logPatience {
			t.Errorf("five lines took %v", took)
		}
		all := make(chan string)
		go func() {
			text, _ := io.ReadAll(r)
			all <- string(text)
		}()
		synctest.Wait()
		log.Info("line-5")
		w.Close()
		text := <-all
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if len(lines) != 3 || !strings.Contains(lines[0], "line-0") || !strings.Contains(lines[1], "lines=4") || !strings.Contains(lines[2], "line-5") {
			t.Errorf("%s", text)
		}
	})
}

// A log that nobody reads, or whose reader has ended, neither stops the chat nor keeps it from
// ending.
func TestServesWithoutItsLog(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("there is no such signal here")
		return
	}
	path := binary(t)
	for _, gone := range []bool{false, true} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		p := &process{cmd: exec.Command(path, "--listen=localhost:0", "--data="+filepath.Join(t.TempDir(), "data"), "--log-level=debug"), out: newOutput()}
		p.cmd.Stdout, p.cmd.Stderr = p.out, w
		if err := p.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.kill)
		w.Close()
		b := newBrowser(t, p.out.opened(t))
		if gone {
			r.Close()
		}
		for range 30 { // which fill the pipe
			if a := b.do("GET", "/"+strings.Repeat("/x", 2000), ""); a.status != 404 {
				t.Fatalf("%+v", a)
			}
		}
		p.cmd.Process.Signal(syscall.SIGTERM)
		ended := make(chan error, 1)
		go func() { ended <- p.cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%v", err)
			}
		case <-time.After(patience):
			t.Fatal("the process doesn't end")
		}
	}
}
