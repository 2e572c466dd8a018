package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// The server of this folder as its own process: pinned, measured, ended.
func TestProcess(t *testing.T) {
	program, err := nodetest.Build(t.TempDir(), "bench/server")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := start(ctx, peer{command: []string{program}, dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(s.pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	if want := "Cpus_allowed_list:\t" + strconv.Itoa(serverCPU) + "\n"; !strings.Contains(string(status), want) {
		t.Errorf("not pinned:\n%s", status)
	}
	long := quick
	long.time = 500 * time.Millisecond // the clock ticks every 10 ms
	found, err := echoes(32)(ctx, s.target(), long)
	if err != nil || found.Figure <= 0 {
		t.Errorf("echo: %v, %v", found, err)
	}
	if held, err := s.target().rss(); err != nil || held < 1<<20 {
		t.Errorf("it holds %d bytes, %v", held, err)
	}
	cancel()
	s.said.Wait()
	s.stop()
	if err := syscall.Kill(s.pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d lives on: %v", s.pid, err)
	}
}

func TestChildrenCount(t *testing.T) {
	s, err := start(t.Context(), peer{command: []string{"sh", "-c", `echo ready 1; sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; exec sleep 60`}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		used, err := s.target().cpu()
		if err != nil {
			t.Fatal(err)
		}
		if used >= 2*clockTick {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("used %v", used)
		}
	}
}

func TestNotReady(t *testing.T) {
	for _, command := range [][]string{{"true"}, {"no-such-program-anywhere"}, {"sh", "-c", "echo hello"}} {
		if s, err := start(t.Context(), peer{command: command}); err == nil {
			s.stop()
			t.Errorf("%v: no error", command)
		}
	}
}
