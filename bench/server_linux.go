package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// manyLoopbacks tells that all of 127.0.0.0/8 are addresses of this machine.
const manyLoopbacks = true

const (
	serverCPU    = 0
	generatorCPU = 1
	clockTick    = time.Second / 100 // of the times in /proc/<pid>/stat: USER_HZ
	startTime    = 30 * time.Second  // in which a server must be ready
)

// A server is a process under test. One goroutine uses it.
type server struct {
	cmd  *exec.Cmd
	pid  int
	port string
	said sync.WaitGroup // ends when the server's standard output does
}

// prepare makes this process the load generator: on its own CPU, with as many files as the system
// allows. Children inherit the limit. With one CPU all share it.
func prepare(clients int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files: %w", err)
	}
	if need := uint64(clients) + 200; limit.Cur < need {
		return fmt.Errorf("%d idle clients need %d open files, the limit is %d", clients, need, limit.Cur)
	}
	if runtime.NumCPU() < 2 {
		return nil
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return fmt.Errorf("list own threads: %w", err)
	}
	for _, task := range tasks {
		tid, _ := strconv.Atoi(task.Name())
		if err := pin(tid, generatorCPU); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	runtime.GOMAXPROCS(1)
	return nil
}

// pin ties a thread to CPUs; 0 is the calling thread.
func pin(tid int, cpus ...int) error {
	var mask [128]byte
	for _, cpu := range cpus {
		mask[cpu/8] |= 1 << (cpu % 8)
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(tid), uintptr(len(mask)), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		return fmt.Errorf("pin thread %d to CPUs %d: %w", tid, cpus, errno)
	}
	return nil
}

// start runs a server on its CPU and waits until it listens. The end of ctx kills it, as does our
// own death.
func start(ctx context.Context, p peer, env ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, p.command[0], p.command[1:]...)
	cmd.Dir = p.dir
	cmd.Env = slices.Concat(os.Environ(), []string{"PORT=0"}, p.env, env)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	run := startPinned
	if p.wide {
		run = startWide
	}
	if err := run(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.command[0], err)
	}
	s := &server{cmd: cmd, pid: cmd.Process.Pid}
	port := make(chan string, 1)
	s.said.Go(func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if number, ok := strings.CutPrefix(lines.Text(), cmp.Or(p.ready, "ready ")); ok && len(port) == 0 {
				port <- number
			}
		}
		close(port)
	})
	var ok bool
	select {
	case s.port, ok = <-port:
		if !ok {
			err = errors.New("it ended")
		}
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(startTime):
		err = fmt.Errorf("no word after %v", startTime)
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("%s didn't tell its port: %w", p.command[0], err)
	}
	return s, nil
}

// startPinned forks from a thread that is on the server's CPU: the child inherits that.
func startPinned(cmd *exec.Cmd) error {
	if runtime.NumCPU() < 2 {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := pin(0, serverCPU); err != nil {
		return err
	}
	err := cmd.Start()
	return errors.Join(err, pin(0, generatorCPU))
}

// startWide lets the child have every CPU.
func startWide(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	all := make([]int, runtime.NumCPU())
	for i := range all {
		all[i] = i
	}
	if err := pin(0, all...); err != nil {
		return err
	}
	err := cmd.Start()
	return errors.Join(err, pin(0, generatorCPU))
}

// stop ends the process, which keeps nothing that would be worth a goodbye but its profile. Wait
// closes our end of its output, so that a grandchild that holds the other doesn't keep us.
func (s *server) stop() {
	if os.Getenv("PROFILE") != "" {
		s.end()
		return
	}
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.said.Wait()
}

// end lets the process say its goodbyes.
func (s *server) end() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	s.cmd.Wait()
	late.Stop()
	s.said.Wait()
}

func (s *server) target() target {
	return target{
		addr: "127.0.0.1:" + s.port,
		cpu:  s.used,
		rss:  func() (int64, error) { return residentBytes(s.pid) },
	}
}

// buried is the CPU time of a process's children that have ended.
func buried(pid int) (sum time.Duration) {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The second field, the program's name in brackets, may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 15 {
		return 0
	}
	for _, field := range fields[13:15] { // cutime, cstime
		ticks, _ := strconv.ParseInt(string(field), 10, 64)
		sum += time.Duration(ticks) * clockTick
	}
	return sum
}

func children(pid int) (list []int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, child := range bytes.Fields(text) {
		if id, err := strconv.Atoi(string(child)); err == nil {
			list = append(list, id)
		}
	}
	return list
}

// used is the CPU time of a process and of its children.
func (s *server) used() (time.Duration, error) {
	sum, err := preciseTime(s.pid)
	sum += buried(s.pid)
	for _, child := range children(s.pid) {
		used, _ := preciseTime(child)
		sum += used
	}
	return sum, err
}

func preciseTime(pid int) (time.Duration, error) {
	const scheduled = 2 // as clock_getcpuclockid(3) makes the number of the clock
	clock, now := ^pid<<3|scheduled, syscall.Timespec{}
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&now)), 0)
	if errno != 0 {
		return 0, fmt.Errorf("read the CPU clock of %d: %w", pid, errno)
	}
	return time.Duration(now.Nano()), nil
}

func residentBytes(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}

// ownCPU is the CPU time of this process.
func ownCPU() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
