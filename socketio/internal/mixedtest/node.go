package mixedtest

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// A Node is a server of Node: a process.
type Node struct {
	URL    string
	t      testing.TB
	name   string
	in     io.Writer
	cmd    *exec.Cmd
	events chan string // what its clients get: namespace and JSON
	told   chan string // server-side events
	gone   chan string // clients that were disconnected

	mu    sync.Mutex
	next  int                     // guarded by mu
	waits map[int]chan nodeAnswer // guarded by mu
}

type nodeAnswer struct {
	ID     *int            `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`
	Ready  string          `json:"ready"`
	Event  json.RawMessage `json:"event"`
	Told   json.RawMessage `json:"told"`
	Gone   string          `json:"gone"`
	NSP    string          `json:"nsp"`
}

// A Query is what A Node is told to do.
type Query map[string]any

func binary(p string) map[string]any {
	return map[string]any{"$binary": base64.StdEncoding.EncodeToString([]byte(p))}
}

// StartNode starts one. See Cluster for adapter and args.
func StartNode(t testing.TB, name, adapter string, args ...string) *Node {
	t.Helper()
	nodetest.Need(t, nodetest.Node, nodetest.Packages)
	broker, err := filepath.Abs(adapter)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", append([]string{filepath.Join(nodetest.Root(), "socketio", "internal", "mixedtest", "node.mjs"), nodetest.Root(), broker, name}, args...)...)
	var errs nodetest.Output
	cmd.Stderr = &errs
	in, out := nodetest.Start(t, cmd)
	n := &Node{
		t: t, name: name, in: in, cmd: cmd, waits: make(map[int]chan nodeAnswer),
		events: make(chan string, 10_000), told: make(chan string, 1000), gone: make(chan string, 1000),
	}
	ready := make(chan string, 1)
	var all sync.WaitGroup
	all.Go(func() { n.read(out, ready) })
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		all.Wait()
		_ = cmd.Wait()
		if text := errs.String(); text != "" {
			t.Logf("%s: %s", name, text)
		}
	})
	select {
	case n.URL = <-ready:
	case <-time.After(patience):
		t.Fatalf("%s doesn't start: %s", name, errs.String())
	}
	return n
}

func (n *Node) read(out io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var a nodeAnswer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			n.t.Errorf("%s: %v: %q", n.name, err, lines.Text())
			return
		}
		switch {
		case a.Ready != "":
			ready <- a.Ready
		case a.Event != nil:
			n.events <- a.NSP + " " + string(a.Event)
		case a.Told != nil:
			n.told <- string(a.Told)
		case a.ID == nil:
			n.gone <- a.NSP + " " + a.Gone
		default:
			n.mu.Lock()
			c := n.waits[*a.ID]
			delete(n.waits, *a.ID)
			n.mu.Unlock()
			c <- a
		}
	}
}

// try does something and returns the answer.
func (n *Node) try(op string, q Query) nodeAnswer {
	n.t.Helper()
	c := make(chan nodeAnswer, 1)
	n.mu.Lock()
	n.next++
	line := Query{"op": op, "id": n.next, "nsp": "/"}
	n.waits[n.next] = c
	n.mu.Unlock()
	for name, v := range q {
		line[name] = v
	}
	text, err := json.Marshal(line)
	if err == nil {
		_, err = n.in.Write(append(text, '\n'))
	}
	if err != nil {
		n.t.Fatal(err)
	}
	select {
	case a := <-c:
		return a
	case <-time.After(patience):
		n.t.Fatalf("%s: %s takes longer than %v", n.name, op, patience)
		return nodeAnswer{}
	}
}

// Do does something, which has to succeed, and reads the answer into result.
func (n *Node) Do(op string, q Query, result any) {
	n.t.Helper()
	a := n.try(op, q)
	if a.Error != "" {
		n.t.Fatalf("%s: %s: %s", n.name, op, a.Error)
	}
	if result != nil {
		if err := json.Unmarshal(a.Result, result); err != nil {
			n.t.Fatalf("%s: %s: %v: %s", n.name, op, err, a.Result)
		}
	}
}

// expect takes the next event of the server's client in the main namespace.
func (n *Node) expect(event string, args ...any) { n.t.Helper(); n.expectIn("/", event, args...) }

func (n *Node) expectIn(namespace, event string, args ...any) {
	n.t.Helper()
	want := namespace + " " + canonical(n.t, append([]any{event}, args...))
	got := n.take(n.events)
	if space, text, ok := cutSpace(got); ok {
		var v any
		_ = json.Unmarshal([]byte(text), &v)
		got = space + " " + canonical(n.t, v)
	}
	if got != want {
		n.t.Fatalf("%s got %s, want %s", n.name, got, want)
	}
}

// Event takes the next event of the server's clients: its name and its arguments.
func (n *Node) Event() (event []any) {
	n.t.Helper()
	_, text, _ := cutSpace(n.take(n.events))
	_ = json.Unmarshal([]byte(text), &event) // of what isn't JSON there is none
	return event
}

// Gone waits until a client has lost its connection.
func (n *Node) Gone() { n.t.Helper(); n.take(n.gone) }

func (n *Node) take(from chan string) string {
	n.t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		n.t.Fatalf("nothing came to %s", n.name)
		return ""
	}
}

func canonical(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// cutSpace cuts at the space before the JSON: names of namespaces may have some.
func cutSpace(line string) (space, text string, ok bool) {
	for i := range len(line) - 1 {
		if line[i] == ' ' && line[i+1] == '[' && json.Valid([]byte(line[i+1:])) {
			return line[:i], line[i+1:], true
		}
	}
	return "", "", false
}
