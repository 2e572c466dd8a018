package routers

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// A job is one conversation of the official client, a result how it went.
type (
	job struct {
		ID        int    `json:"id"`
		URL       string `json:"url"`
		Path      string `json:"path"`
		Unix      string `json:"unix,omitempty"`
		Transport string `json:"transport"`
		Quiet     int64  `json:"quiet"` // milliseconds of silence
		WebSocket bool   `json:"webSocket"`
	}
	result struct {
		ID     int    `json:"id"`
		Error  string `json:"error"`
		Socket string `json:"socket"` // its id; empty when no connection was wanted
	}
)

// jobTime is longer than the script takes to give a conversation up.
const jobTime = 75 * time.Second

// A nodeClient is one process that has all conversations, several at a time: starting it takes
// longer than one.
type nodeClient struct {
	mu      sync.Mutex
	in      io.Writer           // guarded by mu
	next    int                 // guarded by mu
	waiting map[int]chan result // each with room for one; guarded by mu
}

// startNode returns nil when this machine has no Node or no packages.
func startNode(t *testing.T) *nodeClient {
	t.Helper()
	for _, tool := range nodetest.Missing() {
		if tool == nodetest.Node || tool == nodetest.Packages {
			return nil
		}
	}
	cmd := exec.Command("node", "routers.mjs")
	cmd.Dir = filepath.Join(nodetest.Root(), "interop", "routers", "clients")
	cmd.Stderr = os.Stderr
	in, out := nodetest.Start(t, cmd)
	n := &nodeClient{in: in, waiting: make(map[int]chan result)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			n.done(lines.Bytes())
		}
	}()
	t.Cleanup(func() {
		in.Close()
		timer := time.AfterFunc(patience, func() { cmd.Process.Kill() })
		defer timer.Stop()
		<-read
		if err := cmd.Wait(); err != nil {
			t.Errorf("node: %v", err)
		}
	})
	return n
}

func (n *nodeClient) done(line []byte) {
	var r result
	if json.Unmarshal(line, &r) != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if waiting := n.waiting[r.ID]; waiting != nil {
		waiting <- r
		delete(n.waiting, r.ID)
	}
}

// start gives the client a conversation to have.
func (n *nodeClient) start(t *testing.T, j job) <-chan result {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next++
	j.ID = n.next
	waiting := make(chan result, 1)
	n.waiting[j.ID] = waiting
	line, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	return waiting
}
