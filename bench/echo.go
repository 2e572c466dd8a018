package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

// echoClients ask at the same time, for both kinds of echo.
const echoClients = 100

// echoes makes the workload of clients that keep a number of echo calls under way each.
func echoes(outstanding int) func(context.Context, target, settings) (sample, error) {
	return func(ctx context.Context, t target, s settings) (sample, error) {
		w := open()
		f, err := assemble(ctx, t.addr, s.clients(echoClients), func(i int, c *client) receiver {
			return &echoer{window: w, client: c, number: i, asked: outstanding, sent: make([]time.Duration, outstanding)}
		})
		if err != nil {
			return sample{}, err
		}
		for i, c := range f.clients {
			w.pending.Add(int64(outstanding))
			if err := c.send(outstanding, func(dst []byte, n int) []byte { return appendEcho(dst, i, n) }); err != nil {
				f.fail(err)
			}
		}
		return w.conclude(ctx, t, s, f)
	}
}

// An echoer is one client that wants its own words back, in order.
type echoer struct {
	window *window
	client *client
	number int
	got    int // answers so far; the id of the next one
	batch  int // of them since the last drained
	asked  int // the workload asks the first ones
	// sent is when each question that is under way was asked, by its id modulo the length; 0 =
	// unknown.
	sent []time.Duration
	came time.Duration // when the batch did
	want []byte
}

func (e *echoer) receive(op byte, p []byte) error {
	e.want = strconv.AppendInt(append(e.want[:0], "43"...), int64(e.got), 10)
	e.want = append(appendPayload(append(e.want, `["`...), e.number, e.got), `"]`...)
	if op != opText || !bytes.Equal(p, e.want) {
		return fmt.Errorf("got %q, want %q", p, e.want)
	}
	if e.batch == 0 {
		e.came = e.window.now()
	}
	if sent := e.sent[e.got%len(e.sent)]; sent > 0 {
		e.window.took.add(e.came-sent, 1)
	}
	e.got++
	e.batch++
	return nil
}

func (e *echoer) drained() error {
	n := e.batch
	e.batch = 0
	if !e.window.settled(n, n) {
		return nil
	}
	from, now := e.asked, e.window.now()
	e.asked += n
	for i := range n {
		e.sent[(from+i)%len(e.sent)] = now
	}
	return e.client.send(n, func(dst []byte, i int) []byte { return appendEcho(dst, e.number, from+i) })
}

func appendEcho(dst []byte, number, n int) []byte {
	dst = strconv.AppendInt(append(dst, "42"...), int64(n), 10)
	dst = appendPayload(append(dst, `["echo","`...), number, n)
	return append(dst, `"]`...)
}

// appendPayload appends 32 characters that no other message of the measurement has.
func appendPayload(dst []byte, who, n int) []byte {
	return appendHex(appendHex(dst, who), n)
}

func appendHex(dst []byte, v int) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[v>>shift&15])
	}
	return dst
}
