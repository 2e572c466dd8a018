// Package hosting tests the chat's program as those who host it meet it: behind the proxies of
// others, with certificates, watched, restarted, from the pages and files that docs/chat has for
// them. It knows of the program what its commands and its network show.
package hosting

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m, removeProgram) }

// patience is for what comes soon on any machine.
const patience = time.Minute

var programDir string // set by built

var built = sync.OnceValues(func() (path string, err error) {
	if programDir, err = os.MkdirTemp("", "madang-hosting-"); err != nil {
		return "", err
	}
	return nodetest.Build(programDir, "chat/cmd/madang")
})

func removeProgram() {
	if programDir != "" {
		os.RemoveAll(programDir)
	}
}

// madang is the program's path.
func madang(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// process is a program that runs.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	out   *nodetest.Output
	log   *nodetest.Output
	ended chan struct{}
	err   error // of the process; set before ended is closed
}

// start starts a command; it doesn't outlive the test.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, out: new(nodetest.Output), log: new(nodetest.Output), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.log
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %v: %v", cmd.Args, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("%s said:\n%s\n%s", filepath.Base(cmd.Path), p.out, p.log)
		}
	})
	return p
}

// serve starts the chat on a data folder and waits until it says that it serves.
func serve(t *testing.T, data string, args ...string) *process {
	t.Helper()
	p := start(t, exec.Command(madang(t), append([]string{"serve", "--data=" + data}, args...)...))
	p.await("the line that says where it serves", func() bool { return strings.HasSuffix(p.out.String(), "\n") })
	return p
}

// await waits until something holds, while the process lives.
func (p *process) await(what string, holds func() bool) {
	p.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-p.ended:
			p.t.Fatalf("%s: %v ended: %v", what, p.cmd.Args, p.err)
		default:
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s doesn't come", what)
		}
	}
}

// end ends the process as an operator does.
func (p *process) end() {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%v doesn't end", p.cmd.Args)
	}
	if p.err != nil {
		p.t.Errorf("%v ended with %v", p.cmd.Args, p.err)
	}
}

// local is the address of a port of loopback.
func local(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
