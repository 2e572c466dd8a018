package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// events is the same feed as Server-Sent Events: one answer that never ends, over plain HTTP. The
// client can't answer in it, and comes back by itself when it breaks.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	ip := s.address(r)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the events back
	out := http.NewResponseController(w)
	if err := out.Flush(); err != nil { // the headers: the client knows that it is connected
		return
	}
	fmt.Println("새로운 클라이언트 접속", ip)
	defer fmt.Println("클라이언트 접속 해제", ip)

	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(s.ctx, stop)()
	feed(ctx, func() error {
		out.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil {
			return err
		}
		return out.Flush()
	})
}
