package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
)

// A client is one library in one version, with the program that puts it to work.
type client struct {
	name, version string
	language      string
	tools         []string // they must be on this machine
	serverEnv     []string // what the server has besides
	// prepare installs the library and tells how to start the program. A second time it costs
	// little.
	prepare func(folder string) (command []string, err error)
}

var clients = []client{
	{name: "python-socketio 5, sync", version: "5.18.1", language: "Python", tools: []string{"python3"}, prepare: python("5", "sync")},
	{name: "python-socketio 5, asyncio", version: "5.18.1", language: "Python", tools: []string{"python3"}, prepare: python("5", "asyncio")},
	{name: "python-socketio 5, msgpack", version: "5.18.1", language: "Python", tools: []string{"python3"}, prepare: python("5", "msgpack"), serverEnv: []string{"PARSER=msgpack"}},
	{name: "python-socketio 4, sync", version: "4.6.1", language: "Python", tools: []string{"python3"}, prepare: python("4", "sync")},
	{name: "python-socketio 4, asyncio", version: "4.6.1", language: "Python", tools: []string{"python3"}, prepare: python("4", "asyncio")},
	{name: "socket.io-client-java 2", version: "2.1.2", language: "Java", tools: []string{"mvn", "javac", "java"}, prepare: java("2.1.2")},
	{name: "socket.io-client-java 1", version: "1.0.2", language: "Java", tools: []string{"mvn", "javac", "java"}, prepare: java("1.0.2")},
	{name: "rust_socketio, async", version: "0.6.0", language: "Rust", tools: []string{"cargo"}, prepare: rust},
	// With rarer heartbeats than the others: see tries in go/main.go.
	{name: "zishang520/socket.io (Go)", version: "3.0.6", language: "Go", tools: []string{"go"}, prepare: golang,
		serverEnv: []string{"PING_INTERVAL=1000"}},
}

// installed calls install for an empty dir, unless it was done already for the same list of
// packages: a copy of the list, written last, tells that all of it is there.
func installed(list, dir string, install func() error) error {
	want, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	done := dir + "/installed"
	if have, err := os.ReadFile(done); err == nil && bytes.Equal(have, want) {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := install(); err != nil {
		return err
	}
	return os.WriteFile(done, want, 0o644)
}

func execute(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
