// Ws-push: a server that speaks first, every three seconds, over a plain WebSocket and, beside it,
// as Server-Sent Events.
//
//	go run ./examples/ws-push
package main

import (
	"context"
	_ "embed"
	"log"
	"net/http"
	"time"

	"github.com/madang-chat/madang/examples/internal/serve"
	"github.com/madang-chat/madang/internal/clientip"
)

const (
	text     = "서버에서 클라이언트로 메세지를 보냅니다."
	interval = 3 * time.Second
)

//go:embed page.html
var page []byte

func main() {
	trusted, err := clientip.FromEnv()
	if err != nil {
		log.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	if err := serve.Run(newServer(ctx, trusted), "8005", closer(end)); err != nil {
		log.Fatal(err)
	}
}

// closer ends all feeds when the program has to end.
type closer func()

func (c closer) Close() error {
	c()
	return nil
}

// newServer answers / with the page or, when asked for a WebSocket, with the feed; /events has the
// same feed for an EventSource.
func newServer(ctx context.Context, trusted clientip.Trusted) http.Handler {
	s := &server{ctx: ctx, trusted: trusted}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			serve.File("text/html; charset=utf-8", page)(w, r)
			return
		}
		s.webSocket(w, r)
	})
	mux.HandleFunc("GET /events", s.events)
	return mux
}

// A server knows what all of its clients share. It never changes.
type server struct {
	ctx     context.Context // ends with the program
	trusted clientip.Trusted
}

// feed sends the text every three seconds, the first after three, until ctx ends or send fails.
// Each client has a feed, and so a timer, of its own.
func feed(ctx context.Context, send func() error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			if err := send(); err != nil {
				return err
			}
		}
	}
}
