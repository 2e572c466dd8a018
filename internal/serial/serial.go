// Package serial does one thing at a time, in order, in a goroutine that ends with the last one.
// A Queue that has nothing to do costs no goroutine.
package serial

import "sync"

// A Queue hands items to a function. The zero value is ready; all methods may be called from any
// goroutine.
type Queue[T any] struct {
	// Go, when set before the first item, runs the goroutine for an owner that waits for its end.
	// False says that there won't be any more of them: what waits stays.
	Go func(func()) bool

	mu   sync.Mutex
	list []T  // guarded by mu
	busy bool // the goroutine is there; guarded by mu
}

// Add lets handle have items when all earlier ones have been handled, and reports whether there was
// room for them all: most bounds the items that wait, 0 and less don't. Handle is the same function
// each time. When it ends its goroutine by runtime.Goexit, as a test does that fails, the next item
// gets another one.
func (q *Queue[T]) Add(most int, handle func(T), items ...T) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if most > 0 && len(q.list)+len(items) > most {
		return false
	}
	q.list = append(q.list, items...)
	if !q.busy {
		q.busy = q.start(nil, handle)
	}
	return true
}

func (q *Queue[T]) start(list []T, handle func(T)) bool {
	if q.Go != nil {
		return q.Go(func() { q.run(list, handle) })
	}
	go q.run(list, handle)
	return true
}

// run handles list, and then what has come meanwhile.
func (q *Queue[T]) run(list []T, handle func(T)) {
	over := false
	defer func() {
		if !over {
			q.start(list, handle)
		}
	}()
	for {
		for len(list) > 0 {
			item := list[0]
			list = list[1:]
			handle(item)
		}
		q.mu.Lock()
		list, q.list = q.list, nil
		q.busy = len(list) > 0
		q.mu.Unlock()
		if over = len(list) == 0; over {
			return
		}
	}
}
