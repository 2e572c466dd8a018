// Package outbox holds what waits to be written: a bounded queue for each connection, and the few
// goroutines that empty the queues of all of them. Whoever sends only appends and marks; one flush
// takes all that is queued, because the write itself is nine tenths of the cost of a small message.
package outbox

// firstItems is the room of a queue that begins to fill: most are emptied before they hold more.
const firstItems = 4

// A Queue is bounded in bytes. Its owner's lock guards it. The zero value is empty and holds no memory.
type Queue[T any] struct {
	items []T
	bytes int // of the items and of those taken but not yet written
}

// Push appends an item unless that would exceed limit bytes. An item is always admitted to an empty queue.
func (q *Queue[T]) Push(item T, size, limit int) bool {
	if q.bytes > 0 && q.bytes+size > limit {
		return false
	}
	if q.items == nil {
		q.items = make([]T, 0, firstItems)
	}
	q.items = append(q.items, item)
	q.bytes += size
	return true
}

// Take empties the queue. The bytes count on until Written.
func (q *Queue[T]) Take() []T {
	items := q.items
	q.items = nil
	return items
}

// Written says that so many bytes of what was taken have left.
func (q *Queue[T]) Written(bytes int) { q.bytes -= bytes }

// Drop forgets everything and lets the memory go.
func (q *Queue[T]) Drop() { *q = Queue[T]{} }

// Len is the number of items that nobody took yet.
func (q *Queue[T]) Len() int { return len(q.items) }

// Bytes is what is queued or being written.
func (q *Queue[T]) Bytes() int { return q.bytes }
