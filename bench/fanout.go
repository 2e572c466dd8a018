package main

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
)

// A channel is a set of clients that all get what one of them says.
type channel struct {
	number  int
	members int64
	// left counts the members that haven't got a message yet, by its number modulo the length,
	// which is how many messages can be in flight. Each member gets all in order, so messages are
	// complete in order, and a place is free again when its turn comes.
	left []atomic.Int64

	mu      sync.Mutex // held during the write: messages leave in the order of their numbers
	speaker *client    // set before the first message
	said    int        // guarded by mu
}

// say sends the next n messages in one piece; build appends one.
func (ch *channel) say(n int, build func(dst []byte, number, n int) []byte) error {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	from := ch.said
	ch.said += n
	for i := range n {
		ch.left[(from+i)%len(ch.left)].Store(ch.members)
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
	batch   int // messages since the last drained
	last    int // of them those that this member was the last to get
	want    []byte
}

func (l *listener) receive(op byte, p []byte) error {
	l.want = append(l.want[:0], l.head...)
	l.want = append(appendPayload(l.want, l.channel.number, l.got), `"]`...)
	if op != opText || !bytes.Equal(p, l.want) {
		return fmt.Errorf("got %q, want %q", p, l.want)
	}
	switch left := l.channel.left[l.got%len(l.channel.left)].Add(-1); {
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
