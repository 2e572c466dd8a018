package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

// A talker says one thing after the other in a room of the chat. A message is over when each member
// has it, the talker too, and it is acknowledged; then comes the next.
type talker struct {
	window  *window
	acks    *histogram
	number  int // of all talkers
	room    string
	members int64
	client  *client      // set before the first message
	said    atomic.Int64 // messages
	left    atomic.Int64 // members that haven't got the last one yet, and its acknowledgement
	sent    atomic.Int64 // when it was, by the window's clock
}

func (t *talker) say() error {
	n := int(t.said.Add(1)) - 1
	t.left.Store(t.members + 1)
	t.sent.Store(int64(t.window.now()))
	return t.client.send(1, func(dst []byte, _ int) []byte {
		dst = strconv.AppendInt(append(dst, "42/chat,"...), int64(n)+1, 10)
		dst = append(append(append(dst, `["chat",{"room":"`...), t.room...), `","cid":"`...)
		dst = appendPayload(dst, t.number, n)
		return append(appendPayload(append(dst, `","chat":"`...), t.number, n), `"}]`...)
	})
}

// one more has the last message.
func (t *talker) one() error {
	if left := t.left.Add(-1); left > 0 {
		return nil
	} else if left < 0 {
		return fmt.Errorf("message %d of talker %d came too often", t.said.Load(), t.number)
	}
	if t.window.settled(0, 1) {
		return t.say()
	}
	return nil
}

func (t *talker) acknowledged(p []byte) error {
	want := strconv.AppendInt([]byte("43/chat,"), t.said.Load(), 10)
	if !bytes.HasPrefix(p, append(want, `[{"ok":true`...)) {
		return fmt.Errorf("got %.200q, want %s[{\"ok\":true", p, want)
	}
	t.acks.add(t.window.now()-time.Duration(t.sent.Load()), 1)
	return t.one()
}

// A sitter is a member, who wants everything that each talker of the room says once and in order.
type sitter struct {
	talkers []*talker // of the room
	own     *talker   // nil = says nothing
	got     []int     // messages, by talker
}

func (s *sitter) receive(_ byte, p []byte) error {
	if bytes.HasPrefix(p, []byte("43/chat,")) && s.own != nil {
		return s.own.acknowledged(p)
	}
	text, ok := textOf(p)
	if !ok {
		return nil // who came and went
	}
	for i, t := range s.talkers {
		if !bytes.HasPrefix(text, appendHex(nil, t.number)) {
			continue
		}
		if want := appendPayload(nil, t.number, s.got[i]); !bytes.Equal(text, want) {
			return fmt.Errorf("got %q, want %q", text, want)
		}
		s.got[i]++
		t.window.units.Add(1)
		t.window.took.add(t.window.now()-time.Duration(t.sent.Load()), 1)
		return t.one()
	}
	return fmt.Errorf("got %q, which nobody said", text)
}

func (s *sitter) drained() error { return nil }

// A conversation is visitors in rooms, some of whom talk.
type conversation struct {
	*window
	acks    histogram
	talkers []*talker
	fleet   *fleet
	size    int // of a room
}

// converse seats all. The first people of each room talk.
func converse(ctx context.Context, all []*visitor, size, talking int) (*conversation, error) {
	c := &conversation{window: open(), size: size}
	rooms := make([][]*talker, (len(all)+size-1)/size)
	crew := make([]*sitter, len(all))
	for i, v := range all {
		s := &sitter{got: make([]int, talking)}
		if i%size < talking {
			s.own = &talker{window: c.window, acks: &c.acks, number: len(c.talkers), room: v.room, members: int64(size)}
			c.talkers = append(c.talkers, s.own)
			rooms[i/size] = append(rooms[i/size], s.own)
		}
		crew[i] = s
	}
	for i, s := range crew {
		s.talkers = rooms[i/size]
	}
	var err error
	c.fleet, err = seat(ctx, all, func(i int, cl *client) receiver {
		if crew[i].own != nil {
			crew[i].own.client = cl
		}
		return crew[i]
	})
	return c, err
}

// A talk is what a time of conversation was.
type talk struct {
	passage
	messages float64
	acks     [len(histogram{}.counts)]int64
}

func (c *conversation) clocked(t target, f func() error) (talk, error) {
	acks := c.acks.since([len(c.acks.counts)]int64{})
	p, err := c.window.clocked(t, f)
	return talk{p, float64(p.units) / float64(c.size), c.acks.since(acks)}, err
}

// full lets all talkers talk as fast as they get answers.
func (c *conversation) full(ctx context.Context, t target, s settings) (talk, error) {
	c.stopping.Store(false)
	c.pending.Add(int64(len(c.talkers)))
	for _, one := range c.talkers {
		if err := one.say(); err != nil {
			return talk{}, err
		}
	}
	if err := c.run(ctx, s.warmup, c.fleet.failed); err != nil {
		return talk{}, err
	}
	found, err := c.clocked(t, func() error { return c.run(ctx, s.time, c.fleet.failed) })
	if err != nil {
		return talk{}, err
	}
	return found, c.finish(ctx, c.fleet.failed)
}

// paced lets the talkers talk in turns and by the clock until the context ends.
func (c *conversation) paced(ctx context.Context, rate int) error {
	c.stopping.Store(true) // no answer brings a message
	begun := time.Now()
	for n := 0; ; n++ {
		due := begun.Add(time.Duration(n) * time.Second / time.Duration(rate))
		one := c.talkers[n%len(c.talkers)]
		for first := true; first || one.left.Load() > 0; first = false {
			err := pause(ctx, max(time.Millisecond, time.Until(due)), c.fleet.failed)
			if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
				return c.quiet(context.WithoutCancel(ctx), c.fleet.failed)
			}
			if err != nil {
				return err
			}
		}
		c.pending.Add(1)
		if err := one.say(); err != nil {
			return err
		}
	}
}

// figures are what the report has of a talk.
func (t talk) figures() []sample {
	us := func(counts []int64, share float64) sample {
		return sample{Figure: quantile(counts, share), Load: t.load}
	}
	return []sample{
		{Figure: t.messages / t.wall.Seconds(), Load: t.load},
		{Figure: float64(t.cpu.Microseconds()) / t.messages, Load: t.load},
		{Figure: float64(t.cpu.Nanoseconds()) / float64(t.units), Load: t.load},
		us(t.acks[:], 0.50), us(t.acks[:], 0.99), us(t.took[:], 0.50), us(t.took[:], 0.99),
	}
}

var talkFigures = []workload{
	{unit: "messages a second"},
	{unit: "CPU µs per message", smaller: true},
	{unit: "CPU ns per delivery", smaller: true},
	{unit: "acknowledged, p50 µs", smaller: true},
	{unit: "acknowledged, p99 µs", smaller: true},
	{unit: "delivered, p50 µs", smaller: true},
	{unit: "delivered, p99 µs", smaller: true},
}
