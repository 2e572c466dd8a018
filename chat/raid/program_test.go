package raid

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// build builds the program as users get it, without the race detector: how fast it is and how large
// is what these tests are about. PROGRAM names another build, to compare with.
func build(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("PROGRAM"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "madang")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Dir = filepath.Join(nodetest.Root(), "chat", "cmd", "madang")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// program is the server in a process of its own.
type program struct {
	t       *testing.T
	cmd     *exec.Cmd
	folder  string
	address string // host:port
	log     *nodetest.Output

	ended  chan struct{}
	result error // of the process; set before ended is closed
}

// start starts the program on a folder, with further arguments.
func start(t *testing.T, path, folder string, args ...string) *program {
	t.Helper()
	return startWith(t, 0, path, folder, args...)
}

// startWith is start with so many descriptors; 0 = as many as the test has.
func startWith(t *testing.T, descriptors int, path, folder string, args ...string) *program {
	t.Helper()
	p, err := try(t, descriptors, path, folder, args...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// try is startWith that may fail.
func try(t *testing.T, descriptors int, path, folder string, args ...string) (*program, error) {
	t.Helper()
	args = append([]string{"serve", "--log=text", "--listen=127.0.0.1:0", "--metrics=127.0.0.1:0", "--data=" + folder}, args...)
	if descriptors > 0 { // a Go program raises its soft limit to the hard one: the shell sets both
		args = append([]string{"-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, descriptors), path}, args...)
		path = "sh"
	}
	p := &program{t: t, cmd: exec.Command(path, args...), folder: folder, log: new(nodetest.Output), ended: make(chan struct{})}
	out := new(nodetest.Output)
	p.cmd.Stdout, p.cmd.Stderr = out, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.result = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	alive := true
	await(t, "the program's address", func() bool {
		select {
		case <-p.ended:
			alive = false
		default:
		}
		return !alive || strings.HasSuffix(out.String(), "\n")
	})
	var ok bool
	if p.address, ok = strings.CutPrefix(strings.TrimSpace(out.String()), "Open http://"); !ok {
		return nil, fmt.Errorf("the program says %q and %q", out, p.tail())
	}
	return p, nil
}

// kill ends the process at once. It may be called again.
func (p *program) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// end ends the process as an operator does.
func (p *program) end() {
	p.t.Helper()
	p.cmd.Process.Signal(os.Interrupt)
	<-p.ended
	if p.result != nil {
		p.t.Errorf("the program ended with %v", p.result)
	}
}

// proc reads a file that the kernel keeps about the process; "" = it has ended.
func (p *program) proc(name string) string {
	p.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, name))
	if err != nil {
		p.t.Errorf("the program has ended: %v\n%s", err, p.tail())
	}
	return string(b)
}

// memory is a number of /proc/PID/status: VmRSS is what the process has in memory, VmHWM the most
// it had, RssAnon what it has besides files.
func (p *program) memory(name string) (bytes int) {
	p.t.Helper()
	_, rest, _ := strings.Cut(p.proc("status"), name+":")
	fmt.Sscan(rest, &bytes)
	return bytes << 10
}

// forgetPeak makes VmHWM begin anew.
func (p *program) forgetPeak() {
	os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0)
}

// cpu is the time that the process has worked.
func (p *program) cpu() time.Duration {
	p.t.Helper()
	stat := p.proc("stat")
	fields := append(strings.Fields(stat[strings.LastIndex(stat, ")")+1:]), make([]string, 13)...)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / 100 // USER_HZ
}

// connections are the descriptors that are sockets.
func (p *program) connections() (n int) {
	dir := fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if to, _ := os.Readlink(filepath.Join(dir, e.Name())); strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// size is what the data folder takes.
func (p *program) size() (bytes int64) {
	filepath.WalkDir(p.folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil { // it may have gone this moment
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes
}

// tail is the end of what the program has logged.
func (p *program) tail() string {
	s := p.log.String()
	return s[max(0, len(s)-4096):]
}

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	if !soon(holds) {
		t.Fatalf("%s doesn't come", what)
	}
}

// soon waits until something holds, and reports whether it does.
func soon(holds func() bool) bool {
	for end := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}
