package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

func gapless(t *testing.T, k *kit) {
	a, byA := k.room()
	b, byB := k.room()
	for i := range 5 {
		k.append(text(a, fmt.Sprint(i), "a", byA))
		k.append(text(b, fmt.Sprint(i), "b", byB))
	}
	k.isGapless(k.all(a), 6)
	k.isGapless(k.all(b), 6)
}

func concurrent(t *testing.T, k *kit) {
	const senders, each = 8, 50
	room, _ := k.room()
	var mu sync.Mutex
	var told []int64 // guarded by mu
	var running int  // guarded by mu
	var wg sync.WaitGroup
	for s := range senders {
		by := k.member()
		k.append(chat.Entry{Message: line(room, "j", chat.LineJoin, by), Seat: chat.SeatTaken})
		wg.Go(func() {
			for i := range each {
				answered := false
				m, dup, err := k.Append(t.Context(), text(room, fmt.Sprint(s, "-", i), "x", by), func(m chat.Message) {
					mu.Lock()
					defer mu.Unlock()
					if running++; running != 1 || answered {
						t.Error("committed runs beside another, or late")
					}
					told = append(told, m.Rev)
					running--
				})
				answered = true
				if err != nil || dup || m.Seq == 0 {
					t.Errorf("append: %+v, dup %v, %v", m, dup, err)
				}
			}
		})
	}
	wg.Wait()
	k.isGapless(k.all(room), 1+senders+senders*each)
	if len(told) != senders*each || !slices.IsSorted(told) {
		t.Errorf("committed was called %d times, in order: %v", len(told), slices.IsSorted(told))
	}
}

func sendOnce(t *testing.T, k *kit) {
	room, by := k.room()
	first := k.append(text(room, "c", "first", by))
	m, dup, err := k.Append(t.Context(), text(room, "c", "second", by), func(chat.Message) { t.Error("a duplicate was committed") })
	k.check(err)
	if !dup || !same(m, first) {
		t.Errorf("got %+v, dup %v, want %+v", m, dup, first)
	}
	other := k.member()
	k.append(chat.Entry{Message: line(room, "j", chat.LineJoin, other), Seat: chat.SeatTaken})
	k.append(text(room, "c", "of another", other))
	k.isGapless(k.all(room), 4)
}

func sendOnceAtOnce(t *testing.T, k *kit) {
	room, by := k.room()
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]int{} // guarded by mu
	fresh := 0              // guarded by mu
	for range 16 {
		wg.Go(func() {
			m, dup, err := k.Append(t.Context(), text(room, "c", "x", by), nil)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[m.ID]++
			if !dup {
				fresh++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || fresh != 1 {
		t.Errorf("%d messages, %d fresh", len(ids), fresh)
	}
	k.isGapless(k.all(room), 2)
}

// failed appends beside entries that can't be kept: no number is lost and nobody else is hurt.
func failed(t *testing.T, k *kit) {
	room, by := k.room()
	twice := text(room, "used", "x", by)
	k.append(twice)
	twice.Message.CID = "other" // its ID is taken
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, _, err := k.Append(t.Context(), twice, func(chat.Message) { t.Error("committed") }); err == nil {
				t.Error("the same id was kept twice")
			}
		})
		wg.Go(func() {
			if _, _, err := k.Append(t.Context(), text(room, fmt.Sprint(i), "x", by), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	k.isGapless(k.all(room), 22)
}

func line(room, cid, code string, by chat.Member) chat.Message {
	return chat.Message{ID: chat.NewID(), Room: room, CID: "sys:" + code + by.ID + cid, Kind: chat.KindSystem, Code: code,
		Created: start.Add(time.Second), By: by}
}
