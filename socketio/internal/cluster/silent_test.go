package cluster

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A mute broker takes what is sent and answers nothing. It counts its connections.
type mute struct{ opened *int }

func (mute) Encode(*socketio.BusMessage) (*Frame, error)  { return nil, ErrOurs }
func (mute) Read(Arrival) (*socketio.BusMessage, error)   { return nil, nil }
func (mute) Direct(name string) string                    { return "direct:" + name }
func (mute) Follow(context.Context, []Need, []Need) error { return nil }
func (mute) Close()                                       {}
func (mute) Send(_ context.Context, frames []*Frame) error {
	for _, f := range frames {
		f.Done = true
	}
	return nil
}

func (m mute) Open(context.Context, *Session) (Link, error) {
	*m.opened++
	return m, nil
}

func (mute) Present(ctx context.Context, _, _ []string) (Presence, error) {
	<-ctx.Done()
	return Presence{}, ctx.Err()
}

func TestBrokerThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := 0
		b := New(mute{&opened}, Options{Package: "x", Broker: "X"})
		stop := b.Start(socketio.BusServer{Name: "a", Logger: slog.New(slog.DiscardHandler), Receive: func(*socketio.BusMessage) {}})
		time.Sleep(2 * time.Minute)
		stop()
		if opened < 2 {
			t.Error("the connection is thought to be well")
		}
	})
}
