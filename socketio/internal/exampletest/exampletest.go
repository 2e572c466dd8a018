// Package exampletest gives examples what a test has: they show how to test, and have no
// *testing.T.
package exampletest

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
)

// T stands for the t of a test. A failure panics. It belongs to one goroutine.
type T struct {
	testing.TB
	cleanups []func()
}

// Helper does nothing.
func (t *T) Helper() {}

// Context is one that doesn't end.
func (t *T) Context() context.Context { return context.Background() }

// Output is what the example prints to.
func (t *T) Output() io.Writer { return os.Stdout }

// Cleanup keeps f for End.
func (t *T) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// Fatalf panics.
func (t *T) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// End runs what Cleanup kept, the last first.
func (t *T) End() {
	for _, f := range slices.Backward(t.cleanups) {
		f()
	}
}
