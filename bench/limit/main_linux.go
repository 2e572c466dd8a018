package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const (
	turn       = 1024      // events of one turn of the loop
	readBuffer = 256 << 10 // bytes of one read
)

func main() {
	// The runtime has nothing to do beside this thread; it knows when that waits.
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	port, err := strconv.Atoi(cmp.Or(os.Getenv("PORT"), "0"))
	if err == nil {
		beat, _ := strconv.Atoi(os.Getenv("PING_INTERVAL")) // 0 = none
		begun := time.Now()
		err = serve(port, &loop{
			batch: os.Getenv("BATCH") == "1",
			every: time.Duration(beat) * time.Millisecond,
			now:   func() time.Duration { return time.Since(begun) },
		})
	}
	log.Fatal(err)
}

// serve runs until something is wrong.
func serve(port int, l *loop) error {
	listener, err := listen(port)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("make an epoll: %w", err)
	}
	if err := watch(poll, listener); err != nil {
		return err
	}
	var conns []*conn // by descriptor
	l.write = write
	l.close = func(c *conn) { syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(c.fd), 0, 0) }
	events, buffer := make([]syscall.EpollEvent, turn), make([]byte, readBuffer)
	for {
		wait := -1 // milliseconds
		if d := l.beat(); d >= 0 {
			wait = int(d/time.Millisecond) + 1
		}
		n, _, errno := syscall.Syscall6(syscall.SYS_EPOLL_PWAIT, uintptr(poll), uintptr(unsafe.Pointer(&events[0])), turn, uintptr(wait), 0, 0)
		if errno == syscall.EINTR {
			continue
		}
		if errno != 0 {
			return fmt.Errorf("wait: %w", errno)
		}
		for _, e := range events[:n] {
			fd := int(e.Fd)
			if fd == listener {
				if conns, err = accept(poll, listener, conns); err != nil {
					return err
				}
				continue
			}
			c := conns[fd]
			got, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buffer[0])), readBuffer)
			switch {
			case errno == syscall.EAGAIN || errno == syscall.EINTR:
			case errno != 0 || got == 0:
				l.leave(c)
				l.close(c)
			default:
				l.take(c, buffer[:got])
			}
		}
		l.flush()
	}
}

func listen(port int) (fd int, err error) {
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	}
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		err = syscall.Listen(fd, 4096)
	}
	if err != nil {
		return 0, err
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, err
	}
	fmt.Println("ready", at.(*syscall.SockaddrInet4).Port)
	return fd, nil
}

func watch(poll, fd int) error {
	if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
		return fmt.Errorf("watch a socket: %w", err)
	}
	return nil
}

// accept takes all who wait.
func accept(poll, listener int, conns []*conn) ([]*conn, error) {
	for {
		fd, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err == syscall.EAGAIN {
			return conns, nil
		}
		if err != nil {
			return conns, fmt.Errorf("accept: %w", err)
		}
		if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
			return conns, fmt.Errorf("set a socket: %w", err)
		}
		if err := watch(poll, fd); err != nil {
			return conns, err
		}
		for len(conns) <= fd {
			conns = append(conns, &conn{fd: len(conns), seat: -1})
		}
	}
}

// write expects that all of it fits: the generator has little under way.
func write(c *conn, p []byte) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(c.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if errno == syscall.EPIPE || errno == syscall.ECONNRESET {
		return // it has gone, which the next read tells
	}
	if errno != 0 || int(n) != len(p) {
		log.Fatalf("wrote %d of %d bytes: %v", n, len(p), errno)
	}
}
