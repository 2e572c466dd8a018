package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
)

// A client is one library in one version, with the program that puts it to work.
type client struct {
	name, version  string
	language, tool string // the tool must be on this machine
	serverEnv      []string
	// prepare installs the library and tells how to start the program. A second time it costs little.
	prepare func(folder string) (command []string, err error)
}

var clients = []client{
	{name: "python-socketio 5, sync", version: "5.18.1", language: "Python", tool: "python3", prepare: python("5", "sync")},
	{name: "python-socketio 5, asyncio", version: "5.18.1", language: "Python", tool: "python3", prepare: python("5", "asyncio")},
	{name: "python-socketio 5, asyncio, msgpack", version: "5.18.1", language: "Python", tool: "python3", prepare: python("5", "msgpack"), serverEnv: []string{"PARSER=msgpack"}},
	{name: "python-socketio 4, sync", version: "4.6.1", language: "Python", tool: "python3", prepare: python("4", "sync")},
	{name: "python-socketio 4, asyncio", version: "4.6.1", language: "Python", tool: "python3", prepare: python("4", "asyncio")},
}

// python has a virtual environment for each version. A copy of the requirements, written last, tells that it is whole.
func python(version, kind string) func(string) ([]string, error) {
	return func(folder string) ([]string, error) {
		requirements := fmt.Sprintf("%s/python/requirements-%s.txt", folder, version)
		env := folder + "/.build/python-" + version
		command := []string{env + "/bin/python", folder + "/python/main.py", kind}
		want, err := os.ReadFile(requirements)
		if err != nil {
			return nil, err
		}
		installed := env + "/requirements.txt"
		if have, err := os.ReadFile(installed); err == nil && bytes.Equal(have, want) {
			return command, nil
		}
		if err := execute(folder, "python3", "-m", "venv", "--clear", env); err != nil {
			return nil, err
		}
		if err := execute(folder, env+"/bin/pip", "install", "--quiet", "-r", requirements); err != nil {
			return nil, err
		}
		return command, os.WriteFile(installed, want, 0o644)
	}
}

func execute(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
