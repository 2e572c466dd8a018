package redisbus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

var errBroke = errors.New("redisbus: the connection to Redis broke")

// read takes what comes over one connection, until the session ends.
func (e *ears) read(from *ear) {
	end := func() { _ = from.Close() }
	defer end()
	unhook := context.AfterFunc(e.ctx, end)
	defer unhook()
	for {
		got, err := from.Receive(e.ctx)
		if err != nil && strings.Contains(err.Error(), "unknown command") {
			err = fmt.Errorf("redisbus: sharded pub/sub needs Redis 7: %w", err)
		} else if err != nil {
			err = fmt.Errorf("redisbus: the connection to Redis: %w", err)
		}
		switch got := got.(type) {
		case *redis.Subscription:
			err = e.confirm(got)
		case *redis.Pong:
			e.mu.Lock()
			from.pinged = time.Time{}
			e.mu.Unlock()
		case *redis.Message:
			e.put(cluster.Arrival{Channel: got.Channel, Payload: []byte(got.Payload)})
		}
		if err != nil {
			e.session.Fail(err)
			return
		}
	}
}

// confirm takes what Redis says of a channel. It says that of its own accord when a channel moves
// away, and when the client has connected again by itself.
func (e *ears) confirm(got *redis.Subscription) (err error) {
	e.mu.Lock()
	a := e.asked[got.Channel]
	if a == nil {
		e.mu.Unlock()
		return errBroke
	}
	switch got.Kind {
	case "subscribe", "ssubscribe":
		if a.enters--; a.enters < 0 {
			err = errBroke
		} else if a.enters == 0 {
			close(a.heard)
		}
	default:
		if a.leaves--; a.leaves < 0 {
			err = fmt.Errorf("redisbus: channel %.100q is another server's of Redis", got.Channel)
		}
	}
	confirmed := a.awaited && a.needs > 0 && a.enters == 0
	if a.needs == 0 && a.enters == 0 && a.leaves == 0 {
		delete(e.asked, got.Channel)
	}
	e.mu.Unlock()
	if confirmed && err == nil {
		e.session.Confirmed(got.Channel)
	}
	return err
}

// ping looks whether the servers of Redis answer, all at once: an error tells of one that hasn't
// for so long.
func (e *ears) ping(patience time.Duration) error {
	var list []*ear
	e.mu.Lock()
	for _, to := range e.of {
		switch {
		case to.pinged.IsZero():
			to.pinged = time.Now()
			list = append(list, to)
		case time.Since(to.pinged) > patience:
			e.mu.Unlock()
			return errors.New("redisbus: a server of Redis doesn't answer")
		}
	}
	e.mu.Unlock()
	for _, to := range list {
		if err := to.Ping(e.ctx); err != nil {
			return fmt.Errorf("redisbus: the connection to Redis: %w", err)
		}
	}
	return nil
}
