package adapter

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A Question of a server of Node, which the own server answers in Node's words.
type Question struct {
	Type      Type // the classic adapter has other numbers
	UID       string
	NSP       string
	RequestID string
}

// Questions are those that servers of Node wait for. The zero value is empty, and any goroutine
// may call the methods.
type Questions struct {
	mu    sync.Mutex
	open  map[string]*pending // by ids of ours; guarded by mu
	swept time.Time           // when those were dropped whose time is over; guarded by mu
}

type pending struct {
	Question
	many  bool
	acks  int // of clients that are still to come; -1: not told yet
	until time.Time
}

const (
	mostQuestions = 10_000
	sweepTime     = 5 * time.Second
	leastPatience = time.Minute // for the answer to a question that doesn't say how long it waits
)

// Add notes a question and returns the id by which the own server answers. It isn't noted while
// there are too many. Many answers come, a BusCount and then so many of BusAck, or one alone.
func (q *Questions) Add(of Question, patience time.Duration, many bool) (id string, ok bool) {
	p := &pending{Question: of, many: many, acks: -1, until: time.Now().Add(max(patience, leastPatience))}
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	id = hex.EncodeToString(random[:])
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sweep()
	if len(q.open) >= mostQuestions {
		return "", false
	}
	if q.open == nil {
		q.open = make(map[string]*pending)
	}
	q.open[id] = p
	return id, true
}

// Answered finds the question that m answers, and forgets it with the last answer. There is none
// when a server of ours asked.
func (q *Questions) Answered(m *socketio.BusMessage) (of Question, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.open[m.Request]
	switch {
	case p == nil:
		return Question{}, false
	case m.Kind == socketio.BusCount:
		p.acks = m.Count
	case m.Kind == socketio.BusAck:
		p.acks--
	}
	if !p.many || p.acks == 0 {
		delete(q.open, m.Request)
	}
	return p.Question, true
}

// sweep drops those that nobody waits for any more. It needs mu.
func (q *Questions) sweep() {
	now := time.Now()
	if now.Sub(q.swept) < sweepTime {
		return
	}
	q.swept = now
	for id, p := range q.open {
		if now.After(p.until) {
			delete(q.open, id)
		}
	}
}
