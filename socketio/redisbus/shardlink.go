package redisbus

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A shardLink is a session of sharded pub/sub.
type shardLink struct {
	*sharded
	node node
	ears *ears
}

// Open implements cluster.Line.
func (l *sharded) Open(ctx context.Context, s *cluster.Session) (cluster.Link, error) {
	n, err := reach(ctx, l.client, l.key)
	if err != nil {
		return nil, err
	}
	if n.cluster != nil {
		n.cluster.ReloadState(ctx) // channels may have moved
	}
	k := &shardLink{l, n, newEars(ctx, s, n, true, s.Put)}
	err = k.ears.enter(l.always(), true)
	if err == nil {
		_, err = k.enter(s.Needs(), true)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// Close implements cluster.Link.
func (*shardLink) Close() {}

// Follow implements cluster.Link. It waits for rooms itself: were they awaited by what is
// published, that would wait for ever where rooms come and go all the time.
func (k *shardLink) Follow(_ context.Context, enter, leave []cluster.Need) error {
	spaces, rooms := k.channelsOf(leave)
	if err := k.ears.leave(append(spaces, rooms...)); err != nil {
		return err
	}
	rooms, err := k.enter(enter, false)
	if err != nil {
		return err
	}
	return k.ears.wait(rooms)
}

func (k *shardLink) enter(needs []cluster.Need, awaited bool) (rooms []string, err error) {
	spaces, rooms := k.channelsOf(needs)
	if err := k.ears.enter(spaces, true); err != nil {
		return nil, err
	}
	return rooms, k.ears.enter(rooms, awaited)
}

func (k *shardLink) channelsOf(needs []cluster.Need) (spaces, rooms []string) {
	for _, need := range needs {
		switch {
		case need.Room == "":
			spaces = append(spaces, k.inNamespace(need.Namespace)...)
		case k.mode.has(need.Namespace, need.Room):
			rooms = append(rooms, k.event(need.Namespace, []string{need.Room}))
		}
	}
	return spaces, rooms
}

// Send implements cluster.Link.
func (k *shardLink) Send(ctx context.Context, frames []*cluster.Frame) error {
	return k.node.spread(ctx, unpacked(frames))
}

// unpacked puts before questions what is sent beside them.
func unpacked(frames []*cluster.Frame) []*cluster.Frame {
	list := make([]*cluster.Frame, 0, len(frames)+1)
	for _, f := range frames {
		if p := parcelOf(f); p != nil && p.beside != nil {
			list = append(list, p.beside)
		}
		list = append(list, f)
	}
	return list
}

// Present implements cluster.Link.
func (k *shardLink) Present(ctx context.Context, names, namespaces []string) (cluster.Presence, error) {
	if err := k.ears.ping(k.patience()); err != nil {
		return cluster.Presence{}, err
	}
	return k.present(ctx, k.node, true, names, namespaces)
}

// present asks Redis who hears the channels.
func (l *speech) present(ctx context.Context, n node, sharded bool, names, namespaces []string) (cluster.Presence, error) {
	var list []string
	for _, name := range names {
		list = append(list, l.member(name))
	}
	if namespaces != nil {
		list = append(list, l.members())
	}
	for _, namespace := range namespaces {
		list = append(list, l.event(namespace, nil), l.ours(namespace))
	}
	counts, err := n.subscribers(ctx, sharded, list)
	if err != nil {
		return cluster.Presence{}, err
	}
	there := cluster.Presence{Ours: int(counts[l.members()]), Gone: make(map[string]bool), Foreign: make(map[string][]string)}
	for _, name := range names {
		there.Gone[name] = counts[l.member(name)] == 0
	}
	for _, namespace := range namespaces {
		if n := counts[l.event(namespace, nil)] - counts[l.ours(namespace)]; n > 0 {
			there.Foreign[namespace] = make([]string, n)
		}
	}
	return there, nil
}

func (l *speech) patience() time.Duration { return 4 * l.heartbeat }

// spread sends on sharded channels, to all nodes at once. What a node refuses because the channel
// has moved is sent to the one that has it.
func (n node) spread(ctx context.Context, frames []*cluster.Frame) error {
	if n.cluster == nil {
		return n.publish(ctx, "spublish", frames)
	}
	for end := time.Now().Add(setUpTime); ; {
		err := n.spreadOnce(ctx, frames)
		var again []*cluster.Frame
		for _, f := range frames {
			if f.Err != nil && moved(f.Err) {
				again = append(again, f)
			}
		}
		if err != nil || len(again) == 0 || time.Now().After(end) {
			return err
		}
		n.cluster.ReloadState(ctx)
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		frames = again
	}
}

const setUpTime = 5 * time.Second

// moved reports whether a node refused something that another one will take, or this one later.
func moved(err error) bool {
	var refused redis.Error
	if !errors.As(err, &refused) {
		return false
	}
	for _, text := range []string{"MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"} {
		if strings.HasPrefix(refused.Error(), text) {
			return true
		}
	}
	return false
}

func (n node) spreadOnce(ctx context.Context, frames []*cluster.Frame) error {
	groups := make(map[*redis.Client][]*cluster.Frame)
	for _, f := range frames {
		master, err := n.master(ctx, f.Channel)
		if err != nil {
			return err
		}
		groups[master] = append(groups[master], f)
	}
	var all sync.WaitGroup
	errs := make(chan error, len(groups))
	for master, group := range groups {
		all.Go(func() { errs <- node{master, nil}.publish(ctx, "spublish", group) })
	}
	all.Wait()
	close(errs)
	var err error
	for one := range errs {
		err = errors.Join(err, one)
	}
	return err
}
