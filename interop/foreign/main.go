// Command foreign drives Socket.IO clients of other languages against the server of interop/server and prints a table:
// how many of the checks each client passed over each kind of transport.
//
//	go run ./interop/foreign [NAME...]
//
// runs the clients whose name contains one of the arguments, or all. It ends with status 1 when a check failed.
// What the clients need is installed below interop/foreign/.build; a language without its tools is left out, with a
// line.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/madang-chat/madang/internal/nodetest"
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
	folder := nodetest.Root() + "/interop/foreign"
	if err := os.MkdirAll(folder+"/.build", 0o755); err != nil {
		return false, err
	}
	program, err := buildServer(folder + "/.build")
	if err != nil {
		return false, err
	}
	var t table
	missing := map[string]bool{}
	for _, c := range clients {
		if !chosen(c, names) {
			continue
		}
		if _, err := exec.LookPath(c.tool); err != nil {
			if !missing[c.tool] {
				fmt.Printf("NOT RUN: clients in %s (%s is missing)\n", c.language, c.tool)
			}
			missing[c.tool] = true
			continue
		}
		command, err := c.prepare(folder)
		if err != nil {
			return false, fmt.Errorf("prepare %s: %w", c.name, err)
		}
		for _, transport := range transports {
			t.add(c, transport, runChecks(program, c, command, transport))
		}
	}
	fmt.Print(t.String())
	return t.passed(), nil
}

func chosen(c client, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return strings.Contains(c.name, name) })
}
