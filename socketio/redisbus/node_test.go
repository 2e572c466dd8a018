package redisbus_test

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

const patience = 15 * time.Second

// A nodeServer is a process of Node.
type nodeServer struct {
	t      testing.TB
	name   string
	url    string
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
	Ready  bool            `json:"ready"`
	URL    string          `json:"url"`
	Event  json.RawMessage `json:"event"`
	Told   json.RawMessage `json:"told"`
	Gone   string          `json:"gone"`
	NSP    string          `json:"nsp"`
}

// a query is what a nodeServer is told to do.
type query map[string]any

func binary(p string) map[string]any {
	return map[string]any{"$binary": base64.StdEncoding.EncodeToString([]byte(p))}
}

func startNode(t testing.TB, b *broker, name, key, way string, more ...string) *nodeServer {
	t.Helper()
	nodetest.Need(t, nodetest.Node, nodetest.Packages)
	cmd := exec.Command("node", append([]string{filepath.Join("testdata", "node.mjs"), nodetest.Root(), "redis://" + b.address(), name, key, way}, more...)...)
	var errs lockedBuffer
	cmd.Stderr = &errs
	in, out := nodetest.Start(t, cmd)
	n := &nodeServer{
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
	case n.url = <-ready:
	case <-time.After(patience):
		t.Fatalf("%s doesn't start: %s", name, errs.String())
	}
	return n
}

func (n *nodeServer) read(out io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var a nodeAnswer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			n.t.Errorf("%s: %v: %q", n.name, err, lines.Text())
			return
		}
		switch {
		case a.Ready:
			ready <- a.URL
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
func (n *nodeServer) try(op string, q query) nodeAnswer {
	n.t.Helper()
	c := make(chan nodeAnswer, 1)
	n.mu.Lock()
	n.next++
	line := query{"op": op, "id": n.next, "nsp": "/"}
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

func (n *nodeServer) do(op string, q query, result any) {
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
func (n *nodeServer) expect(event string, args ...any) { n.t.Helper(); n.expectIn("/", event, args...) }

func (n *nodeServer) expectIn(namespace, event string, args ...any) {
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

func (n *nodeServer) take(from chan string) string {
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

type lockedBuffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}
