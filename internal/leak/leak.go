// Package leak fails a test binary whose tests leave goroutines behind.
package leak

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines may take to end after the last test.
const patience = 30 * time.Second

// Main runs the tests of a package and exits with an error when, after them, goroutines
// of this module are still alive. Call it from TestMain. It calls ended after the tests.
func Main(m *testing.M, ended ...func()) {
	code := m.Run()
	for _, f := range ended {
		f()
	}
	if code == 0 {
		if left := wait(); len(left) > 0 {
			fmt.Fprintf(os.Stderr, "%d goroutines left behind:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
			code = 1
		}
	}
	os.Exit(code)
}

func wait() []string {
	end := time.Now().Add(patience)
	for {
		left := running()
		if len(left) == 0 || time.Now().After(end) {
			return left
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// running lists the stacks, other than the caller's, that pass through this module.
func running() []string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	var left []string
	for g := range strings.SplitSeq(string(buf), "\n\n") {
		if strings.Contains(g, "madang-chat/madang") && !strings.Contains(g, "leak.Main") {
			left = append(left, g)
		}
	}
	return left
}
