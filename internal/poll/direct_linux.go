//go:build !parked

package poll

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Calls that never wait go to the kernel without telling the scheduler, as a goroutine that may
// wait has to: that costs 0.2 µs for each call where a write of a kilobyte takes 1.7. That they
// don't wait is said in each call, as everybody who has a duplicate of the descriptor can make it a
// blocking one: os.File.Fd does. One that waited would stop the whole process at the next
// collection.

func readNow(fd int, p []byte) (int, error) {
	return direct(unix.SYS_RECVFROM, fd, p, unix.MSG_DONTWAIT)
}

func writeNow(fd int, p []byte) (int, error) {
	return direct(unix.SYS_SENDTO, fd, p, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
}

// writeAhead is writeNow of what may leave with what follows.
func writeAhead(fd int, p []byte) (int, error) {
	return direct(unix.SYS_SENDTO, fd, p, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL|unix.MSG_MORE)
}

// direct receives or sends p, which isn't empty.
func direct(call uintptr, fd int, p []byte, flags uintptr) (int, error) {
	n, _, err := unix.RawSyscall6(call, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), flags, 0, 0)
	if err != 0 {
		return 0, err
	}
	return int(n), nil
}
