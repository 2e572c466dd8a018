package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// fullDisk sends many messages at a time, of which some don't fit: what is reported as failed is
// nowhere, the rest is kept and announced, and a retry is no duplicate.
func fullDisk(t *testing.T, k *kit) {
	const senders = 128
	room, owner := k.room()
	k.check(k.full(k.Store, 20))
	var mu sync.Mutex
	var announced []int64
	send := func(i int) error {
		size := 10
		if i%4 == 1 {
			size = 1 << 20
		}
		e := text(room, fmt.Sprint("c", i), strings.Repeat("x", size), owner)
		_, dup, err := k.Append(t.Context(), e, func(m chat.Message) {
			mu.Lock()
			defer mu.Unlock()
			announced = append(announced, m.Rev)
		})
		if dup {
			t.Errorf("message %d is a duplicate", i)
		}
		return err
	}
	errs := make([]error, senders)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() { errs[i] = send(i) })
	}
	wg.Wait()

	kept := map[string]bool{}
	for _, m := range k.all(room) {
		kept[m.CID] = true
	}
	failed := 0
	for i, err := range errs {
		if err != nil {
			failed++
		}
		if kept[fmt.Sprint("c", i)] != (err == nil) {
			t.Errorf("message %d is kept: %v, reported: %v", i, err != nil, err)
		}
	}
	if failed == 0 {
		t.Fatal("the disk wasn't full")
	}
	k.check(k.full(k.Store, -1))
	for i, err := range errs {
		if err != nil {
			k.check(send(i))
		}
	}
	k.isGapless(k.all(room), senders+1)
	if len(announced) != senders || !slices.IsSorted(announced) {
		t.Errorf("announced %d of %d, in order: %v", len(announced), senders, slices.IsSorted(announced))
	}
}
