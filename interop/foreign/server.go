package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// buildServer compiles interop/server with the race detector into dir.
func buildServer(root, dir string) (string, error) {
	path := dir + "/server"
	cmd := exec.Command("go", "build", "-race", "-o", path, "./interop/server")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return path, nil
}

// server is one running process of interop/server.
type server struct {
	program string
	env     []string
	port    string
	cmd     *exec.Cmd
	log     *bytes.Buffer // read only after the process has ended
}

// start runs the server on a port of its own, or on the one it had before, and waits until it
// listens.
func (s *server) start() error {
	port := s.port
	if port == "" {
		port = "0"
	}
	s.cmd, s.log = exec.Command(s.program), new(bytes.Buffer)
	// Short intervals let a check see heartbeats.
	s.cmd.Env = append(os.Environ(), "MODE=contract", "PORT="+port, "ALLOW_EIO3=1", "PING_INTERVAL=300", "PING_TIMEOUT=1500")
	s.cmd.Env = append(s.cmd.Env, s.env...)
	s.cmd.Stderr = s.log
	s.cmd.WaitDelay = 10 * time.Second
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if port, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			s.port = port
			go io.Copy(io.Discard, out) // ends with the process
			return nil
		}
	}
	return fmt.Errorf("the server ended before it was ready: %v\n%s", s.kill(), s.log)
}

// kill ends the process as a crash would. The error tells of a panic or a race that it wrote about.
func (s *server) kill() error {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	for _, word := range []string{"panic:", "DATA RACE", "fatal error:"} {
		if strings.Contains(s.log.String(), word) {
			return fmt.Errorf("the server wrote:\n%s", s.log)
		}
	}
	return nil
}

func (s *server) url() string { return "http://127.0.0.1:" + s.port }
