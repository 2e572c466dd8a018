package socketio_test

import (
	"context"
	"sync"
	"testing"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// Handlers that wait for each other all run at a time, and as many again when those that are idle
// then have to come back.
func TestHandlersThatWaitForEachOther(t *testing.T) {
	const n = 200
	io := siotest.NewServer(t, socketio.Options{})
	var all sync.WaitGroup
	meet := socketio.NewCall[socketio.None, socketio.None]("meet")
	meet.Handle(io.Of("/"), func(context.Context, *socketio.Socket, socketio.None) (socketio.None, error) {
		all.Done()
		all.Wait()
		return socketio.None{}, nil
	})
	clients := make([]*siotest.Client, n)
	for i := range clients {
		clients[i] = siotest.Dial(t, io, "/", siotest.Options{})
	}
	for range 3 {
		all.Add(n)
		var asked sync.WaitGroup
		for _, c := range clients {
			asked.Go(func() {
				if _, err := meet.Ask(t.Context(), c, socketio.None{}); err != nil {
					t.Error(err)
				}
			})
		}
		asked.Wait()
	}
}
