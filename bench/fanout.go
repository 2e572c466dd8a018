package main

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A channel is a set of clients that all get what one of them says.
type channel struct {
	window  *window
	number  int
	members int64
	// flight has a place for each message that can be in flight: that of its number modulo the
	// length. Each member gets all in order, so messages are complete in order, and a place is free
	// again when its turn comes.
	flight []place

	mu      sync.Mutex // held during the write: messages leave in the order of their numbers
	speaker *client    // set before the first message
	said    int        // guarded by mu
}

// A place is where a message in flight is counted.
type place struct {
	left atomic.Int64 // members that haven't got it yet
	sent atomic.Int64 // nanoseconds since the window was opened
}

// say sends the next n messages in one piece; build appends one.
func (ch *channel) say(n int, build func(dst []byte, number, n int) []byte) error {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	from := ch.said
	ch.said += n
	now := int64(ch.window.now())
	for i := range n {
		p := &ch.flight[(from+i)%len(ch.flight)]
		p.left.Store(ch.members)
		p.sent.Store(now)
	}
	return ch.speaker.send(n, func(dst []byte, i int) []byte { return build(dst, ch.number, from+i) })
}

// A listener is one member. It wants every message of its channel once and in order.
type listener struct {
	window  *window
	channel *channel
	head    string            // of each message
	again   func(n int) error // sends n messages in place of those that are complete
	got     int
	batch   int           // messages since the last drained
	came    time.Duration // when they did
	last    int           // of them those that this member was the last to get
	want    []byte
}

func (l *listener) receive(op byte, p []byte) error {
	l.want = append(l.want[:0], l.head...)
	l.want = append(appendPayload(l.want, l.channel.number, l.got), `"]`...)
	if op != opText || !bytes.Equal(p, l.want) {
		return fmt.Errorf("got %q, want %q", p, l.want)
	}
	if l.batch == 0 {
		l.came = l.window.now()
	}
	at := &l.channel.flight[l.got%len(l.channel.flight)]
	l.window.took.add(l.came-time.Duration(at.sent.Load()), 1)
	switch left := at.left.Add(-1); {
	case left == 0:
		l.last++
	case left < 0:
		return fmt.Errorf("got %q before it was sent", p)
	}
	l.got++
	l.batch++
	return nil
}

func (l *listener) drained() error {
	batch, last := l.batch, l.last
	l.batch, l.last = 0, 0
	if l.window.settled(batch, last) {
		return l.again(last)
	}
	return nil
}
