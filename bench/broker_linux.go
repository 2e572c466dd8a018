package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// A broker is what connects the servers of a cluster, on a port of its own.
type broker struct {
	*server
	url string
	dir string // of its own
}

// startRedis runs a Redis that keeps nothing on disk.
func startRedis(ctx context.Context, dir string) (*broker, error) {
	path, err := program("redis-server", "/usr/sbin/redis-server")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning")
	s, err := startBroker(ctx, cmd, dir, port)
	if err != nil {
		return nil, err
	}
	return &broker{server: s, url: "redis://127.0.0.1:" + port}, nil
}

// startNATS runs a nats-server, which is built when there is none.
func startNATS(ctx context.Context, dir string) (*broker, error) {
	path, err := program("nats-server", "/usr/sbin/nats-server")
	if err != nil {
		path = filepath.Join(dir, "nats-server")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build nats-server: %w\n%s", err, out)
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, "--addr", "127.0.0.1", "--port", port, "--log", filepath.Join(dir, "log"))
	s, err := startBroker(ctx, cmd, dir, port)
	if err != nil {
		return nil, err
	}
	return &broker{server: s, url: "nats://127.0.0.1:" + port}, nil
}

// startBroker runs a command beside the servers and waits until it takes connections.
func startBroker(ctx context.Context, cmd *exec.Cmd, dir, port string) (*server, error) {
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := startPinned(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	s := &server{cmd: cmd, pid: cmd.Process.Pid, port: port}
	for end := time.Now().Add(startTime); ctx.Err() == nil && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			conn.Close()
			return s, nil
		}
	}
	s.stop()
	return nil, errors.Join(ctx.Err(), fmt.Errorf("%s doesn't listen on port %s", cmd.Path, port))
}

// program looks for one in the PATH, then where patterns lead, the last match first.
func program(name string, patterns ...string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("%s isn't installed", name)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}
