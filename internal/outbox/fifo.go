package outbox

// A FIFO is a slice whose front moves; its memory is kept while it is in use and let go after a
// burst. The zero value is empty. Its owner's lock guards it.
type FIFO[T any] struct {
	items []T
	head  int
}

// keep is how large an empty one may stay.
const keep = 1024

// Len is how many wait.
func (q *FIFO[T]) Len() int { return len(q.items) - q.head }

// First is the next of Pop, which there must be.
func (q *FIFO[T]) First() T { return q.items[q.head] }

// Push adds one at the end.
func (q *FIFO[T]) Push(x T) { q.items = append(q.items, x) }

// Pop takes the oldest, which there must be.
func (q *FIFO[T]) Pop() T {
	x := q.items[q.head]
	var zero T
	q.items[q.head] = zero
	q.head++
	switch {
	case q.head == len(q.items):
		if q.items, q.head = q.items[:0], 0; cap(q.items) > keep {
			q.items = nil
		}
	case q.head >= keep && q.head*2 >= len(q.items):
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	return x
}
