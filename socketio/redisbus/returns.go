package redisbus

import (
	"slices"
	"sync"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// returns are the events of this server that it wants back from the stream: each comes once, with
// its offset, or without one when Redis doesn't answer.
type returns struct {
	made func(*socketio.BusMessage) // hands the server a message; it doesn't block

	mu     sync.Mutex
	list   []*awaited          // in the order of Publish; some are gone; guarded by mu
	of     map[string]*awaited // by id; guarded by mu
	timer  *time.Timer         // nil: nothing is awaited; guarded by mu
	silent int                 // looks since Redis said anything; guarded by mu
}

type awaited struct {
	id    string
	back  socketio.BusMessage
	began time.Time
	gone  bool // guarded by returns.mu
}

// returnTime is how long Redis may say nothing. While it says something much may wait.
const returnTime = 4 * time.Second

func (r *returns) add(id string, m *socketio.BusMessage) {
	w := &awaited{id: id, began: time.Now(), back: socketio.BusMessage{
		Kind: m.Kind, From: m.From, Namespace: m.Namespace, Number: m.Number,
	}}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = make(map[string]*awaited)
	}
	r.of[id] = w
	r.list = append(r.list, w)
	if r.timer == nil {
		r.timer, r.silent = time.AfterFunc(returnTime/looks, r.expire), 0
	}
}

// arrive gives back an event that is in the stream.
func (r *returns) arrive(id, offset string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.of[id]; w != nil {
		w.back.Offset = offset
		r.give(w)
		r.tidy()
	}
}

// forgetNumber is for one that Publish has refused.
func (r *returns) forgetNumber(number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range slices.Backward(r.list) {
		if w.back.Number == number && !w.gone {
			w.gone = true
			delete(r.of, w.id)
			break
		}
	}
	r.tidy()
}

// fail gives back one that Redis has refused.
func (r *returns) fail(id string) { r.arrive(id, "") }

// giveUp gives back all.
func (r *returns) giveUp() { r.giveUpSince(time.Now()) }

func (r *returns) giveUpSince(limit time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.list {
		if !w.gone && !w.began.After(limit) {
			r.give(w)
		}
	}
	r.tidy()
}

// hear notes that Redis says something.
func (r *returns) hear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = 0
}

// looks is how often it is looked in returnTime whether Redis is silent. A process that stood still
// itself hasn't looked.
const looks = 10

func (r *returns) expire() {
	r.mu.Lock()
	r.silent++
	silent := r.silent >= looks
	r.mu.Unlock()
	if silent {
		r.giveUpSince(time.Now().Add(-returnTime))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) == 0 {
		r.timer = nil
		return
	}
	r.timer.Reset(returnTime / looks)
}

// give needs mu.
func (r *returns) give(w *awaited) {
	w.gone = true
	delete(r.of, w.id)
	r.made(&w.back)
}

// tidy needs mu.
func (r *returns) tidy() {
	for len(r.list) > 0 && r.list[0].gone {
		r.list[0] = nil
		r.list = r.list[1:]
	}
	if len(r.list) == 0 {
		r.list = nil
	}
}
