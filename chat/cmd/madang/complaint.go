package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
)

// cannotListen says why an address can't be taken, and what to do.
func cannotListen(flag, address string, err error) error {
	switch e, _ := errors.AsType[*net.OpError](err); {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("--%s: another program listens on %s: end that, or choose another address, such as :8010", flag, address)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("--%s: no permission to listen on %s: choose a port from 1024 on, or give the program the right to the others: "+
			"AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit, or setcap cap_net_bind_service=+ep for its file", flag, address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("--%s: this machine doesn't have the address of %s: leave it out, as in :8005, to listen on all", flag, address)
	case e != nil:
		err = e.Err
	}
	return fmt.Errorf("--%s: can't listen on %s: %w", flag, address, err)
}

// Of SQLite's results, those that the operator can do something about.
const (
	sqliteReadOnly = 8
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteNoBase   = 26
)

// advised adds to why the data can't be opened what to do.
func advised(err error, dir string) error {
	code := 0
	if e, ok := errors.AsType[interface {
		error
		Code() int
	}](err); ok {
		code = e.Code() & 0xff
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), code == sqliteFull:
		return fmt.Errorf("%w: the disk of the data folder %s is full, free some of it", err, dir)
	case code == sqliteNoBase, code == sqliteCorrupt:
		return fmt.Errorf("%w: the database is damaged, put a backup in its place with madang restore --replace", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), code == sqliteReadOnly, code == sqliteCantOpen:
		return fmt.Errorf("%w: run this as the user who owns the data folder %s, or choose another one with --data", err, dir)
	}
	return err
}
