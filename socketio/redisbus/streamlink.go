package redisbus

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A streamLink is a session with streams.
type streamLink struct {
	*streams
	*cluster.Session
	node   node
	ears   *ears
	held   chan cluster.Arrival // of pub/sub
	floors map[string]offset    // what was in the streams at the beginning
}

// mostHeld messages of pub/sub wait for the streams. Then no more are read.
const mostHeld = 1000

// Open implements cluster.Line.
func (l *streams) Open(ctx context.Context, s *cluster.Session) (link cluster.Link, err error) {
	n, err := reach(ctx, l.client, l.channels.key)
	if err != nil {
		return nil, err
	}
	k := &streamLink{streams: l, Session: s, node: n, held: make(chan cluster.Arrival, mostHeld), floors: make(map[string]offset)}
	defer func() {
		if err != nil {
			k.Close()
		}
	}()
	if n.cluster != nil {
		n.cluster.ReloadState(ctx)
	}
	for _, stream := range l.all() {
		if err := k.begin(ctx, stream); err != nil {
			return nil, err
		}
	}
	k.ears = newEars(ctx, s, n, l.sharded, func(a cluster.Arrival) {
		select {
		case k.held <- a:
		case <-ctx.Done():
		}
	})
	if err := k.ears.enter(l.always(), true); err != nil {
		return nil, err
	}
	if err := k.Follow(ctx, s.Needs(), nil); err != nil {
		return nil, err
	}
	l.store.open(n)
	s.Go(func() { k.arrange(ctx) })
	return k, nil
}

// begin starts to read a stream where this server has read to, at first at its end.
func (k *streamLink) begin(ctx context.Context, stream string) error {
	to, err := k.pipeTo(ctx, stream)
	if err != nil {
		return err
	}
	k.pipes.kill(ctx, to)
	last, err := to.XRevRangeN(ctx, stream, "+", "-", 1).Result()
	if err != nil {
		return fmt.Errorf("redisbus: look at stream %s: %w", stream, err)
	}
	var end offset
	if len(last) > 0 {
		if end, err = parseOffset(last[0].ID); err != nil {
			return err
		}
	}
	k.floors[stream] = end
	// A stream that ends before is another one: Redis has lost the old one.
	if at, known := k.at.get(stream); !known || end.before(at) {
		k.at.set(stream, end)
	}
	client, err := k.node.master(ctx, stream)
	if err != nil {
		return err
	}
	reader := newPipe(client)
	k.Go(func() { k.follow(ctx, stream, reader) })
	return nil
}

func (k *streamLink) pipeTo(ctx context.Context, stream string) (*pipe, error) {
	client, err := k.node.master(ctx, stream)
	if err != nil {
		return nil, err
	}
	return k.pipes.to(client), nil
}

// Close implements cluster.Link.
func (k *streamLink) Close() {
	k.pipes.close()
	k.store.close()
	k.returns.giveUp()
}

// Follow implements cluster.Link.
func (k *streamLink) Follow(_ context.Context, enter, leave []cluster.Need) error {
	for _, need := range leave {
		if err := k.ears.leave(k.inNamespace(need.Namespace)); err != nil {
			return err
		}
	}
	var list []string
	for _, need := range enter {
		list = append(list, k.inNamespace(need.Namespace)...)
	}
	return k.ears.enter(list, true)
}

// Present implements cluster.Link.
func (k *streamLink) Present(ctx context.Context, names, namespaces []string) (cluster.Presence, error) {
	if err := k.ears.ping(k.patience()); err != nil {
		return cluster.Presence{}, err
	}
	return k.present(ctx, k.node, k.sharded, names, namespaces)
}

// arrange puts what comes by pub/sub behind all that was in the streams then. Many wait at once for
// one look.
func (k *streamLink) arrange(ctx context.Context) {
	for {
		var list []cluster.Arrival
		select {
		case a := <-k.held:
			list = append(list, a)
		case <-ctx.Done():
			return
		}
		for more := true; more && len(list) < mostHeld; {
			select {
			case a := <-k.held:
				list = append(list, a)
			default:
				more = false
			}
		}
		ends, err := k.ends(ctx)
		if err == nil {
			err = k.at.wait(ctx, ends)
		}
		if err != nil {
			k.Fail(fmt.Errorf("redisbus: look at the streams: %w", err))
			return
		}
		for _, a := range list {
			k.Put(a)
		}
	}
}

// ends are the last entries of the streams, where there is anything that hasn't been read.
func (k *streamLink) ends(ctx context.Context) (map[string]offset, error) {
	ends := make(map[string]offset)
	answers := make(map[string]*redis.XMessageSliceCmd)
	_, err := k.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, stream := range k.all() {
			at, _ := k.at.get(stream)
			answers[stream] = p.XRevRangeN(ctx, stream, "+", "("+at.String(), 1)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for stream, answer := range answers {
		if list := answer.Val(); len(list) > 0 {
			if ends[stream], err = parseOffset(list[0].ID); err != nil {
				return nil, err
			}
		}
	}
	return ends, nil
}
