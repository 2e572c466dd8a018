package redisbus

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// Send implements cluster.Link. What goes to one server of Redis is written at once; when another
// one follows it waits for the answers.
func (k *streamLink) Send(ctx context.Context, frames []*cluster.Frame) error {
	frames = unpacked(frames)
	for at := 0; at < len(frames); {
		to, n, err := k.run(ctx, frames[at:])
		if err == nil && to == nil {
			err = k.node.spread(ctx, frames[at:at+n])
		} else if err == nil {
			err = k.sendTo(ctx, to, frames[at:at+n])
		}
		if err != nil {
			for _, f := range frames[at+n:] {
				f.Again = f.Keep // it hasn't been sent
			}
			return err
		}
		for _, f := range frames[at : at+n] {
			f.Done = f.Err == nil
		}
		at += n
	}
	return nil
}

// run is how many of the frames go the same way: over a pipe, or over sharded channels.
func (k *streamLink) run(ctx context.Context, frames []*cluster.Frame) (to *pipe, n int, err error) {
	for ; n < len(frames); n++ {
		p := parcelOf(frames[n])
		spread := k.sharded && (p == nil || p.entry == nil)
		if n > 0 && spread != (to == nil) {
			break
		}
		if spread || n > 0 && (p == nil || k.node.cluster == nil) {
			continue
		}
		stream := k.all()[0]
		if p != nil {
			stream = p.stream
		}
		next, err := k.pipeTo(ctx, stream)
		if err != nil {
			return nil, len(frames), err
		}
		if n > 0 && next != to {
			break
		}
		to = next
	}
	return to, n, nil
}

// sendTo writes frames to one server of Redis. What may have arrived when the connection breaks is
// looked for in the next session.
func (k *streamLink) sendTo(ctx context.Context, to *pipe, frames []*cluster.Frame) error {
	if err := k.sift(ctx, frames); err != nil {
		return err
	}
	sent := make([]redis.Cmder, len(frames))
	_, err := to.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, f := range frames {
			c := parcelOf(f)
			switch {
			case f.Done:
				continue
			case c != nil && c.entry != nil:
				c.tried = true
				k.at.doubt(c.id)
				args := append([]any{"xadd", c.stream, "maxlen", "~", k.maxLen, "*"}, c.entry...)
				sent[i] = redis.NewStringCmd(ctx, args...)
			default:
				sent[i] = redis.NewIntCmd(ctx, "publish", f.Channel, f.Payload)
			}
			_ = p.Process(ctx, sent[i])
		}
		return nil
	})
	var refused redis.Error
	if errors.As(err, &refused) {
		err = nil
	}
	for i, f := range frames {
		if sent[i] == nil {
			continue
		}
		failed := sent[i].Err()
		c := parcelOf(f)
		kept := c != nil && c.entry != nil
		switch {
		case failed == nil:
			f.Done = true
			if kept {
				k.at.settle(c.id)
			}
		case errors.As(failed, &refused):
			f.Err = failed
			if kept {
				k.at.settle(c.id)
				c.tried = false
				if passes(failed) && f.Keep {
					f.Err, f.Again = nil, true
					err = errors.Join(err, failed)
				} else {
					k.returns.fail(c.id)
				}
			}
		case f.Keep:
			f.Again = kept
		case kept:
			k.at.settle(c.id) // it is lost, whether it has arrived or not
		}
	}
	if err != nil {
		return fmt.Errorf("redisbus: write to Redis: %w", err)
	}
	return nil
}

// sift marks what has arrived in an earlier session.
func (k *streamLink) sift(ctx context.Context, frames []*cluster.Frame) error {
	for _, f := range frames {
		c := parcelOf(f)
		if c == nil || !c.tried {
			continue
		}
		if err := k.at.wait(ctx, k.floors); err != nil {
			for _, f := range frames {
				f.Again = f.Keep && !f.Done
			}
			return err
		}
		f.Done, c.tried = k.at.settle(c.id), false
	}
	return nil
}

// passes reports whether a server of Redis that refuses will take it later, or another one does.
func passes(err error) bool {
	for _, text := range []string{"LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "BUSY", "OOM", "MISCONF"} {
		if strings.HasPrefix(err.Error(), text) {
			return true
		}
	}
	return moved(err)
}
