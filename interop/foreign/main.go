// Command foreign drives Socket.IO clients of other languages against the server of interop/server
// and prints a table: how many of the checks each client passed over each kind of transport.
//
//	go run ./interop/foreign [NAME...]
//
// runs the clients whose name contains one of the arguments, or all. It ends with status 1 when a
// check failed. What the clients need is installed below interop/foreign/.build; a language without
// its tools is left out, with a line.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// In upgrade a client starts by polling and goes on by WebSocket.
var transports = []string{"polling", "websocket", "upgrade"}

func main() {
	ok, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run tells whether all that was run passed.
func run(names []string) (bool, error) {
	root, err := repository()
	if err != nil {
		return false, err
	}
	folder := root + "/interop/foreign"
	if err := os.MkdirAll(folder+"/.build", 0o755); err != nil {
		return false, err
	}
	program, err := buildServer(root, folder+"/.build")
	if err != nil {
		return false, err
	}
	var t table
	missing := map[string]bool{}
	for _, c := range clients {
		if !chosen(c, names) {
			continue
		}
		if tool := lacks(c.tools); tool != "" {
			if !missing[c.language] {
				fmt.Printf("NOT RUN: clients in %s (%s is missing)\n", c.language, tool)
			}
			missing[c.language] = true
			continue
		}
		command, err := c.prepare(folder)
		if err != nil {
			t.fault(fmt.Sprintf("%s: prepare: %v", c.name, err))
			continue
		}
		for _, transport := range transports {
			t.add(c, transport, runChecks(program, c, command, transport))
		}
	}
	fmt.Print(t.String())
	return t.passed(), nil
}

// repository is the folder of go.work.
func repository() (string, error) {
	out, err := exec.Command("go", "env", "GOWORK").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOWORK: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if filepath.Base(file) != "go.work" {
		return "", errors.New("it must be run inside the repository, by go.work")
	}
	return filepath.Dir(file), nil
}

// lacks returns the first tool that this machine hasn't.
func lacks(tools []string) string {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return tool
		}
	}
	return ""
}

func chosen(c client, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return strings.Contains(c.name, name) })
}
