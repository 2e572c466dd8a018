// Command foreign does all checks of the Go client of github.com/zishang520/socket.io:
//
//	foreign URL polling|websocket|upgrade
//
// Each check prints one line: "ok NAME", perhaps with ": NOTE", "FAIL NAME: WHY" or "none NAME: WHY". A line "kill" asks the caller to kill the
// server and to start it again.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// missing is the error of a check for what the client has not.
type missing string

func (m missing) Error() string { return string(m) }

// partly is the error of a check that passed, with less than other clients do.
type partly string

func (p partly) Error() string { return string(p) }

// A hall makes clients and closes them when the check is over.
type hall struct {
	url, transport string
	peers          []*peer
}

type check struct {
	name string
	run  func(*hall) error
}

func main() {
	for _, c := range checks {
		h := &hall{url: os.Args[1], transport: os.Args[2]}
		done := make(chan error, 1)
		go func() { done <- c.run(h) }()
		var err error
		select {
		case err = <-done:
		case <-time.After(40 * time.Second):
			err = errors.New("it takes too long")
		}
		var m missing
		var p partly
		switch {
		case err == nil:
			fmt.Println("ok", c.name)
		case errors.As(err, &p):
			fmt.Printf("ok %s: %s\n", c.name, p)
		case errors.As(err, &m):
			fmt.Printf("none %s: %s\n", c.name, m)
		default:
			fmt.Printf("FAIL %s: %s\n", c.name, strings.ReplaceAll(err.Error(), "\n", " "))
		}
		for _, p := range h.peers {
			p.close()
		}
	}
}
