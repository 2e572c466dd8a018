package bustest

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A leakCheck looks for goroutines that servers and buses have left behind.
type leakCheck struct {
	before []string // what ran when the tests began

	mu       sync.Mutex
	packages []string // guarded by mu
}

func newLeakCheck() *leakCheck {
	c := &leakCheck{packages: []string{packageOf(new(socketio.Server))}}
	for id := range goroutines() {
		c.before = append(c.before, id)
	}
	return c
}

// add makes the package of a bus one of those that are looked at.
func (c *leakCheck) add(b socketio.Bus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name := packageOf(b); name != "" && !slices.Contains(c.packages, name) {
		c.packages = append(c.packages, name)
	}
}

func packageOf(v any) string {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

func (c *leakCheck) run(t *testing.T) {
	end := time.Now().Add(30 * time.Second)
	for {
		left := c.left()
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are left:\n\n%s", len(left), strings.Join(left, "\n\n"))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (c *leakCheck) left() (stacks []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, stack := range goroutines() {
		of := func(name string) bool { return strings.Contains(stack, name+".") }
		if !slices.Contains(c.before, id) && !strings.Contains(stack, "leakCheck") && slices.ContainsFunc(c.packages, of) {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// goroutines returns the stacks of all goroutines by their ids.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	all := make(map[string]string)
	for stack := range strings.SplitSeq(string(buf[:n]), "\n\n") {
		id, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		all[id] = stack
	}
	return all
}
