// Command foreign does all checks of the Go client of github.com/zishang520/socket.io:
//
//	foreign URL polling|websocket|upgrade
//
// Each check prints one line: "ok NAME", perhaps with ": NOTE", "FAIL NAME: WHY" or "none NAME:
// WHY". A line "kill" asks the caller to kill the server and to start it again.
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

// tries is how often a check may begin anew: what is sent at the moment of a heartbeat may stay
// with the library, which posts one of both and keeps the other until something else is sent.
const tries = 3

func main() {
	for _, c := range checks {
		var err error
		for try := range tries {
			err = once(c)
			if err == nil && try > 0 {
				err = partly("it takes another try when a heartbeat comes between")
			}
			if err == nil || errors.As(err, new(missing)) || errors.As(err, new(partly)) {
				break
			}
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
	}
}

// once does a check with clients of its own.
func once(c check) error {
	h := &hall{url: os.Args[1], transport: os.Args[2]}
	defer func() {
		for _, p := range h.peers {
			p.close()
		}
	}()
	done := make(chan error, 1)
	go func() { done <- c.run(h) }()
	select {
	case err := <-done:
		return err
	case <-time.After(25 * time.Second):
		return errors.New("it takes too long")
	}
}
