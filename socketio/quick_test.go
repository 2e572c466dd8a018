package socketio

import (
	"context"
	"net/http"
	"os"
	"testing"
)

func TestQuick(t *testing.T) {
	if os.Getenv("QUICK") == "" { t.Skip() }
	io := New(Options{AllowEIO3: true})
	ns := io.Of("/")
	On(ns, "hello", func(ctx context.Context, s *Socket, v string) error { return ns.Emit("hi", v, s.ID()) })
	OnCall(ns, "echo", func(ctx context.Context, s *Socket, a Args) (Args, error) { return a, nil })
	OnCall(ns, "askme", func(ctx context.Context, s *Socket, a string) (string, error) {
		r, err := s.Ask(ctx, "q", a, []byte{1,2,3})
		if err != nil { return "", err }
		var out string
		return out, r.Decode(0, &out)
	})
	ns.OnDisconnect(func(s *Socket, why Reason) { t.Log(s.ID(), why) })
	http.ListenAndServe("127.0.0.1:3999", io)
}
