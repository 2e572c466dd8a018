package interop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/internal/nodetest"
)

const (
	attackTime  = 10 * time.Second // or what DOORS says
	descriptors = 1024

	visitTime = time.Second            // to get in by polling and to be answered
	roundTrip = 500 * time.Millisecond // of a client that is in

	// What the guide's page about limits says that one address can make a server hold, with the
	// options of doors: MaxMemory, MaxQueue and twice MaxPayload for each connection that
	// LimitListener gives it, besides what the program itself takes.
	memoryOfConnection = 512<<10 + 256<<10 + 2*100_000
	memoryOfProgram    = 64 << 20
	connections        = 256
)

// One address does its worst, in all ways at once, to the program of the guide with 1,024
// descriptors. Others don't notice.
func TestHostileAddress(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: only on Linux all of 127.0.0.0/8 is this machine")
	}
	length := attackTime
	if text := os.Getenv("DOORS"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	address, process := startDoors(t)
	// A machine that is busy with other tests makes everybody wait: what a server without enemies
	// takes meanwhile isn't their work.
	peace, _ := startDoors(t)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	a := &attack{server: address}
	var all sync.WaitGroup
	visitors, guest := watch(t, ctx, &all, address)
	otherVisitors, otherGuest := watch(t, ctx, &all, peace)
	all.Go(func() { a.run(ctx) })
	all.Wait()

	memory := peakMemory(t, process)
	t.Logf("%d connections of the attacker, %d at a time; %d MiB", a.tries.Load(), a.most.Load(), memory>>20)
	t.Logf("%d visitors, the slowest took %v (without an attack %v)", visitors.count, visitors.worst, otherVisitors.worst)
	t.Logf("%d round trips, the slowest took %v (without an attack %v)", guest.count, guest.worst, otherGuest.worst)
	if visitors.failed != nil || visitors.worst > visitTime+otherVisitors.worst {
		t.Errorf("a visitor from another address took %v: %v", visitors.worst, visitors.failed)
	}
	if guest.failed != nil || guest.worst > roundTrip+otherGuest.worst {
		t.Errorf("a round trip of a client that was there before took %v: %v", guest.worst, guest.failed)
	}
	if most := memoryOfProgram + connections*memoryOfConnection; memory > most {
		t.Errorf("the server took %d MiB, the guide promises %d at most", memory>>20, most>>20)
	}
	if a.most.Load() <= connections {
		t.Errorf("the attacker never had more than %d connections: that is no attack", a.most.Load())
	}
}

// startDoors runs the program without the race detector: how fast it is and how large is what the
// test is about.
func startDoors(t *testing.T) (address string, process int) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "doors")
	build := exec.Command("go", "build", "-o", program)
	build.Dir = filepath.Join(nodetest.Root(), "interop", "doors")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the server: %v\n%s", err, out)
	}
	// A Go program raises its soft limit to the hard one: the shell sets both.
	cmd := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0"`, descriptors), program)
	log := new(strings.Builder) // read only after the process has ended
	cmd.Stderr = log
	in, out := nodetest.Start(t, cmd)
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil || strings.Contains(log.String(), "panic") {
			t.Errorf("the server ended with %v and wrote\n%s", err, log)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ok {
		t.Fatalf("the server said %q, %v", line, err)
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", cmd.Process.Pid))
	if err != nil || !strings.Contains(string(limits), fmt.Sprintf("Max open files            %d                 %d ", descriptors, descriptors)) {
		t.Fatalf("the server's limits are %s, %v", limits, err)
	}
	return "127.0.0.1:" + port, cmd.Process.Pid
}

// watch lets visitors come and a client stay until the context ends.
func watch(t *testing.T, ctx context.Context, all *sync.WaitGroup, address string) (visitors, guest *times) {
	t.Helper()
	visitors, guest = new(times), new(times)
	resident := reside(t, address)
	all.Go(func() {
		visitors.repeat(ctx, 200*time.Millisecond, func() error { return visit(t.Context(), address) })
	})
	all.Go(func() { guest.repeat(ctx, 50*time.Millisecond, resident) })
	return visitors, guest
}

// times are how long something took.
type times struct {
	count  int
	worst  time.Duration
	failed error // the first failure
}

func (l *times) repeat(ctx context.Context, pause time.Duration, do func() error) {
	// From when it was due: a machine that stands still does so in a pause, too, and then each of
	// these has to tell of it.
	for due := time.Now().Add(pause); sleep(ctx, pause); due = time.Now().Add(pause) {
		err := do()
		l.count++
		l.worst = max(l.worst, time.Since(due))
		if l.failed == nil && err != nil {
			l.failed = fmt.Errorf("the one of number %d: %w", l.count, err)
		}
	}
}

// visit comes by polling, joins, has an event answered, and leaves.
func visit(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	url := "http://" + address + "/socket.io/?EIO=4&transport=polling"
	request := func(method, packet string) (string, error) {
		req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(packet))
		if err != nil {
			return "", err
		}
		res, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusOK {
			err = errors.New(res.Status + " " + string(body))
		}
		return string(body), err
	}
	open, err := request("GET", "")
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(open, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	url += "&sid=" + sid
	for _, step := range []struct{ send, want string }{{"40", "40{"}, {`420["echo",7]`, "430[7]"}} {
		if _, err := request("POST", step.send); err != nil {
			return err
		}
		for got := ""; !strings.Contains(got, step.want); {
			if got, err = request("GET", ""); err != nil {
				return err
			}
		}
	}
	_, err = request("POST", "1")
	return err
}

// reside joins by WebSocket and returns what makes one round trip.
func reside(t *testing.T, address string) func() error {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws://"+address+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	answers := make(chan string, 10)
	go func() {
		defer close(answers)
		for {
			_, p, err := conn.Read(t.Context())
			if err != nil {
				return
			}
			if string(p) == "2" {
				conn.Write(t.Context(), websocket.MessageText, []byte("3"))
			} else {
				answers <- string(p)
			}
		}
	}()
	n := 0
	ask := func(packet, want string) error {
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(packet)); err != nil {
			return err
		}
		select {
		case got := <-answers:
			if !strings.HasPrefix(got, want) {
				return fmt.Errorf("answer %q, want %q", got, want)
			}
			return nil
		case <-time.After(10 * time.Second):
			return errors.New("no answer")
		}
	}
	if <-answers == "" || ask("40", "40{") != nil {
		t.Fatal("the client that stays isn't let in")
	}
	return func() error {
		n++
		return ask(fmt.Sprintf(`42%d["echo",%d]`, n, n), fmt.Sprintf("43%d[%d]", n, n))
	}
}

// peakMemory is the most that a process ever had.
func peakMemory(t *testing.T, process int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
