package siotest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// virtual runs a test whose clock goes on only while everybody waits.
func virtual(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestVirtualTime(t *testing.T) {
	for name, o := range map[string]siotest.Options{"revision 4": {}, "revision 3": {EIO3: true}} {
		virtual(t, "heartbeats keep a client of "+name, func(t *testing.T) {
			s := chat(t, socketio.Options{AllowEIO3: true})
			c := siotest.Dial(t, s, "/", o)
			c.ExpectNone(10 * time.Minute)
			c.ExpectReply("reply", nil)
		})
		virtual(t, "a client that sleeps is given up, "+name, func(t *testing.T) {
			s := chat(t, socketio.Options{AllowEIO3: true})
			o.Patience = time.Minute
			c := siotest.Dial(t, s, "/", o)
			began := time.Now()
			c.Pause()
			if why := c.Reason(); why != socketio.ReasonPingTimeout {
				t.Error(why)
			}
			// Timers are coarse, up to a tenth of a second each, and for a second the server tries
			// to send a close frame.
			if took := time.Since(began); took < 45*time.Second || took > 47*time.Second {
				t.Errorf("after %v", took)
			}
		})
	}
	virtual(t, "a short sleep is survived", func(t *testing.T) {
		s := chat(t, socketio.Options{})
		c := siotest.Dial(t, s, "/", siotest.Options{})
		c.Pause()
		time.Sleep(30 * time.Second)
		c.Resume()
		c.ExpectNone(10 * time.Minute)
		c.ExpectReply("reply", nil)
	})
	virtual(t, "a question of the server times out", func(t *testing.T) {
		s := siotest.NewServer(t, socketio.Options{})
		socketio.OnCall(s.Of("/"), "ask", func(ctx context.Context, so *socketio.Socket, _ socketio.None) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // what many programs choose
			defer cancel()
			_, err := so.Ask(ctx, "q")
			return err.Error(), nil
		})
		c := siotest.Dial(t, s, "/", siotest.Options{})
		began := time.Now()
		c.ExpectReply("ask", nil, context.DeadlineExceeded.Error())
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("after %v", took)
		}
		c.Expect("q")
	})
	virtual(t, "a client that never joins", func(t *testing.T) {
		s := siotest.NewServer(t, socketio.Options{})
		s.Of("/").Use(func(ctx context.Context, _ *socketio.Socket) error { <-ctx.Done(); return ctx.Err() })
		began := time.Now()
		if _, err := siotest.TryDial(t, s, "/", siotest.Options{Patience: time.Hour}); err == nil {
			t.Error("joined")
		}
		if took := time.Since(began); took != 45*time.Second {
			t.Errorf("after %v", took)
		}
	})
	virtual(t, "a reader that is too slow", func(t *testing.T) {
		s := siotest.NewServer(t, socketio.Options{MaxQueue: 1 << 10})
		c := siotest.Dial(t, s, "/", siotest.Options{})
		c.Pause()
		for range 20 {
			if err := s.Of("/").Emit("x", make([]byte, 100)); err != nil {
				t.Error(err)
			}
		}
		if why := c.Reason(); why != socketio.ReasonSlow {
			t.Error(why)
		}
	})
	virtual(t, "a session ends", func(t *testing.T) {
		s := siotest.NewServer(t, socketio.Options{Recovery: &socketio.RecoveryOptions{Duration: time.Minute}})
		c := siotest.Dial(t, s, "/", siotest.Options{})
		c.Drop()
		time.Sleep(61 * time.Second)
		if again := siotest.Dial(t, s, "/", siotest.Options{Auth: c.Session()}); again.ID() == c.ID() {
			t.Error("recovered")
		}
	})
}
