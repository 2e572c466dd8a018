//go:build !parked

package poll

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// readSize is how much is read at once; one buffer serves a whole loop.
	readSize = 64 << 10
	// batch is how many connections one turn of a loop serves before others may run.
	batch = 128
)

// loops are the event loops of a Poller, one for two processors, made with the first connection.
// Reading and decoding are a small part of the work; handlers and writes run elsewhere.
type loops struct {
	next atomic.Uint32

	mu     sync.Mutex
	list   []*loop // guarded by mu
	failed bool    // guarded by mu; the system gave no epoll, or closed
}

// adopt moves a plain TCP connection to a loop. It returns nil when that isn't possible.
func (ls *loops) adopt(nc net.Conn) Conn {
	tcp, _ := nc.(*net.TCPConn)
	counted, _ := nc.(Counted)
	if counted != nil {
		tcp = counted.TCP()
	}
	if tcp == nil {
		return nil
	}
	l := ls.pick()
	if l == nil {
		return nil
	}
	fd, err := detach(tcp)
	if err != nil {
		return nil
	}
	// The descriptor that Go knows leaves its poller; the connection lives on in the duplicate.
	c := &polled{loop: l, fd: int32(fd)}
	if counted != nil {
		c.ended = counted.Release()
	}
	tcp.Close()
	return c
}

func (ls *loops) pick() *loop {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.failed {
		return nil
	}
	if len(ls.list) == 0 {
		for range (runtime.GOMAXPROCS(0) + 1) / 2 {
			l, err := newLoop()
			if err != nil {
				ls.failed = len(ls.list) == 0
				break
			}
			ls.list = append(ls.list, l)
			go l.run()
		}
		if ls.failed {
			return nil
		}
	}
	return ls.list[ls.next.Add(1)%uint32(len(ls.list))]
}

func (ls *loops) close() {
	ls.mu.Lock()
	list := ls.list
	ls.list, ls.failed = nil, true
	ls.mu.Unlock()
	for _, l := range list {
		l.stop()
	}
}

// detach returns a duplicate of the connection's descriptor.
func detach(tcp *net.TCPConn) (fd int, err error) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0, err
	}
	cerr := raw.Control(func(old uintptr) {
		fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0)
	})
	if cerr != nil {
		return 0, cerr
	}
	return fd, err
}

// A loop reads its connections in turn. Its goroutine waits in the runtime's own poller, where the
// epoll descriptor is readable when one of its connections is: parked so it costs no thread, and
// measured it was the fastest way to wait.
type loop struct {
	fd     int // of epoll
	epoll  *os.File
	raw    syscall.RawConn
	wakeup int // eventfd

	mu       sync.Mutex
	slots    []*polled // guarded by mu; the index is what epoll reports
	free     []int32   // guarded by mu
	gone     []*polled // guarded by mu; closed by somebody, their handlers are still to be told
	turning  bool      // guarded by mu; bury comes at the end of the turn
	stopping bool      // guarded by mu
	over     bool      // guarded by mu; the descriptors are closed
}

// wakeSlot is what epoll reports for the eventfd.
const wakeSlot = -1

func newLoop() (*loop, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll: %w", err)
	}
	wakeup, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("create eventfd: %w", err)
	}
	l := &loop{fd: fd, wakeup: wakeup}
	err = unix.SetNonblock(fd, true)
	if err == nil {
		err = unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, wakeup, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: wakeSlot})
	}
	if err == nil {
		l.epoll = os.NewFile(uintptr(fd), "epoll")
		l.raw, err = l.epoll.SyscallConn()
		if err == nil {
			// An error says that the runtime can't poll it.
			err = l.epoll.SetReadDeadline(time.Time{})
		}
	}
	if err != nil {
		unix.Close(wakeup)
		unix.Close(fd)
		return nil, fmt.Errorf("prepare epoll: %w", err)
	}
	return l, nil
}

func (l *loop) run() {
	over := false
	defer func() {
		if !over {
			go l.run() // a handler has called runtime.Goexit, as a test does that fails
		}
	}()
	var (
		events [batch]unix.EpollEvent
		buf    [readSize]byte
		n      int
	)
	poll := func(fd uintptr) bool {
		n, _ = unix.EpollWait(int(fd), events[:], 0)
		return n > 0
	}
	if over = l.bury(); over { // what is left of a turn that a handler has ended
		return
	}
	// The runtime's poller reports changes only, so it is asked to wait after a look that found
	// nothing.
	for {
		if over = l.raw.Read(poll) != nil; over {
			return
		}
		for _, e := range events[:n] {
			if e.Fd == wakeSlot {
				l.drainWakeup()
			} else if c := l.at(e.Fd); c != nil {
				c.ready(e.Events, buf[:])
			}
		}
		if over = l.bury(); over {
			return
		}
		// Those who were woken run before the next turn, also when there is one processor.
		runtime.Gosched()
	}
}

func (l *loop) at(slot int32) *polled {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turning = true
	return l.slots[slot]
}

// bury tells the handlers of closed connections, and frees their slots: only here, between two
// turns, so that no event of this turn meets another connection in a slot. It reports whether the
// loop is over.
func (l *loop) bury() bool {
	l.mu.Lock()
	gone := l.gone
	l.gone, l.turning = nil, false
	for _, c := range gone {
		l.slots[c.slot] = nil
		l.free = append(l.free, c.slot)
	}
	over := l.stopping && len(l.free) == len(l.slots)
	if over && !l.over { // a handler that has ended this goroutine may bring another one here
		l.release()
	}
	l.mu.Unlock()
	tellAll(gone)
	return over
}

func tellAll(gone []*polled) {
	defer func() {
		if len(gone) > 0 {
			tellAll(gone) // one has called runtime.Goexit
		}
	}()
	for len(gone) > 0 {
		c := gone[0]
		gone = gone[1:]
		c.tell(net.ErrClosed)
	}
}

// release needs mu.
func (l *loop) release() {
	l.over = true
	l.epoll.Close()
	unix.Close(l.wakeup)
}

// add gives a connection its slot, if the loop isn't over.
func (l *loop) add(c *polled) (slot int32, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return 0, false
	}
	if n := len(l.free); n > 0 {
		slot = l.free[n-1]
		l.free = l.free[:n-1]
		l.slots[slot] = c
		return slot, true
	}
	l.slots = append(l.slots, c)
	return int32(len(l.slots) - 1), true
}

// remove hands a closed connection to bury.
func (l *loop) remove(c *polled) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = append(l.gone, c)
	if len(l.gone) == 1 && !l.turning {
		l.wake()
	}
}

// stop ends the loop with its last connection.
func (l *loop) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	l.wake()
}

// wake needs mu: without it the eventfd could be closed and its number somebody else's.
func (l *loop) wake() {
	if l.over {
		return
	}
	one := [8]byte{1}
	unix.Write(l.wakeup, one[:]) // fails only when it is already full, which wakes as well
}

func (l *loop) drainWakeup() {
	var count [8]byte
	unix.Read(l.wakeup, count[:])
}
