//go:build unix

package main

import "syscall"

// descriptors is how many files and connections the process may have open, or 0 where that isn't
// known. The runtime has raised it to the hard limit before main.
func descriptors() uint64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 0
	}
	return uint64(l.Cur)
}
