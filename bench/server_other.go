//go:build !linux

package main

import (
	"context"
	"errors"
	"os/exec"
	"time"
)

const manyLoopbacks = false

// A server can't be measured here: pinning and the clocks are Linux's.
type server struct{ port string }

func prepare(int) error { return errors.New("runs on Linux only") }

func start(context.Context, peer, ...string) (*server, error) {
	return nil, errors.New("runs on Linux only")
}

func (*server) stop()                        {}
func (*server) end()                         {}
func (*server) target() target               { return target{} }
func (*server) used() (time.Duration, error) { return 0, nil }
func ownCPU() time.Duration                  { return 0 }

func startWide(*exec.Cmd) error { return errors.New("runs on Linux only") }

// A broker can't be measured, either.
type broker struct {
	*server
	url, dir string
}

func startRedis(context.Context, string) (*broker, error) {
	return nil, errors.New("runs on Linux only")
}

func startPostgres(context.Context, string) (*broker, error) {
	return nil, errors.New("runs on Linux only")
}

func startNATS(context.Context, string) (*broker, error) {
	return nil, errors.New("runs on Linux only")
}
