package outbox_test

import (
	"slices"
	"testing"

	"github.com/madang-chat/madang/internal/outbox"
)

func TestQueueCountsUntilWritten(t *testing.T) {
	var pool outbox.Pool[string]
	var q outbox.Queue[string]
	check := func(what string, items, bytes int) {
		t.Helper()
		if q.Len() != items || q.Bytes() != bytes {
			t.Fatalf("%s: %d items, %d bytes, want %d and %d", what, q.Len(), q.Bytes(), items, bytes)
		}
	}
	push := func(item string, size int, want bool) {
		t.Helper()
		if q.Push(&pool, item, size, 100) != want {
			t.Fatalf("Push of %d bytes to %d: %v", size, q.Bytes(), !want)
		}
	}
	check("zero value", 0, 0)
	push("above the limit, but first", 150, true)
	push("no more", 1, false)
	check("full", 1, 150)
	if got := q.Take().All; !slices.Equal(got, []string{"above the limit, but first"}) {
		t.Fatalf("Take: %q", got)
	}
	check("taken", 0, 150)
	push("what is being written counts", 1, false)
	q.Written(150)
	check("written", 0, 0)
	push("a", 60, true)
	push("b", 40, true)
	push("c", 1, false)
	push("of no size", 0, true)
	if got := q.Take().All; !slices.Equal(got, []string{"a", "b", "of no size"}) {
		t.Fatalf("Take: %q", got)
	}
	q.Written(60)
	push("d", 60, true)
	check("partly written", 1, 100)
	q.Drop()
	check("dropped", 0, 0)
	if got := q.Take(); got != nil {
		t.Fatalf("Take of nothing: %q", got.All)
	}
}

func TestTakenItemsAreTheTakers(t *testing.T) {
	var pool outbox.Pool[int]
	var q outbox.Queue[int]
	for i := range 10 {
		q.Push(&pool, i, 1, 100)
	}
	taken := q.Take().All
	for i := range 10 {
		q.Push(&pool, 100+i, 1, 100)
	}
	for i, n := range taken {
		if n != i {
			t.Fatalf("item %d has become %d", i, n)
		}
	}
}
