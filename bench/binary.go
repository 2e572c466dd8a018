package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

const (
	binaryClients = 100
	attachment    = 1024 // bytes
)

const placeholder = `{"_placeholder":true,"num":0}]`

// runBinary measures echo calls with an attachment, one outstanding for each client.
func runBinary(ctx context.Context, t target, s settings) (sample, error) {
	w := open()
	callers := make([]*binaryCaller, s.clients(binaryClients))
	f, err := assemble(ctx, t.addr, len(callers), func(i int, c *client) receiver {
		callers[i] = &binaryCaller{window: w, client: c, number: i}
		return callers[i]
	})
	if err != nil {
		return sample{}, err
	}
	for _, b := range callers {
		w.pending.Add(1)
		if err := b.ask(0); err != nil {
			f.fail(err)
		}
	}
	return w.conclude(ctx, t, s, f)
}

// A binaryCaller wants an ack with the bytes that it sent.
type binaryCaller struct {
	window *window
	client *client
	number int
	sent   time.Duration // the question, by the window's clock
	got    int           // answers
	inside bool          // an ack came, its attachment not yet
	whole  bool          // an answer came since the last drained
	want   []byte
}

func (b *binaryCaller) receive(op byte, p []byte) error {
	if b.inside {
		b.want = appendAttachment(b.want[:0], b.number, b.got)
	} else {
		b.want = fmt.Appendf(b.want[:0], `461-%d[%s`, b.got, placeholder)
	}
	if (op == opBinary) != b.inside || !bytes.Equal(p, b.want) {
		return fmt.Errorf("got %q, want %q", p, b.want)
	}
	if b.inside {
		b.got++
		b.window.took.add(b.window.now()-b.sent, 1)
		b.whole = true
	}
	b.inside = !b.inside
	return nil
}

func (b *binaryCaller) drained() error {
	if !b.whole {
		return nil
	}
	b.whole = false
	if b.window.settled(1, 1) {
		return b.ask(b.got)
	}
	return nil
}

func (b *binaryCaller) ask(n int) error {
	b.sent = b.window.now()
	return b.client.put(func(out []byte) []byte {
		head := strconv.AppendInt([]byte("451-"), int64(n), 10)
		out = appendFrame(out, opText, append(append(head, `["echo",`...), placeholder...))
		return appendFrame(out, opBinary, appendAttachment(nil, b.number, n))
	})
}

// appendAttachment appends bytes that no other message of the measurement has.
func appendAttachment(dst []byte, who, n int) []byte {
	for range attachment / 32 {
		dst = appendPayload(dst, who, n)
	}
	return dst
}
