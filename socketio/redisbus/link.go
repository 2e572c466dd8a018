package redisbus

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A link is one connection that hears, and the client that sends.
type link struct {
	*classic
	*cluster.Session
	node node
	sub  *redis.PubSub
}

// Open implements cluster.Line.
func (l *classic) Open(ctx context.Context, s *cluster.Session) (cluster.Link, error) {
	n, err := reach(ctx, l.client, l.key)
	if err != nil {
		return nil, err
	}
	k := &link{l, s, n, n.PSubscribe(ctx)}
	patterns := []string{l.events(), l.requests()}
	list := []string{l.members(), l.member(l.bus.Server().Name)}
	for _, need := range s.Needs() {
		list = append(list, l.inNamespace(need.Namespace, l.bus.Server().Name)...)
	}
	s.Await(patterns...)
	s.Await(list...)
	err = k.sub.PSubscribe(ctx, patterns...)
	if err == nil {
		err = k.enter(ctx, list)
	}
	if err != nil {
		k.Close()
		return nil, fmt.Errorf("redisbus: subscribe: %w", err)
	}
	s.Go(func() { k.read(ctx) })
	return k, nil
}

// Close implements cluster.Link.
func (k *link) Close() { _ = k.sub.Close() }

// enter subscribes to channels, not too many at once.
func (k *link) enter(ctx context.Context, list []string) error {
	for len(list) > 0 {
		n := min(len(list), 1000)
		if err := k.sub.Subscribe(ctx, list[:n]...); err != nil {
			return fmt.Errorf("redisbus: subscribe: %w", err)
		}
		list = list[n:]
	}
	return nil
}

// read takes what comes, until the session ends.
func (k *link) read(ctx context.Context) {
	unhook := context.AfterFunc(ctx, k.Close)
	defer unhook()
	patterns := 0
	for {
		got, err := k.sub.Receive(ctx)
		if err != nil {
			k.Fail(fmt.Errorf("redisbus: the connection to Redis: %w", err))
			return
		}
		switch got := got.(type) {
		case *redis.Subscription:
			if got.Kind == "psubscribe" {
				patterns++
			}
			if patterns > 2 {
				// The client has connected again by itself.
				k.Fail(errors.New("redisbus: the connection to Redis broke"))
				return
			}
			if got.Kind == "subscribe" || got.Kind == "psubscribe" {
				k.Confirmed(got.Channel)
			}
		case *redis.Message:
			if got.Pattern == "" && isRequest(got.Channel, k.key) {
				continue // it comes by the pattern, too
			}
			k.Put(cluster.Arrival{Channel: got.Channel, Payload: []byte(got.Payload)})
		}
	}
}

// Follow implements cluster.Link.
func (k *link) Follow(ctx context.Context, enter, leave []cluster.Need) error {
	var in, out []string
	for _, need := range enter {
		in = append(in, k.inNamespace(need.Namespace, k.bus.Server().Name)...)
	}
	for _, need := range leave {
		out = append(out, k.inNamespace(need.Namespace, k.bus.Server().Name)...)
	}
	k.Await(in...)
	k.Forget(out...)
	if len(out) > 0 {
		if err := k.sub.Unsubscribe(ctx, out...); err != nil {
			return fmt.Errorf("redisbus: unsubscribe: %w", err)
		}
	}
	return k.enter(ctx, in)
}

// once keeps the client from sending a message again that may have been sent.
type once struct{ *redis.IntCmd }

func (once) NoRetry() bool { return true }

// Send implements cluster.Link.
func (k *link) Send(ctx context.Context, frames []*cluster.Frame) error {
	return k.node.publish(ctx, "publish", frames)
}

// Present implements cluster.Link.
func (k *link) Present(ctx context.Context, names, namespaces []string) (cluster.Presence, error) {
	var list []string
	for _, name := range names {
		list = append(list, k.member(name))
	}
	if namespaces != nil {
		list = append(list, k.members())
	}
	for _, namespace := range namespaces {
		list = append(list, k.request(namespace), k.ours(namespace))
	}
	counts, err := k.node.subscribers(ctx, false, list)
	if err != nil {
		return cluster.Presence{}, err
	}
	there := cluster.Presence{Ours: int(counts[k.members()]), Gone: make(map[string]bool), Foreign: make(map[string][]string)}
	for _, name := range names {
		there.Gone[name] = counts[k.member(name)] == 0
	}
	for _, namespace := range namespaces {
		if n := counts[k.request(namespace)] - counts[k.ours(namespace)]; n > 0 {
			there.Foreign[namespace] = make([]string, n)
		}
	}
	return there, nil
}
