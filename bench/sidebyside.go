package main

import (
	"sync"
	"sync/atomic"
)

// sideBySide runs n steps, some of them at a time, and returns the first error.
func sideBySide(n int, step func(i int) error) error {
	var all sync.WaitGroup
	var next atomic.Int64
	failed := make(chan error, 1)
	for range min(dialers, n) {
		all.Go(func() {
			for len(failed) == 0 {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := step(i); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}
