package natsbus

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/madang-chat/madang/socketio"
)

const (
	markerTime = time.Minute          // for what says that a session was taken
	mostKeep   = 365 * 24 * time.Hour // else it is kept until it is taken
)

// sessionKey is the same for all servers, and tells nobody a client's secret.
func sessionKey(namespace, pid string) string {
	sum := sha256.Sum256([]byte(namespace + "\x00" + pid))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SaveSession implements socketio.SessionStore.
func (b *StreamBus) SaveSession(ctx context.Context, namespace string, s *socketio.BusSession, keep time.Duration) error {
	at, err := b.current()
	if err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("natsbus: encode a session: %w", err)
	}
	var opts []jetstream.PublishOpt
	if keep <= mostKeep {
		opts = append(opts, jetstream.WithMsgTTL(max(keep, 0).Truncate(time.Second)+time.Second))
	}
	if _, err := at.js.Publish(ctx, "$KV."+b.log.name("_sessions")+"."+sessionKey(namespace, s.PID), text, opts...); err != nil {
		return fmt.Errorf("natsbus: save a session: %w", err)
	}
	return nil
}

// TakeSession implements socketio.SessionStore. Of several that ask one deletes what it has read.
func (b *StreamBus) TakeSession(ctx context.Context, namespace, pid string) (*socketio.BusSession, error) {
	at, err := b.current()
	if err != nil {
		return nil, err
	}
	key := sessionKey(namespace, pid)
	for {
		got, err := at.sessions.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil, nil
		}
		if err == nil {
			err = at.sessions.Purge(ctx, key, jetstream.LastRevision(got.Revision()), jetstream.PurgeTTL(markerTime))
		}
		var refused *jetstream.APIError
		if errors.As(err, &refused) && refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
			continue // it was taken, or saved anew
		}
		if err != nil {
			return nil, fmt.Errorf("natsbus: take a session: %w", err)
		}
		s := new(socketio.BusSession)
		if err := json.Unmarshal(got.Value(), s); err != nil {
			return nil, fmt.Errorf("natsbus: take a session: %w", err)
		}
		return s, nil
	}
}
