package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary builds the program as users get it.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "madang")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// process is the program in a process of its own.
type process struct {
	cmd      *exec.Cmd
	out, err *output
	url      string
}

func launch(t *testing.T, path, dir, listen string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(path, "--listen="+listen, "--data="+dir), out: newOutput(), err: newOutput()}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	p.url = p.out.opened(t)
	return p
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// rounds of killing, writers of each, and messages of each writer: as many as may come at once.
const (
	rounds  = 3
	writers = 4
	burst   = 8
)

// A process that dies at any moment keeps every message that it acknowledged.
func TestKillKeepsAcknowledgedMessages(t *testing.T) {
	path, dir := binary(t), filepath.Join(t.TempDir(), "data")
	p := launch(t, path, dir, "localhost:0")
	owner := newBrowser(t, p.url)
	room := owner.openRoom(`{"title":"마당","max":100}`)
	acked := map[string]string{} // id of a message → its text
	for round := range rounds {
		var crowd []*browser
		for range writers {
			b := newBrowser(t, p.url)
			b.do("GET", "/room/"+room, "")
			b.sit(room)
			crowd = append(crowd, b)
		}
		var mu sync.Mutex // guards acked
		var wg sync.WaitGroup
		enough := make(chan struct{})
		before := len(acked)
		for i, b := range crowd {
			wg.Go(func() {
				for n := range burst {
					text := fmt.Sprintf("%d/%d/%d", round, i, n)
					a, err := b.try("POST", "/room/"+room+"/chat", fmt.Sprintf(`{"chat":"%s"}`, text))
					if err != nil {
						return // killed
					}
					var reply message
					if err := json.Unmarshal([]byte(a.body), &reply); err != nil || a.status != 200 {
						t.Errorf("%v: %+v", err, a)
						return
					}
					mu.Lock()
					acked[reply.ID] = text
					if len(acked) == before+burst {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(patience):
			t.Fatal("no messages are acknowledged")
		}
		p.kill()
		wg.Wait()

		p = launch(t, path, dir, "localhost:0")
		owner.url = p.url
		kept := map[string]string{}
		for i, m := range owner.history(room) {
			if m.Seq != int64(i+1) {
				t.Fatalf("message %d has seq %d", i+1, m.Seq)
			}
			kept[m.ID] = m.Chat
		}
		for id, text := range acked {
			if kept[id] != text {
				t.Errorf("round %d: %q was acknowledged and is %q", round, text, kept[id])
			}
		}
	}
}

func TestSignalEndsTheProcess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("there is no such signal here")
		return
	}
	path := binary(t)
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := launch(t, path, filepath.Join(t.TempDir(), "data"), "localhost:0")
		b := newBrowser(t, p.url)
		room := b.openRoom(`{"title":"마당"}`)
		b.sit(room)
		// A long poll is under way when the signal comes.
		polled := make(chan error, 1)
		a := b.do("GET", "/socket.io/?EIO=4&transport=polling", "", "Origin: "+p.url)
		var open struct{ SID string }
		json.Unmarshal([]byte(a.body[1:]), &open)
		go func() {
			_, err := b.try("GET", "/socket.io/?EIO=4&transport=polling&sid="+open.SID, "", "Origin: "+p.url)
			polled <- err
		}()
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- p.cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%v: %v\n%s", signal, err, p.err)
			}
		case <-time.After(patience):
			t.Fatalf("%v doesn't end the process", signal)
		}
		<-polled
	}
}
